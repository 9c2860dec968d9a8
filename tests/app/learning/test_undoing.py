"""People take back what memory learned: reports, a revision, a rule; each is an act."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from memory.database import StoreError
from memory.induction.log import Log
from memory.keys import Scope
from memory.learning.gathering import job_of
from memory.learning.job import Job, read, written
from memory.learning.making import case_of, made
from tests.app.learning.office import GATEWAY, Office, made_of, traffic
from tests.app.learning.test_told import verified

PERSON = (Scope.POLICY_READ, Scope.POLICY_PUBLISH, Scope.AUDIT)


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office in which three people reported mail to one domain, and then to another."""
    apart: dict[str, Any] = {
        "internal": [],
        "partners": [],
    }  # else one rule on all that is not ours
    opened = Office(tmp_path_factory.mktemp("office"), memory=apart)
    opened.learning.refreshing._compute = here
    opened.keep(replace(one, features=replace(one.features, agent="clerk")) for one in traffic())
    opened.key = opened.harness.new_key(PERSON, name="lea", subject="lea")
    report(opened, "evil.example")
    opened.first = opened.learn()
    opened.later(minutes=5)
    report(opened, "bad.example")
    opened.second = opened.learn()
    yield opened
    opened.close()


async def here(job: Job) -> Any:
    """Make a revision in this process, which is quicker than to begin another."""
    return made(read(written(job)))


def report(office: Office, domain: str) -> list[str]:
    """Let each of three people report one call to a domain, each domain with its own words."""
    said = []
    for letter, who in zip("abc", office.people, strict=True):
        sent = {"to": f"{letter}@{domain}", "note": domain.partition(".")[0]}
        decision = office.send(**sent)["decision_id"]
        said.append(office.say(decision, who)["report_id"])
    office.later(minutes=5)
    return said


def post(office: Office, path: str, key: str | None = None, **body: Any) -> Any:
    return office.harness.request("POST", f"/v1/memory/{path}", key or office.key, json=body)


def rules(office: Office) -> dict[str, Any]:
    """Return the rules in force by what they say."""
    told = office.harness.request("GET", "/v1/memory/rules", office.key).json()["rules"]
    return {one["dsl"].split("\n")[2].strip(): one for one in told}


def acts(office: Office, what: str) -> list[Any]:
    found = office.harness.request("GET", f"/v1/acts?what={what}", office.key).json()["acts"]
    return [(one["by"], one["about"], one["details"]) for one in found]


EVIL = 'when domain(args.to) == "evil.example"'
BAD = 'when domain(args.to) == "bad.example"'


def without(office: Office, names: set[str]) -> Any:
    """Return what the log comes to that never held some reports."""

    async def logged() -> Log:
        told = await office.gateway.feedback.read("default")
        last = max(told.refreshes, key=lambda one: one.seq).as_of
        lines = await office.learning.cases.lines("default", (), last)
        cases = [found for line in lines if (found := case_of(line, "default"))]
        left = [one for one in told.reports if one.id not in names]
        known = {one.decision_id: one for one in cases}
        return Log(left, refreshes=told.refreshes, cases=known)

    return made_of(office.harness.run(logged()), office.learning.terms("default"))["told"]


def from_nothing(office: Office) -> Any:
    """Return what the whole log comes to, folded from its first refresh on."""

    async def job() -> Job:
        told = await office.gateway.feedback.read("default")
        last = max(told.refreshes, key=lambda one: one.seq)
        names = [one.decision_id for one in told.reports]
        lines = await office.learning.cases.lines("default", names, last.as_of)
        return job_of(office.learning.terms("default"), told, lines)

    return made(office.harness.run(job()))["told"]


def test_what_is_withdrawn_was_never_there(office: Office) -> None:
    """The rules are, to the byte, those of a log without it; a dry run stores nothing."""
    known = rules(office)
    named = known[BAD]["evidence"]
    supposed = post(office, "withdraw", reporter="ana", reason="a joke", dry_run=True).json()
    assert supposed["revision"] is None
    assert acts(office, "feedback.withdrawn") == []
    assert rules(office) == known

    done = post(office, "withdraw", reporter="ana", reason="a joke").json()
    told = office.harness.run(office.gateway.feedback.read("default"))
    gone = {one.id for one in told.reports if one.reporter == "ana"}
    assert [one["rule"] for one in done["changed"]] == [one["rule"] for one in supposed["changed"]]
    assert office.learning.learned.held["default"]["told"] == without(office, gone)
    assert acts(office, "feedback.withdrawn") == [
        ("api_key", "ana", {"reporter": "ana", "reason": "a joke"})
    ]

    one, other = (name for name in named if name not in gone)
    office.later(minutes=1)
    done = post(office, "withdraw", report_id=one, reason="a slip").json()
    assert office.learning.learned.held["default"]["told"] == without(office, {*gone, one})
    assert {change["to"] for change in done["changed"]} <= {None, "shadow", "advise"}
    assert office.send(to="d@bad.example")["effect"] == "allow"
    assert other not in gone


