"""What would change a rule is told as it then happens."""

from datetime import timedelta
from typing import Final

import pytest

from memory.induction.fold import fold
from memory.induction.log import Log, Refreshed
from memory.induction.report import Label
from memory.induction.revision import told
from memory.induction.rule import Level
from memory.learning.telling import falls_after
from tests.memory.induction.test_learning import CONFIGURATION, agreed
from tests.memory.induction.world import report

HOUR: Final = timedelta(hours=1)


def contradicted(number: int) -> Log:
    """Return a log whose one rule is contradicted by so many persons, an hour after it was made."""
    log = agreed()
    (first,) = log.refreshes
    case = log.cases[log.reports[0].decision_id]
    more = [
        report(first.seq + 1 + n, case, Label.OK, reporter=f"new{n}", at=first.as_of)
        for n in range(number)
    ]
    second = Refreshed(first.seq + number + 1, first.as_of + HOUR)
    return Log([*log.reports, *more], refreshes=[first, second], cases=log.cases)


@pytest.mark.parametrize("short", [0, 1])
def test_a_rule_falls_after_as_many_reports_as_is_told_and_not_before(short: int) -> None:
    """One fewer, and it still asks: the number is the least that takes it down."""
    log = agreed()
    content = told(fold(log, CONFIGURATION), log.head, CONFIGURATION)
    (rule,) = content["rules"]
    number = falls_after(rule, {"told": content})
    assert number is not None
    assert number > 1
    (after,) = fold(contradicted(number - short), CONFIGURATION).rules

    assert after.id == rule["id"]
    assert (after.level is Level.ASK) == bool(short)


def test_what_takes_more_than_is_worth_counting_is_not_counted() -> None:
    """And what audits say of silence counts: with more of it a rule falls sooner."""
    log = agreed()
    (rule,) = told(fold(log, CONFIGURATION), log.head, CONFIGURATION)["rules"]
    many = {**rule, "a": 100_000, "L": 9_700}
    silent = {**rule, "n_bg": 10_000}

    assert falls_after(many, {}) is None
    sooner = falls_after(silent, {"rho": {"deny": 500}}), falls_after(silent, {})
    assert sooner == (1, 2)
