"""A person looks at learned rules, and takes them over into a policy, which others publish."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.learning.promoting import CannotPromote, Wish, proposed
from dsl.errors import Source
from dsl.parse import parse, read
from dsl.show.expressions import show_expression
from guards.judgement import Raw
from memory.keys import Scope
from memory.learning.terms import Terms
from memory.revisions.revision import File
from tests.app.learning.office import POLICY, Office, made_of, traffic
from tests.app.learning.test_undoing import acts, here, post
from tests.guards.standing_in import SKILLED, asker
from tests.memory.induction import world

PERSON = (*(one for one in Scope if one.startswith("policy:")), Scope.AUDIT)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office in which three people reported three calls."""
    opened = Office(tmp_path_factory.mktemp("office"))
    opened.learning.refreshing._compute = here
    opened.keep(replace(one, features=replace(one.features, agent="clerk")) for one in traffic())
    opened.key = opened.harness.new_key(PERSON, name="lea", subject="lea")
    opened.wrong = [opened.send(to=f"{name}@evil.example")["decision_id"] for name in "abc"]
    for decision, who in zip(opened.wrong, opened.people, strict=True):
        opened.say(decision, who)
    opened.later(hours=1)
    opened.first = opened.learn()
    yield opened
    opened.close()


def get(office: Office, path: str = "reviews", key: str | None = None) -> Any:
    return office.harness.request("GET", f"/v1/memory/{path}", key or office.key)


def test_what_waits_is_told_with_all_that_speaks_for_it(office: Office) -> None:
    """The rule in the language, its reports with their decisions, and where it could go."""
    (one,) = get(office).json()["reviews"]

    assert (one["kind"], one["rule"]["level"]) == ("rule", "ask")
    assert 'domain(args.to) == "evil.example"' in one["rule"]["dsl"]
    assert [each["decision_id"] for each in one["agreeing"]] == office.wrong
    assert (one["contradicting"], one["findings"], one["missing"]) == ([], [], [])
    assert one["priority"] == pytest.approx(one["rule"]["bound"] * one["rule"]["blast"])
    assert 0 < one["rule"]["blast"] < 0.02
    assert one["policies"] == ["office"]
    assert get(office, "reviews?tenant=acme").json() == {"reviews": [], "next": None}
    assert get(office, f"reviews?cursor={one['rule']['id']}").json()["reviews"] == []
    assert get(office, "reviews/m_aaaaaaaaaaaaaaaa").status_code == 404


def test_a_rule_is_seen_as_it_would_be_in_a_policy(office: Office) -> None:
    """A difference of text, tests that were run, and what a week would have been."""
    (one,) = get(office).json()["reviews"]
    name = one["rule"]["id"]
    told = get(office, f"reviews/{name}?policy=office&replay=100").json()
    made = told["proposal"]
    added = [line[1:] for line in made["diff"].split("\n") if line.startswith("+")]

    assert (made["file"], made["publishable"]) == ("bank.bar", True)
    assert [one["level"] for one in made["findings"]] == ["warning"]  # of a rule of people's own
    assert not [line for line in made["diff"].split("\n")[2:] if line.startswith("-")]
    assert f"rule {name}:" in added
    assert '  owner "lea";' in added
    assert len(made["tests"]) == 2
    assert "expect ask by" in made["tests"][0]
    assert "expect allow" in made["tests"][1]
    assert len([line for line in added if line.startswith("# evidence rep_")]) == 2
    changes = {(one["before"], one["after"]): one["number"] for one in told["replay"]["changes"]}
    assert changes == {("allow", "ask"): 3}
    harder = get(office, f"reviews/{name}?policy=office&effect=deny").json()["proposal"]
    assert harder["diff_digest"] != made["diff_digest"]
    assert "expect deny by" in harder["tests"][0]
    assert get(office, f"reviews/{name}?policy=nobody").json()["code"] == "cannot_promote"
    reader = office.harness.new_key([Scope.POLICY_READ], name="reader", subject="reader")
    assert get(office, f"reviews/{name}?policy=office&replay=1", reader).status_code == 403
    seen = get(office, f"reviews/{name}?policy=office", reader).json()["proposal"]
    assert seen["diff_digest"] == made["diff_digest"]


