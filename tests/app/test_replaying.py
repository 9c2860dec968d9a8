"""Recorded decisions are judged anew with what was known when they were made."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.main import cli
from app.facts.settings import read as read_facts
from tests.harness import GatewayHarness

POLICY = """
policy bank version 1;
source get_payee.iban as trusted;
kind pay.to is iban;
fact limit = given;
fact member = lookup get_member(id: args.member) within 1s;
rule reads: allow get_payee, get_mail;
rule named: allow pay when args.amount <= 100 and args.to from [user, trusted];
rule often: deny pay when count(pay within 1h per subject) >= 3;
rule big: ask pay when args.amount > 100 and fact.limit? >= args.amount;
rule gold: allow book when fact.member.level == "gold";
rule once: allow note when not called(note);
"""
USER = "DE89370400440532013000"
OTHER = "GB29NWBK60161331926819"
STRANGER = "FR1420041010050500013M02606"


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[GatewayHarness]:
    """Return a gateway in which a good deal was decided."""
    (tmp_path / "members.csv").write_text("id,level\nm1,gold\nm2,blue\n")
    table = {"kind": "table", "file": tmp_path / "members.csv", "key": "id"}
    facts = read_facts({"get_member": table})
    gateway = GatewayHarness(tmp_path, POLICY, facts=facts)
    _live(gateway)
    yield gateway
    gateway.close()


def _live(gateway: GatewayHarness) -> None:
    """Decide in two sessions at once, and outside of any."""
    for name in ("s1", "s2"):
        _observe(gateway, name, {"type": "user", "id": "u", "text": f"pay {USER}, please"})
    for number, name in enumerate(("s1", "s2", "s1", "s2")):
        _check(gateway, f"r{number}", "get_payee", {}, session=name)
        came = {"type": "result", "id": f"e{number}", "call_id": f"r{number}"}
        _observe(gateway, name, {**came, "result": {"iban": OTHER, "note": STRANGER}})
    for number, to in enumerate((USER, OTHER, STRANGER, USER)):
        for name in ("s1", "s2"):
            args = {"to": to, "amount": 10 + number}
            _check(gateway, f"p{number}", "pay", args, session=name, subject={"id": f"u-{name}"})
    _check(gateway, "b1", "pay", {"to": USER, "amount": 500}, facts={"limit": 900})
    for member in ("m1", "m2", "m3"):
        _check(gateway, member, "book", {"member": member})
    for number in range(2):
        _check(gateway, f"n{number}", "note", {}, session="s2", subject={"id": "u-s2"})


def _check(gateway: GatewayHarness, call_id: str, tool: str, args: Any, **more: Any) -> None:
    subject = {"id": f"u-{more['session']}"} if "session" in more else {"id": "alone"}
    body = {"call_id": call_id, "tool": tool, "args": args, "subject": subject, **more}
    answer = gateway.check(body)
    assert answer.status_code == 200, answer.text


def _observe(gateway: GatewayHarness, session: str, event: Any) -> None:
    body = {"session": session, "subject": {"id": f"u-{session}"}, "events": [event]}
    assert gateway.request("POST", "/v1/observe", json=body).status_code == 200


def test_a_call_that_passed_two_seats_is_judged_once(tmp_path: Path) -> None:
    """What the second seat took over is the first one's decision, which is judged."""
    gateway = GatewayHarness(tmp_path, "policy bank version 1; rule r: allow pay;")
    body = {"call_id": "c1", "tool": "pay", "args": {"amount": 5}, "session": "s1"}
    token = gateway.check(body).json()["seat_token"]
    gateway.check({**body, "call_id": "m1"}, headers={"Drawbar-Decision": token})
    _, found = _replay(gateway, "policy bank version 1; rule r: deny pay;")
    gateway.close()

    assert found["judged"] == 1
    assert sum(found["left_out"].values()) == 1


