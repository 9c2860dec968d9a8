"""The generated world, those who live in it, and the page that tells of it."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bench import reporting
from bench.lifelong import traits
from bench.lifelong.arm import Day, configuration
from bench.lifelong.arms import ASK, BASE, DEFAULT, NEIGHBOURS, NO_PENALTY, WAYS
from bench.lifelong.cli import PAGE, RESULTS, SECOND_RESULTS, main, summaries
from bench.lifelong.figures import Figures, Verdict, figures
from bench.lifelong.goals import goals
from bench.lifelong.hidden import Known
from bench.lifelong.matched import Matched
from bench.lifelong.memory_arm import MemoryArm, Setting
from bench.lifelong.page import page
from bench.lifelong.people import Cell, People
from bench.lifelong.plots import plots
from bench.lifelong.run import run
from bench.lifelong.summary import Summary, mean
from bench.lifelong.world import Call, Size, World
from dsl.model import Effect
from memory.induction import evidence
from memory.induction.configuration import CODE
from memory.induction.report import Kind, Label

ROOT = Path(__file__).parents[2]
TINY = Size(days=2, calls=220, test=150)
MUCH = Cell(rho=0.9, flips=0.0)
OPTIONS = ("--seeds", "1", "--days", "1", "--calls", "30", "--test", "30")


@pytest.fixture(scope="module")
def world() -> World:
    return World(0, TINY)


def test_a_world_is_its_seed(world: World) -> None:
    """The same seed is the same world, and another is another."""
    assert World(0, TINY).days == world.days
    assert World(0, TINY).test == world.test
    assert World(1, TINY).days != world.days


def test_the_guard_has_a_third_of_the_rules_each_way(world: World) -> None:
    """It has four rules as they are, four too widely, and four not at all."""
    known = [one.known for one in world.rules]
    calls = [one for day in world.days for one in day]

    assert [known.count(one) for one in Known] == [4, 4, 4]
    assert world.guard.written == tuple(one for one in world.rules if one.known is Known.WHOLE)
    assert any(one.base.soft and not one.violation for one in calls)
    assert any(one.violation and one.base.effect is Effect.ALLOW for one in calls)


def test_what_the_guard_knows_too_widely_holds_wherever_the_rule_does(world: World) -> None:
    """Every call that violates such a rule is denied by the model too, and others are."""
    random = Random(4)  # noqa: S311 - a world, no secret
    of = traits.mix(random)
    wide = [one for one in world.rules if one.known is Known.WIDE]
    for rule, judged in zip(wide, world.guard.judged, strict=True):
        drawn = [traits.traits(random, of) for _ in range(800)]
        own = [one for one in drawn if rule.holds(rule.tool, one)]
        more = [one for one in drawn if judged.holds(rule.tool, one)]

        assert all(one in more for one in own)
        assert len(own) < len(more)


def test_asks_are_answered_and_little_else_is_reported(world: World) -> None:
    """Each ask has its answer, rightly told; a decision that nobody is asked about is a failure."""
    calls = world.days[0]
    verdicts = [Verdict(Effect.ASK if at % 2 else one.base.effect) for at, one in enumerate(calls)]
    said = list(People(Cell(0.0, 0.0)).say(calls, verdicts))
    flipped = list(People(Cell(0.0, 1.0)).say(calls, verdicts))
    labels = {one.id: Label.VIOLATION if one.violation else Label.OK for one in calls}

    assert [one.decision_id for one in said] == [one.id for one in calls[1::2]]
    assert {one.kind for one in said} == {Kind.ASK_ANSWER}
    assert all(one.label is labels[one.decision_id] for one in said)
    assert all(one.label is not labels[one.decision_id] for one in flipped)
    assert {one.kind for one in People(MUCH).say(calls[::2], verdicts[::2])} == {Kind.FAILURE}


def test_figures_are_those_counted_by_hand(world: World) -> None:
    """Two violations and two others: one of each denied, one of each asked about or allowed."""
    bad, fine = (
        [replace(one, violated=violated) for one in world.test[:2]] for violated in ((0,), ())
    )
    deny, ask, allow = (
        Verdict(Effect.DENY),
        Verdict(Effect.ASK, by_memory=True),
        Verdict(Effect.ALLOW),
    )
    found = figures([*bad, *fine], [deny, ask, deny, allow], 0.0)
    flipped = figures([*bad, *fine], [deny, ask, deny, allow], 1.0)

    assert (found.precision, found.recall, found.f1) == (2 / 3, 1.0, 0.8)
    assert (found.over_block, found.benign_asked, found.asks, found.asks_by_memory) == (
        *(0.5, 0.0, 0.25, 0.25),
    )
    assert flipped.f1_flips == 0.5  # the one that was asked about is let pass


def test_memory_as_it_comes_loosens_nothing(world: World) -> None:
    """In the default no call is decided more loosely than by the guard, and some more strictly."""
    arm = MemoryArm(Setting.DEFAULT, configuration())
    rank = [Effect.ALLOW, Effect.ASK, Effect.DENY]
    run(world, arm, MUCH)
    verdicts = arm.decide(world.test)
    pairs = [
        (rank.index(one.base.effect), rank.index(verdict.effect))
        for one, verdict in zip(world.test, verdicts, strict=True)
    ]

    assert all(before <= after for before, after in pairs)
    assert any(before < after for before, after in pairs)
    assert any(one.nominated for one in verdicts)


class Watched(MemoryArm):
    """Looks, whenever something was accepted, at all that it would have let pass."""

    def __init__(self) -> None:
        super().__init__(Setting.ACCEPTED, configuration())
        self.passed: list[Call] = []
        self._seen: list[Call] = []

    def learn(self, day: Day) -> None:
        before = set(self._accepted)
        super().learn(day)
        self._seen += [one for one in day.calls if one.base.soft]
        new = [one for name, one in self._accepted.items() if name not in before]
        matched = Matched(self._seen, self._configuration)
        self.passed += [self._seen[at] for at in matched.true(new)]


def test_who_is_never_wrong_lets_no_violation_pass_that_was_seen(world: World) -> None:
    """What a perfect person accepts lets calls pass that a model had denied, and no violation."""
    arm = Watched()
    run(world, arm, MUCH)

    assert arm.passed
    assert not any(one.violation for one in arm.passed)


def test_the_way_without_a_penalty_puts_it_back() -> None:
    """Silence weighs nothing in that way alone."""
    before, found = evidence.OMEGA, {}
    for way in WAYS:
        with way.set_up():
            found[way.name] = evidence.OMEGA

    assert {name for name, omega in found.items() if omega == 0} == {NO_PENALTY}
    assert set(found.values()) == {0, before}
    assert before == evidence.OMEGA


def test_the_same_seeds_give_the_same_bytes(tmp_path: Path) -> None:
    """A small run of every way, twice: the same files; goals decide the code."""
    found = []
    for name in ("one", "two"):
        out = tmp_path / name
        (out / "docs").mkdir(parents=True)
        (out / "bench" / "results").mkdir(parents=True)
        code = main(("--out", str(out), *OPTIONS))
        files = sorted(one for one in out.rglob("*") if one.is_file())
        found.append([one.read_bytes() for one in files])
        summary = Summary(reporting.read_lines((out / RESULTS).read_text()))

        assert summary.ways == [one.name for one in WAYS]
        assert code == (0 if all(one.held for one in goals(summary)) else 3)
    assert found[0] == found[1]


def test_the_second_world_stands_on_the_same_page(tmp_path: Path) -> None:
    """It is measured where goals are about, into a file of its own."""
    (tmp_path / "docs").mkdir(parents=True)
    (tmp_path / "bench" / "results").mkdir(parents=True)
    (tmp_path / RESULTS).write_text((ROOT / RESULTS).read_text("utf-8"), "utf-8")

    code = main(("--out", str(tmp_path), "--world", "second", *OPTIONS))
    summary, second = summaries(tmp_path)
    told = (tmp_path / PAGE).read_text("utf-8")

    assert second is not None
    assert (tmp_path / SECOND_RESULTS).exists()
    assert second.ways == [one for one in summary.ways if one != NEIGHBOURS]
    assert {rho for way in second.ways for rho, _ in second.cells(way)} == {0.1}
    assert "## A second world" in told
    assert "owed" not in told
    assert code == (0 if all(one.held for one in goals(second)) else 3)


def test_goals_are_missed_by_what_falls_short() -> None:
    """Of rows that reach every goal all are held; worse ones miss theirs and no other."""
    good = {"recall": 0.9, "f1": 0.9, "over_block": 0.01, "asks": 0.05, "asks_by_memory": 0.02}
    named = {"nomination_precision": 0.9, "nominated_over_blocks": 0.5}
    rows = [
        {
            "bench": "lifelong",
            "way": way.name,
            "rho": cell.rho,
            "flips": cell.flips,
            "seed": 0,
            **good,
            **named,
        }
        for way in WAYS
        for cell in way.cells()
    ]

    def missed(way: str, **worse: float) -> set[str]:
        changed = [one | worse if one["way"] == way else one for one in rows]
        return {one.name for one in goals(Summary(changed)) if not one.held}

    assert missed(BASE) == set()
    assert missed(DEFAULT, asks_by_memory=0.06) == {"asks by memory"}
    assert missed(DEFAULT, nomination_precision=0.7) == {"nomination precision"}
    assert missed(DEFAULT, over_block=0.03) == {"over-block, base + 1 point"}
    assert missed(ASK, f1=0.7) == {"F1", "F1, base"}
    assert missed(ASK, asks=0.2, over_block=0.05) == {"asks", "over-block"}
    assert missed(ASK, recall=0.8) == {"recall, base"}


def test_intervals_are_students() -> None:
    """Of five values with a deviation of 1, half the interval is 2.776 by the root of five."""
    values = [1.0, 1.0, 1.0, 1.0, 1.0 + 5**0.5]
    assert mean(values).half == pytest.approx(2.776 / 5**0.5)
    assert mean([0.5]).half is None


def test_rows_of_older_code_are_named() -> None:
    """The page says which rows were not measured anew since what rules come out has changed."""
    figure = dict.fromkeys(Figures.__dataclass_fields__, 0.5)
    cells = [(way.name, cell) for way in WAYS for cell in way.cells()]
    rows: list[dict[str, Any]] = [
        {**figure, "bench": "lifelong", "way": way, "rho": cell.rho, "flips": cell.flips, "seed": 0}
        for way, cell in cells
    ]

    def told(*older: tuple[str, float]) -> str:
        new = [one if (one["way"], one["rho"]) in older else {**one, "code": CODE} for one in rows]
        return page(Summary(new))

    lines = f"- *{DEFAULT}* at 20% reported\n- *{ASK}* at 5%, 10% reported\n\n"
    assert lines in told((BASE, 0.1), (DEFAULT, 0.2), (ASK, 0.05), (ASK, 0.1))
    assert "Older" not in told((BASE, 0.1))


def test_page_and_drawing_are_those_of_the_committed_results() -> None:
    """Nobody edited the page or the drawing by hand."""
    summary, second = summaries(ROOT)

    assert (ROOT / PAGE).read_text("utf-8") == page(summary, second)
    for name, drawn in plots(summary).items():
        assert (ROOT / "docs" / name).read_text("utf-8") == drawn
        assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314 - our own drawing