def test_a_promoted_rule_is_a_draft_that_people_publish(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing decides by it before; it holds what was seen, and who did it is recorded."""
    (one,) = get(office).json()["reviews"]
    name = one["rule"]["id"]
    made = get(office, f"reviews/{name}?policy=office").json()["proposal"]
    body = {"policy": "office", "diff_digest": made["diff_digest"], "note": "seen often"}
    path = f"rules/{name}/promote"
    stale = post(office, path, **{**body, "diff_digest": "0" * 64})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_digest")
    ben = office.harness.new_key(PERSON, name="ben", subject="ben")
    refused = post(office, path, ben, **body)
    assert (refused.status_code, refused.json()["code"]) == (403, "another_person")
    assert acts(office, "memory.promoted") == []
    agent = office.harness.new_key([Scope.POLICY_PUBLISH, Scope.CHECK], name="agent")
    assert post(office, path, agent, **body).status_code == 403

    before = office.gateway.live.current.digest
    done = post(office, path, **body)
    assert done.status_code == 201
    draft = done.json()["draft"]
    twice = post(office, path, **body)
    assert (twice.status_code, twice.json()["code"]) == (409, "exists")
    assert len(acts(office, "memory.promoted")) == 1
    assert office.gateway.live.current.digest == before
    files = office.harness.request("GET", f"/v1/drafts/{draft}", office.key).json()["files"]
    text = next(each["text"] for each in files if each["name"] == "bank.bar")
    (rule,) = (each for each in parse(Source("", text)).rules if each.name == name)
    assert (rule.owner, rule.shadow, str(rule.effect)) == ("lea", False, "ask")
    assert rule.source is not None
    assert rule.source.file == "memory"
    assert text.startswith(POLICY.rstrip())
    checked = office.harness.request("POST", f"/v1/drafts/{draft}/test", office.key, json={})
    assert checked.json()["passed"]
    monkeypatch.setattr(office.gateway.desk, "refuse_elsewhere", lambda _source: None)
    published = _publish(office, draft, ben)
    assert (published.status_code, published.json()["code"]) == (403, "another_person")
    assert _publish(office, draft, office.key).status_code == 201
    details = {"rule": name, "policy": "office", "draft": draft, "note": "seen often"}
    assert acts(office, "memory.promoted") == [("api_key", name, details)]
    (again,) = get(office).json()["reviews"]
    assert [each["draft"] for each in again["promoted"]] == [draft]
    assert post(office, path, **body).status_code == 409


def _publish(office: Office, draft: str, key: str) -> Any:
    tag = office.harness.request("GET", f"/v1/drafts/{draft}", key).headers["etag"]
    path, body = f"/v1/drafts/{draft}/publish", {"expected": 0}
    return office.harness.request("POST", path, key, json=body, headers={"If-Match": tag})


def test_the_commands_print_what_waits(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue, one rule in a policy with its digest, and what a promotion made."""
    run = office.command(monkeypatch)
    (one,) = get(office).json()["reviews"]
    name = one["rule"]["id"]
    assert f"{name}  deny ask  L=0.5623 reaches" in run("reviews")
    told = run("reviews", name, "--policy", "office", "--effect", "deny", "--replay", "50")
    assert "2 tests hold" in told
    assert "allow -> deny by" in told
    assert "digest " in told


TERMS = Terms("acme", (world.SEND, world.READ), (), ("corp.example",), ("partner.example",))
SOFT = """\
policy office version 1;
use tools "world.tools.json";
rule mail: allow send;
rule look: deny read when args.path == "/etc";
rule guard: deny send when judge("No spam." as spam forbids) >= 0.8 because "spam";
"""


def test_a_nomination_is_an_exception_to_the_rule_that_denied() -> None:
    """`and not (C)` stands in that rule and nowhere else; without it nothing is softened."""
    log = world.drawn(3, 150)
    content = made_of(log, TERMS)
    nomination = content["told"]["soften"][0]
    wish = Wish("office", "lea", world.START.date(), denied_by="guard")
    files = [File("office.bar", SOFT)]
    made = proposed(files, content, nomination["rule"], wish)
    before, after = parse(Source("", SOFT)), parse(Source("", made.after))
    (guard,) = (one for one in after.rules if one.name == "guard")
    (mail,) = (one for one in after.rules if one.name == "mail")

    assert mail == before.rules[0]
    assert guard.condition is not None
    assert show_expression(guard.condition) == show_expression(
        parse(Source("", SOFT.replace(">= 0.8", f">= 0.8 and {made.says}"))).rules[-1].condition  # type: ignore[arg-type]  # it has one
    )
    for name in (None, "mail", "look"):
        other = replace(wish, denied_by=name)
        with pytest.raises(CannotPromote):
            proposed(files, content, nomination["rule"], other)


GUARDED = POLICY + 'rule guard: deny send when judge("no strangers" as money forbids) >= 0.7;\n'


def test_what_people_say_a_model_is_wrong_about_goes_into_a_draft(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A nomination changes no decision; in the draft the rule that denied has the exception."""
    office = Office(tmp_path_factory.mktemp("guarded"), GUARDED)
    try:
        office.learning.refreshing._compute = here
        office.key = office.harness.new_key(PERSON, name="lea", subject="lea")
        guard = asker(lambda one: Raw(4.0 if "partner" in str(one) else -4.0), SKILLED)
        office.harness.run(guard.check())
        office.gateway.guards.askers = {"g": office.gateway.guards.asker(guard)}
        for number, who in enumerate([*office.people, *office.people]):
            sent = {"to": f"{number}@partner.example", "note": f"{'abcdef'[number]} note"}
            said = office.send(**sent)
            assert said["effect"] == "deny"
            office.say(said["decision_id"], who, "ok")
        office.later(hours=1)
        office.learn()
        (one,) = get(office).json()["reviews"]
        name = one["rule"]["id"]
        assert (one["kind"], one["rule"]["side"]) == ("nomination", "soften")
        assert office.send(to="g@partner.example")["effect"] == "deny"

        told = get(office, f"reviews/{name}?policy=office&replay=50").json()
        made = told["proposal"]
        assert made["publishable"]
        assert '(judge("no strangers" as money forbids) >= 0.7) and not (' in made["diff"]
        assert told["replay"]["changes"][0]["after"] == "allow"
        body = {"policy": "office", "diff_digest": made["diff_digest"]}
        assert post(office, f"rules/{name}/promote", **body).status_code == 201
        assert office.send(to="h@partner.example")["effect"] == "deny"
    finally:
        office.close()


def test_what_is_reported_against_a_rule_of_people_s_opens_a_review(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy follows no reports; so whoever took a rule over is told, also when memory forgot it.

    Two answers in haste weigh as much as one report, and one alone is too little. Policies may be
    long, so they are read beside decisions.
    """
    office, threads = Office(tmp_path_factory.mktemp("taken over")), list[threading.Thread]()

    def reading(source: Source) -> Any:
        threads.append(threading.current_thread())
        return read(source)

    monkeypatch.setattr("app.learning.contradicted.read", reading)
    try:
        office.learning.refreshing._compute = here
        office.keep(traffic())
        office.key = office.harness.new_key(PERSON, name="lea", subject="lea")
        for letter, who in zip("abc", office.people, strict=True):
            office.say(office.send(to=f"{letter}@evil.example")["decision_id"], who)
        office.later(hours=1)
        office.learn()
        (one,) = get(office).json()["reviews"]
        name = one["rule"]["id"]
        made = get(office, f"reviews/{name}?policy=office").json()["proposal"]
        body = {"policy": "office", "diff_digest": made["diff_digest"]}
        draft = post(office, f"rules/{name}/promote", **body).json()["draft"]
        path = f"/v1/drafts/{draft}"
        files = office.harness.request("GET", path, office.key).json()["files"]
        text = next(each["text"] for each in files if each["name"] == "bank.bar")
        office.harness.write("bank.bar", text)
        office.harness.reload()

        asked = [office.send(to=f"{letter}@evil.example")["decision_id"] for letter in "deg"]
        told = [one["kind"] for one in get(office).json()["reviews"]]
        assert told == ["rule"]
        office.say(asked[0], "ana", "ok")
        (one,) = get(office).json()["reviews"]
        assert (one["kind"], one["rule"]["id"]) == ("contradicted", name)
        assert [each["decision_id"] for each in one["contradicting"]] == [asked[0]]
        assert [each["draft"] for each in one["promoted"]] == [draft]

        rejected = post(office, f"rules/{name}/reject", reason="it is in the policy now")
        assert rejected.status_code == 200
        (one,) = get(office).json()["reviews"]
        assert (one["kind"], one["rule"]["tool"], one["agreeing"]) == ("contradicted", "send", [])
        assert f"rule {name}:" in one["rule"]["dsl"]
        assert threads
        assert threading.main_thread() not in threads
        assert get(office, f"reviews/{name}").json()["kind"] == "contradicted"
        office.harness.write("bank.bar", POLICY)
        office.harness.reload()
        assert get(office).json()["reviews"] == []
    finally:
        office.close()