def _replay(gateway: GatewayHarness, policy: str, *more: str) -> tuple[int, Any]:
    """Replay beside the gateway, as people do."""
    file = gateway.policies.parent / "other.bar"
    file.write_text(policy)
    data = str(gateway.settings.data)
    command = ["replay", "--policy", str(file), "--data", data, "--format", "json", *more]
    run = CliRunner().invoke(cli, command, catch_exceptions=False)
    return run.exit_code, json.loads(run.stdout)


def test_the_same_policy_says_the_same(lived: GatewayHarness) -> None:
    """Every decision comes out as it did: origin, counts, facts, sessions side by side."""
    effects = {one.effect for one in lived.records()}
    code, said = _replay(lived, POLICY)

    assert effects == {"allow", "ask", "deny"}
    assert (code, said["changes"], said["left_out"]) == (0, [], {})
    assert said["judged"] == len([one for one in lived.records() if one.phase == "call"]) == 18


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("from [user, trusted]", "from [user]", [("allow", "deny", "no_rule", 2)]),
        ("source get_payee.iban as trusted;", "", [("allow", "deny", "no_rule", 2)]),
        (">= 3;", ">= 1;", [("allow", "deny", "bank/often", 4)]),
        (
            "not called(note)",
            "called(note)",
            [("allow", "deny", "no_rule", 1)],
        ),
        (
            '== "gold"',
            '== "blue"',
            [("deny", "allow", "bank/gold", 1), ("allow", "deny", "no_rule", 1)],
        ),
        ("fact.limit? >= args.amount", "fact.limit? >= 1000", [("ask", "deny", "no_rule", 1)]),
    ],
)
def test_another_policy_changes_what_it_must(
    lived: GatewayHarness, old: str, new: str, expected: list[Any]
) -> None:
    """Each rule that is changed shows where it mattered, what becomes allowed first."""
    assert old in POLICY
    code, said = _replay(lived, POLICY.replace(old, new))

    found = [(one["from"], one["to"], one["rule"], one["number"]) for one in said["changes"]]
    assert code == 3
    assert found == expected
    assert said["left_out"] == {}


def test_what_was_not_known_then_cannot_be_judged(lived: GatewayHarness) -> None:
    """A fact that nobody asked for is said, and not guessed."""
    policy = POLICY.replace("get_member(id: args.member)", "get_account(id: args.member)")
    _, said = _replay(lived, policy)

    assert said["left_out"] == {"the fact `member` was not asked for then": 3}


def test_some_alone_can_be_judged(lived: GatewayHarness) -> None:
    """By session, tool and time."""
    assert _replay(lived, POLICY, "--session", "s1")[1]["judged"] == 6
    assert _replay(lived, POLICY, "--tool", "pay")[1]["judged"] == 9


def test_what_was_erased_cannot_be_judged(lived: GatewayHarness) -> None:
    """Destroyed keys leave the records, and nothing to judge."""
    vault = lived.gateway.keeper.vault
    lived.run(vault.destroy("default", "u-s1", who="tester"))
    _, said = _replay(lived, POLICY)

    assert said["left_out"] == {"the key was destroyed": 6}
    assert said["judged"] == 12


def test_people_read_it_too(lived: GatewayHarness) -> None:
    """Changes with examples first, then how many there were and how quickly."""
    file = lived.policies.parent / "other.bar"
    file.write_text(POLICY.replace(">= 3;", ">= 1;"))
    command = ["replay", "--policy", str(file), "--data", str(lived.settings.data)]
    run = CliRunner().invoke(cli, command)

    lines = run.stdout.splitlines()
    assert lines[0] == "4 allow -> deny by bank/often"
    assert lines[1].startswith("    d_")
    assert lines[-1].startswith("18 judged, 14 as before, 4 otherwise (")


