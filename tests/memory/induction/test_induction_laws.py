"""The laws of learned rules, each on many drawn logs."""

import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.errors import Source
from dsl.format import reformat
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.parse import parse
from memory.induction.case import Withheld
from memory.induction.evidence import Side
from memory.induction.field import fields
from memory.induction.fold import fold
from memory.induction.log import Log, Refreshed, Withdrawn
from memory.induction.matching import Asked
from memory.induction.report import Label
from memory.induction.revision import Revision, induce
from memory.induction.rule import Level
from memory.induction.sheet import Sheet
from tests.memory.induction import world
from tests.memory.induction.world import START, drawn, report

CONFIGURATION = world.configuration()
FIELDS = fields(CONFIGURATION.tools.by_name["send"], CONFIGURATION.names)
GOLDEN = Path(__file__).with_name("golden.txt")
seeds = st.integers(0, 1000)
few = settings(max_examples=3)


def refreshed(log: Log, *days: int) -> Log:
    """Return a log that was refreshed on some days after it began."""
    moments = [Refreshed(10_000 + day, START + timedelta(days=day)) for day in days]
    return replace(log, refreshes=moments)


@few
@given(seed=seeds)
def test_what_must_not_matter_changes_no_byte(seed: int) -> None:
    """Laws 7 and 9: neither the order of a log, nor comments, nor another tenant's calls matter."""
    log, shuffled = drawn(seed), random.Random(seed)  # noqa: S311 - a shuffle, no secret
    reports = [replace(one, comment=f"deny everything, {seed}") for one in log.reports]
    shuffled.shuffle(reports)
    theirs = [
        replace(one, tenant="other", decision_id=f"other_{name}")
        for name, one in drawn(seed + 1).cases.items()
    ]
    cases = [*theirs, *log.cases.values()]
    shuffled.shuffle(cases)
    other = replace(log, cases={one.decision_id: one for one in cases}, reports=reports)
    one, two = induce(log, CONFIGURATION), induce(other, CONFIGURATION)

    assert (one.digest, one.narrow, one.soften) == (two.digest, two.narrow, two.soften)


PRINT = "from tests.memory.induction import test_induction_laws as t; print(t.bytes_of(7), end='')"


def bytes_of(seed: int) -> str:
    told = induce(refreshed(drawn(seed), 1, 9), CONFIGURATION)
    soften = "".join(f"{one}\n" for one in told.soften)
    return f"{told.digest}\n{told.narrow}{soften}{[one.told() for one in told.rules]}\n"


def test_the_bytes_are_those_of_the_golden_file() -> None:
    """Law 7: the same log gives the same bytes on every machine."""
    assert bytes_of(7) == GOLDEN.read_text()


def test_the_bytes_do_not_depend_on_hashes() -> None:
    """Law 7: the same log gives the same bytes, whatever Python's hashes are."""
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", PRINT], cwd=root, env=environment, capture_output=True, check=True
    )

    assert done.stdout.decode() == GOLDEN.read_text()


@few
@given(seed=seeds, data=st.data())
def test_what_was_withdrawn_was_never_there(seed: int, data: st.DataObject) -> None:
    """Law 8: withdrawing a report or a reporter gives the rules of a log that never held them."""
    log = refreshed(drawn(seed), 1, 2, 3)
    one = data.draw(st.sampled_from(log.reports)) if log.reports else report(1, world.case(1, {}))
    by_person = data.draw(st.booleans())
    whose = {"reporter": one.reporter} if by_person else {"report": one.id}
    gone = Withdrawn(seq=20_000, **whose)
    left = [each for each in log.reports if not gone.takes(each)]

    assert induce(replace(log, withdrawn=[gone]), CONFIGURATION) == induce(
        replace(log, reports=left), CONFIGURATION
    )


@few
@given(seed=seeds)
def test_no_rule_names_a_value_that_was_withheld(seed: int) -> None:
    """Law 9: of tainted values a rule says the origin alone, so they can be anything."""
    log = drawn(seed)
    tainted = {
        name: replace(
            one,
            features=replace(
                one.features,
                args={**one.features.args, "to": Withheld(untrusted=True, nowhere=False)},
            ),
        )
        for name, one in log.cases.items()
    }
    told = induce(replace(log, cases=tainted), CONFIGURATION)

    assert "@" not in told.narrow
    assert "domain(" not in told.narrow


@few
@given(seed=seeds)
def test_rules_are_ordinary_rules(seed: int) -> None:
    """Law 10: what is printed parses, is in the formatter's layout, and lints without error."""
    source = Source("narrow.bar", induce(drawn(seed), CONFIGURATION).narrow)
    policy = parse(source)

    assert reformat(source) == source.text
    assert not [
        one for one in lint(Unit(source, policy, tools=CONFIGURATION.tools)) if one.level == "error"
    ]
    assert policy.is_overlay


@few
@given(seed=seeds)
def test_a_rule_matches_what_the_engine_says(seed: int) -> None:
    """Law 10: bits and the engine agree on each case, of every rule as it is printed."""
    log = drawn(seed)
    told = induce(log, CONFIGURATION)
    cases = list(log.cases.values())
    sheet = Sheet(cases, [one.decision_id for one in log.reports], CONFIGURATION.names, FIELDS)
    for rule in told.rules:
        rows = rule.shape.rows(sheet)
        for row, case in enumerate(sheet.cases):
            truth = Asked(case, CONFIGURATION.names).holds(rule.shape.condition)
            assert bool(rows.true >> row & 1) is (truth is True)


@few
@given(seed=seeds, later=st.integers(4, 400))
def test_time_alone_raises_no_level(seed: int, later: int) -> None:
    """Law 11: a refresh with nothing new brings no rule further than any stood before."""
    log = drawn(seed)
    before = fold(refreshed(log, 3), CONFIGURATION).rules
    after = fold(refreshed(log, 3, later), CONFIGURATION).rules
    levels = {one.id: one.level.rank for one in before}
    parents = {one.id: one.parent for one in after}
    for one in after:
        known = levels.get(one.id, levels.get(str(parents[one.id]), 0))
        assert one.level.rank <= known


@few
@given(seed=seeds)
def test_asking_rules_stop_little_of_the_traffic(seed: int) -> None:
    """Law 11: after every refresh all asking rules together stop at most 5 % of a week's calls."""
    log = drawn(seed, calls=150)
    told = induce(log, CONFIGURATION)
    asking = [one for one in told.rules if one.level is Level.ASK and one.shape.side is Side.DENY]
    stopped = [
        case
        for case in log.cases.values()
        if any(
            Asked(case, CONFIGURATION.names).holds(one.shape.condition) is True for one in asking
        )
    ]

    assert len(stopped) * 100 <= 5 * len(log.cases)


@few
@given(seed=seeds)
def test_no_reports_are_no_rules(seed: int) -> None:
    """Law 1: of an empty memory there is nothing to say."""
    told: Revision = induce(replace(drawn(seed), reports=()), CONFIGURATION)

    assert (told.rules, told.soften, told.reviews) == ((), [], ())
    assert parse(Source("narrow.bar", told.narrow)).rules == ()


def test_the_drawn_logs_have_what_the_laws_are_about() -> None:
    """The drawn logs hold what the laws are about: rules of all levels, both labels."""
    told = [induce(drawn(seed), CONFIGURATION) for seed in range(4)]
    levels = {rule.level for one in told for rule in one.rules}
    labels = {one.label for seed in range(4) for one in drawn(seed).reports}

    assert levels == set(Level)
    assert labels == set(Label)
