"""`drawbar test`: what its tests exercise of a policy, and how it is printed."""

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from tests.command import drawbar

POLICY = """\
policy p version 1;
rule small: allow pay when args.amount <= 100;
rule never: deny erase;
test "small" { call pay(amount: 5); expect allow by small; }
"""
WRONG = POLICY + 'test "wrong <&>" { call pay(amount: 500); expect allow; }\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.bar"
    path.write_text(POLICY)
    return path


def test_coverage_names_what_was_never_seen(file: Path) -> None:
    """Rules that never decided and the missing sides of each test are listed with their line."""
    run = drawbar("test", "--coverage", file, cwd=file.parent)

    assert run.returncode == 0
    assert "never decided: never" in run.stdout
    assert "p: 50.0 % covered: 1 of 2 rules decided, 1 of 2 sides" in run.stdout
    assert "  line 2, rule small: `args.amount <= 100` never false, unknown" in run.stdout


@pytest.mark.parametrize(("wanted", "code"), [("50", 0), ("50.1", 3), ("100", 3)])
def test_too_little_coverage_is_a_finding(file: Path, wanted: str, code: int) -> None:
    """`--min-coverage` fails below the wanted share, and says by how much."""
    run = drawbar("test", "--min-coverage", wanted, file, cwd=file.parent)

    assert run.returncode == code
    assert run.stderr == ("" if code == 0 else f"p: 50.0 % covered, {wanted} % wanted\n")


@pytest.mark.parametrize("wanted", ["101", "-1", "much"])
def test_a_share_that_is_none_is_a_usage_error(file: Path, wanted: str) -> None:
    """A percentage lies between 0 and 100."""
    assert drawbar("test", "--min-coverage", wanted, file, cwd=file.parent).returncode == 2


def test_json_holds_the_same(file: Path) -> None:
    """Programs read the counts and what was never seen."""
    run = drawbar("test", "--format", "json", file, cwd=file.parent)
    (said,) = json.loads(run.stdout)["policies"]

    assert said["coverage"] == {
        "percent": 50.0,
        "rules": 2,
        "rules_decided": 1,
        "sides": 2,
        "sides_seen": 1,
        "unknowns_seen": 0,
        "never_decided": ["never"],
        "never_seen": [
            {
                "rule": "small",
                "test": "args.amount <= 100",
                "line": 2,
                "sides": ["false", "unknown"],
            }
        ],
    }


def test_junit_counts_and_escapes(file: Path) -> None:
    """The XML can be read, counts failures and holds the diagnostic."""
    file.write_text(WRONG)
    run = drawbar("test", "--format", "junit", file, cwd=file.parent)
    (suite,) = Xml.fromstring(run.stdout)  # noqa: S314 - our own output
    failed = next(case for case in suite if case.get("name") == "wrong <&>")

    assert run.returncode == 3
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.find("failure") is None for case in suite] == [True, False]
    assert "expected allow, got deny: no_rule" in (failed[0].get("message") or "")