def test_an_export_is_judged_without_a_store(lived: GatewayHarness) -> None:
    """The file says the same as the store does, by the same policy and by another."""
    file, data = lived.policies.parent / "taken.jsonl", str(lived.settings.data)
    made = CliRunner().invoke(cli, ["evidence", "export", str(file), "--data", data])
    assert made.stdout.startswith("18 decisions")
    assert file.stat().st_mode & 0o077 == 0
    for policy in (
        POLICY,
        POLICY.replace(">= 3;", ">= 1;"),
        POLICY.replace("as trusted", "as internal"),
    ):
        _, stored = _replay(lived, policy)
        other = str(lived.policies.parent / "other.bar")
        command = ["replay", "--policy", other, "--from", str(file), "--format", "json"]
        run = CliRunner().invoke(cli, command, catch_exceptions=False)
        assert json.loads(run.stdout) == stored


def test_taking_out_is_written_down_and_overwrites_nothing(lived: GatewayHarness) -> None:
    """Who exports stands in the log of the evidence, and a file that is there stays."""
    file, data = lived.policies.parent / "taken.jsonl", str(lived.settings.data)
    command = ["evidence", "export", str(file), "--data", data, "--note", "the yearly audit"]
    CliRunner().invoke(cli, command)
    again = CliRunner().invoke(cli, command)
    log = CliRunner().invoke(cli, ["evidence", "log", "--data", data])

    assert again.exit_code == 1
    assert "export to taken.jsonl: the yearly audit" in log.stdout


@pytest.mark.parametrize("text", ["", "{}", '{"form":"drawbar.replay/1"}\n{"x":1}', "no json"])
def test_what_was_not_exported_is_refused(tmp_path: Path, text: str) -> None:
    """A file of another form is one plain sentence."""
    (tmp_path / "p.bar").write_text(POLICY)
    (tmp_path / "taken.jsonl").write_text(text)
    command = ["replay", "--policy", str(tmp_path / "p.bar"), "--from"]
    run = CliRunner().invoke(cli, [*command, str(tmp_path / "taken.jsonl")])

    assert "cannot be read as exported decisions" in str(run.exception)


def test_nothing_to_judge_is_no_success(lived: GatewayHarness) -> None:
    """A misspelt tool, or a time in which nothing was decided, must not pass a gate."""
    file = lived.policies.parent / "other.bar"
    file.write_text(POLICY)
    command = ["replay", "--policy", str(file), "--data", str(lived.settings.data)]
    run = CliRunner().invoke(cli, [*command, "--tool", "pya"])

    assert run.exit_code == 1
    assert "nothing could be judged" in str(run.exception)


def test_a_policy_that_only_observed_is_replayed_as_such(tmp_path: Path) -> None:
    """With its bindings it says the same; the file alone shows what enforcing would change."""
    (tmp_path / "policies").mkdir()
    day = (datetime.now(UTC) + timedelta(days=9)).date()
    bind = f'[[bind]]\npolicy = "bank"\nobserve_until = {day}\n'
    (tmp_path / "policies" / "bindings.toml").write_text(bind)
    tells = 'rule tells: allow tell require notify("nobody");'
    gateway = GatewayHarness(tmp_path, POLICY + tells)
    try:
        for number, tool in enumerate(("get_mail", "erase", "erase", "tell", "drawbar.canary")):
            _check(gateway, f"c{number}", tool, {})
        folder = ["replay", "--policy", str(gateway.policies), "--format", "json"]
        data = ["--data", str(gateway.settings.data)]
        same = json.loads(CliRunner().invoke(cli, [*folder, *data]).stdout)
        _, alone = _replay(gateway, POLICY + tells)
    finally:
        gateway.close()

    assert (same["judged"], same["same"], same["changes"]) == (3, 3, [])
    assert same["left_out"] == {
        "it was not decided by policies (unsupported_obligation)": 1,
        "it was not decided by policies (canary)": 1,
    }
    (change,) = alone["changes"]
    assert (change["from"], change["to"], change["number"]) == ("allow (would deny)", "deny", 2)