def test_going_back_holds_what_was_reported_since(office: Office) -> None:
    """The bytes come back; what is held makes nothing; a release brings it back."""
    first, second = office.first, office.second
    assert set(rules(office)) == {EVIL, BAD}
    done = post(office, "rollback", revision=first["seq"], reason="spam").json()
    held = office.learning.learned.held["default"]

    assert held["told"] == first["told"]
    assert (done["digest"], held["seq"]) == (first["digest"], done["revision"])
    (change,) = done["changed"]
    assert (change["from"], change["to"]) == ("ask", None)
    assert office.send(to="d@bad.example")["effect"] == "allow"
    assert office.send(to="d@evil.example")["effect"] == "ask"
    assert acts(office, "memory.rolled_back") == [
        ("api_key", first["digest"], {"to": first["seq"], "reason": "spam"})
    ]

    later = report(office, "worse.example")
    assert verified(office).flaws == ()
    office.learn()
    assert set(rules(office)) == {EVIL}
    assert verified(office).flaws == ()
    assert office.learning.learned.held["default"]["told"] == from_nothing(office)
    assert post(office, "release", reports=["rep_01JD0000000000000000000000"]).status_code == 404
    assert post(office, "release", reporter="nobody").status_code == 404
    post(office, "release", reports=later)
    assert len(rules(office)) == 2
    back = post(office, "release", all=True).json()
    assert len(rules(office)) == 3
    assert {one["to"] for one in back["changed"]} == {"ask"}
    released = [one[2] for one in acts(office, "memory.released")]
    assert sorted(released, key=list) == [{"all": True}, {"reports": later}]
    assert post(office, "release", all=True).status_code == 404

    again = post(office, "rollback", revision=second["seq"], reason="once more").json()
    assert again["digest"] == second["digest"]


def test_nothing_goes_back_to_what_was_taken_back(office: Office) -> None:
    """Neither to rules that rest on withdrawn reports, nor to those on erased calls."""
    post(office, "withdraw", reporter="ana", reason="a joke")
    path, seq = "rollback", office.first["seq"]
    refused = post(office, path, revision=seq, reason="x")
    assert (refused.status_code, refused.json()["code"]) == (409, "withdrawn_since")

    now = office.learning.learned.held["default"]["seq"]
    office.harness.run(office.gateway.vault.destroy("default", "ada", who="tester"))
    refused = post(office, path, revision=now, reason="x")
    assert (refused.status_code, refused.json()["code"]) == (409, "erased_since")
    assert post(office, path, revision=9_999, reason="x").status_code == 404


def test_a_rejected_rule_is_gone_and_stays_so(office: Office) -> None:
    """It asks no more, no refresh brings it back, and people's own rules decide as before."""
    one = rules(office)[BAD]
    never = office.send(env="test", amount=350)["effect"]
    done = post(office, f"rules/{one['id']}/reject", reason="a vendor of ours").json()

    assert done["changed"] == [{"rule": one["id"], "from": "ask", "to": None}]
    assert office.send(to="d@bad.example")["effect"] == "allow"
    office.later(days=1)
    office.learn()
    assert set(rules(office)) == {EVIL}
    assert office.send(env="test", amount=350)["effect"] == never == "deny"
    assert office.send(to="d@bad.example", env="test", amount=350)["effect"] == "deny"
    assert office.send(to="d@bad.example", amount=450)["effect"] == "ask"
    details = {"side": "deny", "tool": "send", "reason": "a vendor of ours"}
    assert acts(office, "memory.rejected") == [("api_key", one["id"], details)]
    assert post(office, f"rules/{one['id']}/reject", reason="again").status_code == 404
    path = f"rules/{one['id']}"
    listed = office.harness.request("GET", "/v1/memory/rules?side=soften", office.key).json()
    (gone,) = listed["rejected"]
    assert (gone["rule"], gone["side"], gone["tool"], listed["rules"]) == (
        path[6:],
        "deny",
        "send",
        [],
    )
    assert gone["until"][:10] > gone["at"][:10]
    office.later(days=100)
    listed = office.harness.request("GET", "/v1/memory/rules", office.key).json()
    assert listed["rejected"] == []


