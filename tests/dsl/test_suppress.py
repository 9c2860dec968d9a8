"""Suppressions name a code and a reason, and reach one statement."""

import time

import pytest

from dsl.errors import Source
from dsl.lint import suppress
from tests.expect import HEADER, findings

OPEN = 'default allow because "x";'
BECAUSE = "# lint: ignore BAR401 because it is a trial"


def codes(text: str) -> list[str]:
    return [finding.code for finding in findings(HEADER + text)]


@pytest.mark.parametrize(
    "text",
    [
        f"{BECAUSE}\n{OPEN}",
        f"{BECAUSE}\n\n# another comment\n{OPEN}",
        f"{OPEN} {BECAUSE}",
        f'default allow {BECAUSE}\nbecause "x";',
        f'default allow because "x" {BECAUSE}\n;',
    ],
)
def test_above_behind_and_within(text: str) -> None:
    """A suppression stands above its statement, behind it or within it."""
    assert codes(OPEN) == ["BAR401"]
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{OPEN}\n{BECAUSE}", ["BAR401", "BAR002"]),
        (f"{OPEN}\n{BECAUSE}\nrule r: deny x;", ["BAR401", "BAR002"]),
        (f"{BECAUSE}\nrule r: deny x;\n{OPEN}", ["BAR002", "BAR401"]),
        (f"{OPEN} # lint: ignore BAR402 because no", ["BAR401", "BAR002"]),
        (f"{OPEN} # lint: ignore BAR4010 because no", ["BAR401", "BAR002"]),
        (f"{OPEN} # lint: ignore BAR401", ["BAR401", "BAR001"]),
        (f"{OPEN} # lint: ignore BAR401 because", ["BAR401", "BAR001"]),
        (f"{OPEN} # lint: ignore BAR401 BAR402 because no", ["BAR401", "BAR001"]),
        (f"{OPEN} # lint: ignore because no", ["BAR401", "BAR001"]),
        (f"{OPEN} # lint: ignore all", ["BAR401", "BAR001"]),
        (f"{OPEN} # lint: ignored BAR401 because no", ["BAR401"]),
        (f'default allow because "{BECAUSE}";', ["BAR401"]),
        (f"rule r: deny x when args.a matches /a{BECAUSE}/; {OPEN}", ["BAR401"]),
    ],
)
def test_what_does_not_suppress(text: str, expected: list[str]) -> None:
    """One that is not in order, elsewhere, for another code or inside a text hides nothing."""
    assert expected == codes(text)


@pytest.mark.parametrize("code", ["BAR001", "BAR002", "BAR101", "BAR105"])
def test_what_makes_a_policy_unusable_cannot_be_suppressed(code: str) -> None:
    """Codes 0xx and 1xx stand, and the attempt is reported."""
    text = f"# lint: ignore {code} because I say so\nrule r: alow x;"

    assert codes(text) == ["BAR001", "BAR101"]


@pytest.mark.parametrize("fault", ["rule s: alow x;", "rule r: deny y;", "rule s: deny x when a;"])
def test_while_anything_is_broken_no_suppression_is_called_unused(fault: str) -> None:
    """What it is for is not looked for then, and taking it out could not be undone by mending."""
    text = "# lint: ignore BAR408 because the model comes in May\n"
    text += 'rule r: deny x when classify("spam") >= 0.9;'

    assert codes(text) == []
    assert [code for code in codes(f"{text}\n{fault}") if code.startswith("BAR0")] == []


def test_one_suppression_takes_all_of_its_code_in_its_statement() -> None:
    """Two findings of one code on one statement need one comment."""
    text = "rule r: allow *, */*; # lint: ignore BAR402 because it is a trial"

    assert codes(text) == []


def test_many_statements_take_no_time() -> None:
    """A suppression at the end of a large file is found at once."""
    text = HEADER + "rule r: deny x;\n" * 100_000 + BECAUSE
    began = time.process_time()
    found = suppress.apply(Source("p.bar", text), [])

    assert [finding.code for finding in found] == ["BAR002"]
    assert time.process_time() - began < 10
