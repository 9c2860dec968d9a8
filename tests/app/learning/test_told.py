"""What memory has learned can be read, explained, and made once more to the byte."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from app.api.memory import Level as ToldLevel
from app.api.memory import Side as ToldSide
from app.cli.main import cli
from app.learning.beside import verifier
from memory.induction.evidence import Side
from memory.induction.rule import Level
from memory.keys import Scope
from memory.tables import api_keys
from tests.app.learning.office import Office, traffic


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office in which three people reported three calls."""
    opened = Office(tmp_path_factory.mktemp("office"))
    opened.keep(traffic())
    opened.wrong = [opened.send(to=f"{name}@evil.example")["decision_id"] for name in "abc"]
    for decision, who in zip(opened.wrong, opened.people, strict=True):
        opened.say(decision, who)
    opened.later(hours=1)
    opened.learn()
    yield opened
    opened.close()


def get(office: Office, path: str, key: str | None = None) -> Any:
    return office.harness.request("GET", f"/v1/memory/{path}", key)


def test_rules_are_listed_with_what_speaks_for_them(office: Office) -> None:
    """Each with its text in the language, its weights, and the reports behind it."""
    told = get(office, "rules").json()
    (one,) = told["rules"]

    assert (one["side"], one["tool"], one["level"]) == ("deny", "send", "ask")
    assert 'domain(args.to) == "evil.example"' in one["dsl"]
    assert (one["agreeing"], one["contradicting"]) == (3.0, 0.0)
    assert len(one["evidence"]) == 3
    assert get(office, f"rules/{one['id']}").json() == {**one, "next": None, "falls_after": 1}
    for query in ("side=soften", "level=shadow", "tool=read", f"cursor={one['id']}"):
        assert get(office, f"rules?{query}").json()["rules"] == []
    assert get(office, "rules?tenant=acme").json()["rules"] == []
    assert get(office, "rules/m_aaaaaaaaaaaaaaaa").status_code == 404
    (listed,) = get(office, "revisions").json()["revisions"]
    assert (listed["seq"], listed["digest"]) == (told["seq"], told["digest"])
    assert get_args(ToldSide) == tuple(map(str, Side))
    assert get_args(ToldLevel) == tuple(map(str, Level))


def test_a_decision_is_explained_condition_by_condition(office: Office) -> None:
    """What people's policies said, what each rule says of it, and who reported it."""
    told = get(office, f"explain?decision_id={office.wrong[0]}").json()
    (said,) = told["rules"]

    assert (told["base"], told["soft"], told["effect"]) == ("allow", False, "allow")
    assert [one["holds"] for one in said["conditions"]] == ["true"]
    assert [one["label"] for one in told["reports"]] == ["violation"]
    asked = office.send(to="d@evil.example")
    again = get(office, f"explain?decision_id={asked['decision_id']}").json()
    assert (asked["effect"], again["base"], again["effect"]) == ("ask", "allow", "ask")
    other = office.send()
    (said,) = get(office, f"explain?decision_id={other['decision_id']}").json()["rules"]
    assert [one["holds"] for one in said["conditions"]] == ["false"]
    rule = get(office, f"explain?rule_id={said['rule']['id']}").json()
    assert len(rule["reports"]) == 3
    unknown = "d_01JD0000000000000000000000"
    assert get(office, f"explain?decision_id={unknown}").status_code == 404
    assert get(office, "explain").status_code == 422


def test_reading_and_refreshing_need_their_scopes(office: Office) -> None:
    """Who reports reads no rules, and who reads them does not have them made."""
    harness = office.harness
    reader = harness.new_key([Scope.POLICY_READ], name="reader")

    assert get(office, "rules", office.people["ana"]).status_code == 403
    assert get(office, "rules", reader).status_code == 200
    path = "/v1/memory/refresh"
    assert harness.request("POST", path, reader, json={}).status_code == 403
    assert harness.request("POST", path, json={"rules": []}).status_code == 422


