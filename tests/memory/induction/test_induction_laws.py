"""The laws of learned rules, each on many drawn logs."""

import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl import syntax
from dsl.errors import Source
from dsl.format import reformat
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.parse import parse
from dsl.state import Argument, Nothing, Origins
from memory.induction.evidence import Side
from memory.induction.field import fields
from memory.induction.fold import fold
from memory.induction.literals import Sides
from memory.induction.log import Log, Refreshed, Withdrawn
from memory.induction.matching import Asked, call_of
from memory.induction.reading import Reader
from memory.induction.report import Label
from memory.induction.revision import Revision, induce
from memory.induction.rule import Level
from memory.induction.sheet import Sheet
from tests.memory.induction import world
from tests.memory.induction.world import START, drawn, report

CONFIGURATION = world.configuration()
WITHOUT_SIDES = world.configuration(sides=Sides())  # else one rule on all that is not ours
FIELDS = fields(CONFIGURATION.tools.by_name["send"], CONFIGURATION.names)
READER = Reader.of(FIELDS, CONFIGURATION.names)
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
    """Law 8: withdrawing a report, a reporter or a group gives the rules of a log without them."""
    log = refreshed(drawn(seed), 1, 2)
    said = [replace(one, group=f"team{one.seq % 2}") for one in log.reports]
    log = replace(log, reports=said)
    evidence = [one for rule in induce(log, CONFIGURATION).rules for one in rule.evidence.agreeing]
    one = data.draw(st.sampled_from(evidence or said))
    for named, field in (("report", "id"), ("reporter", "reporter"), ("group", "group")):
        gone = Withdrawn(seq=20_000, **{named: getattr(one, field)})
        left = [each for each in said if getattr(each, field) != getattr(one, field)]

        assert induce(replace(log, withdrawn=[gone]), CONFIGURATION) == induce(
            replace(log, reports=left), CONFIGURATION
        )


class Strangers(Nothing):
    """A session in which strangers chose the address, and order numbers came from nowhere."""

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins:
        del policy, value, kind
        levels = {"to": {"untrusted": True}, "order_id": {}}
        return Origins(levels.get(str(at and at.steps[0]), {"user": True}))


def read_again(log: Log, **chosen: str) -> Log:
    """Return a log as it is read where strangers wrote this into all that violated."""
    cases = dict(log.cases)
    for name, one in log.cases.items():
        if one.features.args["to"].endswith("evil.example"):
            call = replace(call_of(one), args={**one.features.args, **chosen})
            cases[name] = replace(one, features=READER.features(call, Strangers(), one.at))
    return replace(log, cases=cases)


@few
@given(seed=seeds, to=st.emails(), order=st.text())
def test_what_strangers_chose_changes_no_byte(seed: int, to: str, order: str) -> None:
    """Law 9: what came `from untrusted`, and an identifier `from nowhere`, can be anything."""
    told = induce(read_again(drawn(seed), to="x@evil.example", order_id="o1"), CONFIGURATION)
    other = induce(read_again(drawn(seed), to=to, order_id=order), CONFIGURATION)

    assert told == other


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


def crowded(domains: int, calls: int) -> Log:
    """Return a log of as many good rules as there are domains, each on so many calls of 300."""
    common = {"env": "test", "amount": 50}
    bad = [
        world.case(n, {"to": f"{'xyz'[n % 3]}@evil{n // calls}.example", **common})
        for n in range(domains * calls)
    ]
    fine = [
        world.case(n, {"to": f"{'abc'[n % 3]}@corp.example", **common})
        for n in range(len(bad), 300)
    ]
    said = [report(n, one, reporter=f"person{n}") for n, one in enumerate(bad)]
    # Said to be fine, so that no rule on what all calls have in common is a good one.
    said += [
        report(n, one, Label.OK, reporter=f"person{n}") for n, one in enumerate(fine[:60], len(bad))
    ]
    return world.log([*bad, *fine], said)


@few
@given(seed=seeds, domains=st.integers(4, 6), later=st.integers(4, 400))
def test_time_alone_raises_no_level(seed: int, domains: int, later: int) -> None:
    """Law 11: a refresh with nothing new brings no rule further than any stood before.

    In the crowded log some rules are held back by the others' traffic alone, which then is over.
    """
    for log, settled in ((drawn(seed), CONFIGURATION), (crowded(domains, 5), WITHOUT_SIDES)):
        before = fold(refreshed(log, 3), settled).rules
        after = fold(refreshed(log, 3, later), settled).rules
        levels = {one.id: one.level.rank for one in before}
        for one in after:
            known = levels.get(one.id, levels.get(str(one.parent), 0))
            assert one.level.rank <= known

    assert {one.level for one in before} == {Level.ADVISE, Level.ASK}


@few
@given(domains=st.integers(4, 6), calls=st.integers(4, 6))
def test_asking_rules_stop_little_of_the_traffic(domains: int, calls: int) -> None:
    """Law 11: after every refresh all asking rules together stop at most 5 % of a week's calls."""
    log = crowded(domains, calls)
    for days in ((1,), (1, 2), (1, 2, 3)):
        rules = fold(refreshed(log, *days), WITHOUT_SIDES).rules
        asking = [one for one in rules if one.level is Level.ASK and one.shape.side is Side.DENY]
        stopped = [
            case
            for case in log.cases.values()
            if any(
                Asked(case, CONFIGURATION.names).holds(one.shape.condition) is True
                for one in asking
            )
        ]

        assert len(asking) < domains <= len(rules)
        assert 0 < len(stopped) * 100 <= 5 * len(log.cases)


@few
@given(seed=seeds)
def test_no_reports_are_no_rules(seed: int) -> None:
    """Law 1: of an empty memory there is nothing to say."""
    told: Revision = induce(replace(drawn(seed), reports=()), CONFIGURATION)

    assert (told.rules, told.soften, told.reviews) == ((), [], ())
    assert parse(Source("narrow.bar", told.narrow)).rules == ()


def test_the_drawn_logs_have_what_the_laws_are_about() -> None:
    """The drawn logs hold what the laws are about: all levels, both labels, and origins."""
    told = [induce(drawn(seed), CONFIGURATION) for seed in range(4)]
    levels = {rule.level for one in told for rule in one.rules}
    labels = {one.label for seed in range(4) for one in drawn(seed).reports}

    assert levels == set(Level)
    assert labels == set(Label)
    strange = induce(read_again(drawn(0), to="x@evil.example"), CONFIGURATION)
    assert "args.to from untrusted" in strange.narrow