def test_levels_that_change_are_counted_by_what_changed_them(office: Office) -> None:
    """A refresh, a fold anew and a rollback each count the rules that stand otherwise."""

    def counted() -> dict[str, float]:
        text = office.harness.request("GET", "/metrics").text
        found = re.findall(
            r'^drawbar_memory_level_changes_total\{cause="(\w+)"\} (\S+)$', text, re.MULTILINE
        )
        return {cause: float(number) for cause, number in found}

    assert counted() == {"anew": 1.0, "refresh": 1.0}
    post(office, "rollback", revision=office.first["seq"], reason="spam")
    assert counted() == {"anew": 1.0, "refresh": 1.0, "rollback": 1.0}
    before = office.harness.request("GET", "/metrics").text
    assert 'verdict_changes_total{kind="allow_to_ask"}' not in before
    assert office.send(to="d@evil.example")["effect"] == "ask"
    assert office.send(to="d@evil.example", amount=450)["effect"] == "ask"  # people ask as well
    after = office.harness.request("GET", "/metrics").text
    assert 'drawbar_memory_verdict_changes_total{kind="allow_to_ask"} 1.0' in after
    assert 'drawbar_memory_rho{side="deny"} 0.05' in after


def test_only_people_who_publish_take_back(office: Office) -> None:
    """Neither an agent's key, nor a reader's, nor another tenant's; foreign ids are not there."""
    harness = office.harness
    reader = harness.new_key([Scope.POLICY_READ], name="reader")
    agent = harness.new_key([Scope.POLICY_PUBLISH, Scope.CHECK], name="agent")
    foreign = harness.new_key([Scope.ADMIN], name="foreign", tenant="acme")
    one = rules(office)[BAD]
    bodies: dict[str, Any] = {
        "withdraw": {"reporter": "ana", "reason": "x"},
        "rollback": {"revision": office.first["seq"], "reason": "x"},
        "release": {"all": True},
        f"rules/{one['id']}/reject": {"reason": "x"},
    }
    for path, body in bodies.items():
        for key in (reader, agent, foreign):
            assert post(office, path, key, **body).status_code == 403, path
        assert post(office, path, **body, tenant="acme").status_code == 404, path
    mine = post(office, "withdraw", report_id=one["evidence"][0], reason="x", tenant="acme")
    assert mine.status_code == 404
    assert set(rules(office)) == {EVIL, BAD}
    for body in ({}, {"reporter": "ana", "group": "g"}, {"reporter": "ana", "reason": ""}):
        assert post(office, "withdraw", **{"reason": "x", **body}).status_code == 422


def test_what_is_withdrawn_counts_also_where_no_rules_can_be_made(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the next look the rules stay as they are; that one makes them without it."""

    async def broken(*_: Any) -> Any:
        raise StoreError("gone")

    before = rules(office)
    with monkeypatch.context() as patched:
        patched.setattr(office.learning.revisions, "put", broken)
        answer = post(office, "withdraw", reporter="ana", reason="a joke")
    assert answer.status_code == 503
    assert rules(office) == before
    assert office.send(to="d@bad.example")["effect"] == "ask"
    assert len(acts(office, "feedback.withdrawn")) == 1

    terms = office.learning.terms("default")
    office.later(minutes=1)
    again = office.harness.run(
        office.learning.refreshing.refresh(terms, GATEWAY, office.at, every_s=1e9)
    )
    gone = {one.id for one in told(office) if one.reporter == "ana"}
    assert again["told"] == without(office, gone)


def told(office: Office) -> Any:
    return office.harness.run(office.gateway.feedback.read("default")).reports


def test_one_key_does_it_once(office: Office) -> None:
    """What is sent again under one `Idempotency-Key` is answered as before, and done once."""
    headers = {"Idempotency-Key": "one"}
    body = {"revision": office.first["seq"], "reason": "spam"}
    answers = [
        office.harness.request(
            "POST", "/v1/memory/rollback", office.key, json=body, headers=headers
        )
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert len(acts(office, "memory.rolled_back")) == 1


def test_the_commands_take_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each prints which rules stand otherwise; what is wrong about the words is usage."""
    run = office.command(monkeypatch)
    one = rules(office)[BAD]
    supposed = run("withdraw", "--reporter", "ana", "--reason", "x", "--dry-run")
    assert supposed.endswith("nothing is stored\n")
    back = ("rollback", str(office.first["seq"]), "--reason", "spam")
    assert f"{one['id']}: ask -> nothing\n" in run(*back)
    assert f"{one['id']}: nothing -> ask\n" in run("release", "--all")
    gone = run("reject", one["id"], "--reason", "a vendor")
    assert f"{one['id']}: ask -> nothing\n" in gone
    assert "not proposed before" in run("rules")
    run("reject", rules(office)[EVIL]["id"], "--reason", "a vendor too")
    said = run("rules")
    assert said.startswith("there is no rule\n")
    assert said.count("deny send rejected ") == 2
    for words in (("withdraw", "--reason", "x"), ("release",), ("release", "r", "--all")):
        run(*words, code=2)
