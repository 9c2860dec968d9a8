"""`drawbar explain`: why a call is decided as it is, and how rules can become unknown."""

import json
from pathlib import Path

import pytest

from tests.command import drawbar

POLICY = """\
policy bank version 1;
kind pay.to is iban;
rule small: allow pay when args.amount <= 100;
rule unknown: deny pay when not args.to from [user, trusted];
rule often: deny pay when count(pay within 1h) >= 5 and args.rate? > 2;
rule other: deny erase;
"""
IBAN = "GB29NWBK60161331926819"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bank.bar"
    path.write_text(POLICY)
    return path


def explain(file: Path, *more: str) -> str:
    run = drawbar("explain", "--policy", file, *more, cwd=file.parent)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def call(**args: object) -> str:
    return json.dumps({"tool": "pay", "args": args})


def test_each_rule_of_the_tool_says_how_it_came_out(file: Path) -> None:
    """Rules, tests, values and where they were seen; rules of other tools are left out."""
    said = explain(
        file, "--call", call(amount=5, to=IBAN), "--user", "pay GB29 NWBK 6016 1331 9268 19"
    )

    assert said.startswith("allow  rule `small`\n")
    assert "policy bank: deny where no rule applies, as nothing else is written" in said
    assert "  rule small (allow): applies\n    true: args.amount <= 100\n" in said
    assert f'      args.to is "{IBAN}", seen in: user\n' in said
    assert (
        "  rule unknown (deny): does not apply\n    false: not args.to from [user, trusted]" in said
    )
    assert "      count(pay within 1h) is 0\n" in said
    assert "other" not in said


def test_a_value_seen_nowhere_is_told_so(file: Path) -> None:
    """The twin: nobody named the account."""
    said = explain(file, "--call", call(amount=5, to=IBAN), "--user", "hello")

    assert said.startswith("deny  rule `unknown`\n")
    assert f'args.to is "{IBAN}", seen in: nowhere' in said


def test_an_unknown_names_its_cause(file: Path) -> None:
    """A rule that applies because it cannot be evaluated says what is missing."""
    said = explain(file, "--call", call(amount=5), "--user", "hello")

    assert "rule unknown (deny): applies, as it cannot be evaluated (missing: args.to)" in said


def test_without_a_call_it_says_how_rules_can_become_unknown(file: Path) -> None:
    """Each rule lists what would make it unknown; `?` is no reason for being missing."""
    said = explain(file)

    assert (
        "  rule small (allow)\n    unknown when `args.amount` is missing or of another type\n"
        in said
    )
    assert (
        "unknown when there is no session, or a call that it counts still runs or has failed"
        in said
    )
    assert "unknown when `args.rate` is of another type\n" in said
    assert "  rule other (deny)\n" in said


def test_json_holds_the_same(file: Path) -> None:
    """Programs read the rules with their tests and values."""
    said = json.loads(explain(file, "--format", "json", "--call", call(amount=500, to=IBAN)))
    (story,) = said["policies"]
    (small, *_) = story["rules"]

    assert (story["default"], story["default_written"]) == ("deny", False)
    assert small == {
        "rule": "small",
        "effect": "allow",
        "in_force": True,
        "applied": None,
        "tests": [
            {
                "text": "args.amount <= 100",
                "truth": "false",
                "values": [{"text": "args.amount", "value": "500", "seen_in": []}],
            }
        ],
        "unknown_when": ["`args.amount` is missing or of another type"],
    }


def test_hostile_values_cannot_steer_the_terminal(file: Path) -> None:
    """Control characters and endless texts are made visible and cut."""
    said = explain(file, "--call", call(amount=5, to="\x1b[2J\u202e" + "x" * 5000))

    assert not set("\x1b\u202e") & set(said)
    assert max(map(len, said.splitlines())) < 400


def test_a_rule_that_is_not_in_force_is_told_so(file: Path) -> None:
    """A rule outside its days does not apply, whatever its tests say."""
    file.write_text(
        "policy p version 1; rule r: allow pay when args.a == 1 valid until 2020-01-01;"
    )
    said = explain(file, "--call", call(a=1))

    assert "rule r (allow): does not apply, as it is not in force on that day" in said
    assert "    true: args.a == 1\n" in said
