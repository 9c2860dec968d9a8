"""Audits: calls that nobody chose, judged by people who do not see what was decided."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from app.learning.settings import MemorySettings
from guards.judgement import Raw
from memory.feedback.reporting import NewReport, Taken
from memory.keys import Scope
from memory.learning.auditing import Stratum, is_drawn
from tests.app.learning.office import Office, traffic
from tests.app.learning.test_reviewing import GUARDED
from tests.app.learning.test_undoing import here
from tests.guards.standing_in import SKILLED, asker

AUDITOR = (Scope.FEEDBACK, Scope.AUDIT)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office in which each stratum has calls, and all of them are drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.learning.auditing.FIRST_FIRINGS", 2)
        all_of = {f"audit_{one}": 1.0 for one in Stratum}
        opened = Office(tmp_path_factory.mktemp("audited"), GUARDED, memory=all_of)
        opened.learning.refreshing._compute = here
        guard = asker(lambda one: Raw(4.0 if "partner" in str(one) else -4.0), SKILLED)
        opened.harness.run(guard.check())
        opened.gateway.guards.askers = {"g": opened.gateway.guards.asker(guard)}
        opened.keep(traffic())
        for letter, who in zip("abc", opened.people, strict=True):
            opened.say(opened.send(to=f"{letter}@evil.example")["decision_id"], who)
        opened.later(hours=1)
        opened.learn()
        opened.key = opened.harness.new_key(AUDITOR, name="lea", subject="lea")
        yield opened
        opened.close()


def send(office: Office, **args: Any) -> Any:
    """Ask a second later than before, so that ids tell the order."""
    office.later(seconds=1)
    return office.send(**args)


def ask(office: Office, method: str, path: str = "", key: str | None = None, **body: Any) -> Any:
    parts = {"json": body} if body else {}
    where = f"/v1/memory/audits{path}"
    return office.harness.request(method, where, key or office.key, **parts)


def waiting(office: Office) -> list[str]:
    return [one["id"] for one in ask(office, "GET").json()["audits"]]


def test_a_share_of_each_stratum_is_drawn_and_nobody_foresees_which() -> None:
    """1 % of what was allowed, 5 % of soft denials, 20 % of firings; by another key, others."""
    ids = [f"d_{number:026}" for number in range(20_000)]
    settings = MemorySettings()
    for stratum, number in zip(Stratum, (200, 1000, 4000), strict=True):
        share = getattr(settings, f"audit_{stratum}")
        drawn = {one for one in ids if is_drawn(b"k" * 32, one, share)}
        other = {one for one in ids if is_drawn(b"o" * 32, one, share)}
        assert abs(len(drawn) - number) < 4 * number**0.5
        assert drawn != other
        assert drawn < {one for one in ids if is_drawn(b"k" * 32, one, 2 * share)}
    assert all(is_drawn(b"k" * 32, one, 1.0) and not is_drawn(b"k", one, 0) for one in ids)


def test_calls_wait_for_audits_and_what_was_decided_is_not_told(office: Office) -> None:
    """What was allowed, denied by a model alone, and asked about by a rule's first firings."""
    sent = {
        "allowed": send(office),
        "soft": send(office, to="a@partner.example"),
        "fired": send(office, to="d@evil.example"),
        "fired too": send(office, to="e@evil.example"),
    }
    effects = {name: one["effect"] for name, one in sent.items()}
    assert effects == {"allowed": "allow", "soft": "deny", "fired": "ask", "fired too": "ask"}
    beyond = send(office, to="f@evil.example")["decision_id"]
    symbolic = send(office, env="test", amount=310)
    tried = office.harness.check(
        {"call_id": "c7", "tool": "send", "args": {}, "dry_run": True}
    ).json()["decision_id"]
    told = ask(office, "GET").json()
    found = {one["id"]: one for one in told["audits"]}

    assert symbolic["effect"] == "deny"
    assert {one["decision_id"] for one in sent.values()} <= set(found)
    assert not {beyond, symbolic["decision_id"], tried} & set(found)
    assert {name for one in found.values() for name in one} == {
        "id",
        "at",
        "agent",
        "server",
        "tool",
    }
    first = ask(office, "GET", "?limit=1").json()
    rest = ask(office, "GET", f"?cursor={first['next']}").json()
    assert [one["id"] for one in (*first["audits"], *rest["audits"])] == list(found)

    whole = ask(office, "GET", f"/{sent['soft']['decision_id']}")
    assert whole.json()["args"]["to"] == "a@partner.example"
    assert "deny" not in whole.text
    assert whole.headers["cache-control"] == "no-store"
    acts = office.harness.request("GET", "/v1/acts?what=evidence.shown").json()["acts"]
    assert [(one["about"], one["by"], one["details"]) for one in acts] == [
        (sent["soft"]["decision_id"], "api_key", {"note": "audit"})
    ]
    for name in (beyond, symbolic["decision_id"], tried, "d_01JD0000000000000000000000"):
        assert ask(office, "GET", f"/{name}").status_code == 404
        assert ask(office, "POST", f"/{name}", label="ok").status_code == 404