def test_memory_is_the_operator_s(office: Office) -> None:
    """A key that came to another tenant by hand neither reads nor changes it, whatever it holds."""
    scopes = [Scope.POLICY_READ, Scope.POLICY_PUBLISH, Scope.ADMIN]
    other = office.harness.new_key(scopes, name="other")

    async def moved() -> None:
        async with office.gateway.database.write() as connection:
            named = update(api_keys).where(api_keys.c.name == "other")
            await connection.execute(named.values(tenant="acme"))

    office.harness.run(moved())
    (rule,) = get(office, "rules").json()["rules"]
    reads = ("rules", f"rules/{rule['id']}", f"explain?rule_id={rule['id']}", "revisions", "soften")
    told = [get(office, one, other) for one in (*reads, "rules?tenant=default", "reviews")]
    reason = {"reason": "so"}
    bodies: dict[str, dict[str, Any]] = {
        "refresh": {"tenant": "default"},
        "withdraw": {"reporter": "ana", "tenant": "default", **reason},
        "rollback": {"revision": 1, "tenant": "default", **reason},
        "release": {"all": True, "tenant": "default"},
        f"rules/{rule['id']}/reject": {"tenant": "default", **reason},
        "soften": {"soften": "ask", "tenant": "default", **reason},
    }
    for path, body in bodies.items():
        told.append(office.harness.request("POST", f"/v1/memory/{path}", other, json=body))

    assert {(one.status_code, one.json()["code"]) for one in told} == {(403, "not_the_operator")}


def test_a_refresh_is_an_act_and_recomputes_to_the_byte(office: Office) -> None:
    """It is recorded who had it done; from the one before, or from nothing, it is the same."""
    before = get(office, "rules").json()
    office.later(minutes=1)
    told = office.harness.request("POST", "/v1/memory/refresh", json={}).json()
    acts = office.harness.request("GET", "/v1/acts?what=memory.refreshed").json()["acts"]

    assert told["seq"] > before["seq"]
    assert [one["about"] for one in acts[:2]] == [told["digest"], before["digest"]]
    assert [one["by"] for one in acts[:2]] == ["api_key", "gateway"]
    assert [_settled(one) for one in told["rules"]] == [_settled(one) for one in before["rules"]]
    assert verified(office).flaws == ()


def _settled(one: dict[str, Any]) -> dict[str, Any]:
    """Return a rule without the share of calls that it reaches: there were more of them since."""
    return {name: value for name, value in one.items() if name != "blast"}


def test_the_commands_print_what_the_gateway_tells(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules in the language, the conditions of a call with their truth, revisions, and `verify`."""
    run = office.command(monkeypatch)
    (rule,) = get(office, "rules").json()["rules"]

    assert f"{rule['id']}  deny ask  a=3.0 d=0.0" in run("rules")
    assert "there is no such rule" in run("rules", "--tool", "read")
    assert 'true    domain(args.to) == "evil.example"' in run("explain", office.wrong[0])
    assert len(run("explain", rule["id"]).split("report rep_")) == 4
    assert "one new report against it would take it down" in run("explain", rule["id"])
    office.later(minutes=1)
    assert "1 rules" in run("refresh")
    assert len(run("revisions").splitlines()) == len(get(office, "revisions").json()["revisions"])
    data = str(office.harness.settings.data)
    office.harness.rest()
    done = CliRunner().invoke(cli, ("memory", "verify", "--data", data))
    assert (done.exit_code, "the same bytes" in done.output) == (0, True)


def test_what_was_erased_is_said_when_rules_are_made_once_more(office: Office) -> None:
    """The calls are gone, so the bytes cannot be those that are kept; none rests on them."""
    office.harness.run(office.gateway.vault.destroy("default", "ada", who="tester"))
    assert "not all there any more" in verified(office).flaws[0]
    gone = get(office, f"explain?decision_id={office.wrong[0]}").json()
    assert (gone["known"], gone["rules"]) == (False, [])

    office.later(hours=1)
    office.learn()
    assert get(office, "rules").json()["rules"] == []
    assert office.send(to="e@evil.example")["effect"] == "allow"
    assert verified(office).flaws == ()


def verified(office: Office) -> Any:
    async def found() -> Any:
        async with verifier(office.harness.settings.data) as one:
            return await one.newest("default")

    return office.harness.run(found())


def test_a_gateway_that_does_not_learn_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing is kept of calls there, and no rule is bound."""
    plain = Office(tmp_path_factory.mktemp("plain"), memory={"learn": False})
    answer = get(plain, "rules")
    plain.close()

    assert (answer.status_code, answer.json()["code"]) == (409, "not_learning")