def test_an_answer_is_a_report_of_an_audit_and_is_given_once(office: Office) -> None:
    """It weighs twice another, tells what it was drawn of, and leaves the list for everybody."""
    about = send(office, to="b@partner.example", note="an answer")["decision_id"]
    said = ask(office, "POST", f"/{about}", label="ok", comment="our partner")
    (kept,) = (
        one
        for one in office.harness.run(office.gateway.feedback.read("default")).reports
        if one.decision_id == about
    )

    assert (said.status_code, said.json()["counted"]) == (202, True)
    assert (kept.kind, kept.label, kept.reporter) == ("audit", "ok", "lea")
    assert about not in waiting(office)
    max_key = office.harness.new_key(AUDITOR, name="max", subject="max")
    for key in (office.key, max_key):
        again = ask(office, "POST", f"/{about}", key, label="violation")
        assert (again.status_code, again.json()["code"]) == (409, "already_audited")
    acts = office.harness.request("GET", "/v1/acts?what=feedback.reported").json()["acts"]
    assert acts[0]["details"]["kind"] == "audit"


def test_of_two_who_answer_at_once_one_is_told_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An audit is one person's, also where both looked before either answered."""
    about = send(office, note="at once")["decision_id"]
    keep = office.gateway.feedback.report_after

    async def behind_max(new: NewReport, now: datetime, seq: int) -> Taken | None:
        await keep(replace(new, reporter="max"), now, seq)
        return await keep(new, now, seq)

    monkeypatch.setattr(office.gateway.feedback, "report_after", behind_max)
    said = ask(office, "POST", f"/{about}", label="ok")
    told = office.harness.run(office.gateway.feedback.read("default")).reports

    assert (said.status_code, said.json()["code"]) == (409, "already_audited")
    assert [one.reporter for one in told if one.decision_id == about] == ["max"]


def test_who_said_something_of_a_call_does_not_audit_it(office: Office) -> None:
    """A second opinion is another person's; ana's own report keeps it from her list alone."""
    about = send(office, note="second")["decision_id"]
    office.say(about, "ana")
    ana = office.harness.new_key(AUDITOR, name="ana too", subject="ana")

    listed = [one["id"] for one in ask(office, "GET", key=ana).json()["audits"]]
    assert about not in listed
    assert about in waiting(office)
    assert ask(office, "POST", f"/{about}", ana, label="ok").status_code == 409


def test_audits_are_for_persons_with_both_scopes_in_their_own_tenant(office: Office) -> None:
    """No agent grades itself, and another tenant's calls do not exist."""
    about = send(office, note="scopes")["decision_id"]
    new = office.harness.new_key
    foreign = new(AUDITOR, name="eve", tenant="acme")
    for scopes in ([Scope.FEEDBACK], [Scope.AUDIT], [*AUDITOR, Scope.OBSERVE]):
        key = new(scopes, name="less")
        assert ask(office, "GET", key=key).status_code == 403
        assert ask(office, "POST", f"/{about}", key, label="ok").status_code == 403
    assert ask(office, "GET", key=foreign).json() == {"audits": [], "next": None}
    assert ask(office, "POST", f"/{about}", foreign, label="ok").status_code == 404
    assert ask(office, "POST", f"/{about}", label="denied").status_code == 422


def test_the_command_lists_shows_and_answers(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One word for each step; the arguments are shown, and no verdict."""
    about = send(office, note="by command")["decision_id"]
    run = partial(office.command(monkeypatch), "audit")
    assert f"{about}  " in run("--limit", "1")
    shown = run(about)
    assert '"note":"by command"' in shown.replace(": ", ":")
    assert "allow" not in shown
    assert ": counted" in run(about, "ok", "--comment", "fine")
    assert about not in run()
    run(about, "--comment", "x", code=2)
