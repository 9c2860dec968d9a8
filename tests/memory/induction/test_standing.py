"""How the level of a rule moves: down at once, up by one step a day and on new evidence alone."""

from collections.abc import Sequence
from datetime import timedelta

from dsl import syntax
from memory.induction.evidence import Evidence, Side
from memory.induction.literal import Literal
from memory.induction.report import Report
from memory.induction.rule import Level, Rule, Shape, shape
from memory.induction.standing import Moment, Standing, standing
from memory.induction.weights import Weight
from tests.memory.induction.world import START, case, report

ABOUT = case(1, {})


def said(text: str) -> Shape:
    path = syntax.Path("args", ("env",))
    test = syntax.Comparison(path, "==", syntax.Constant(text))
    return shape("acme", "send", Side.DENY, (Literal(path, test),))


SHAPE = said("prod")


def evidence(bound: int, seqs: Sequence[int]) -> Evidence:
    agreeing: tuple[Report, ...] = tuple(report(seq, ABOUT) for seq in seqs)
    return Evidence(Weight(1000 * len(seqs)), 0, bound, agreeing, ())


def stood(level: Level, of: Shape = SHAPE) -> Rule:
    return Rule(
        shape=of,
        level=level,
        evidence=evidence(5200, (1, 2, 3)),
        born_seq=10,
        raised_seq=10,
        raised_at=START,
    )


def moved(before: Sequence[Rule], now: Evidence, hours: float, *, epoch: bool = False) -> Standing:
    moment = Moment(20, START + timedelta(hours=hours), before=10, epoch=epoch)
    found = standing(SHAPE, now, before, moment)
    assert found is not None
    return found


def test_a_rule_rises_by_one_level_a_day_and_on_new_reports_alone() -> None:
    """However good its evidence is: not sooner, not further, and not for nothing new."""
    old, new = (1, 2, 3), (1, 2, 3, 15)
    shadow = [stood(Level.SHADOW)]

    assert moved(shadow, evidence(6000, new), 24).level is Level.ADVISE
    assert moved(shadow, evidence(6000, new), 23).level is Level.SHADOW
    assert moved(shadow, evidence(6000, old), 240).level is Level.SHADOW
    assert moved(shadow, evidence(6000, new), 24).raised_seq == 20
    assert moved(shadow, evidence(6000, new), 23).raised_seq == 10


def test_a_rule_falls_at_once_but_keeps_its_level_a_little_below_the_gate() -> None:
    """Between epochs it stays down to 0.05 below; in an epoch nothing is kept up."""
    asking, seqs = [stood(Level.ASK)], (1, 2, 3)

    assert moved(asking, evidence(4500, seqs), 1).level is Level.ASK
    assert moved(asking, evidence(4499, seqs), 1).level is Level.ADVISE
    assert moved(asking, evidence(1000, seqs), 1).level is Level.SHADOW
    assert moved(asking, evidence(4500, seqs), 1, epoch=True).level is Level.ADVISE


def test_a_new_rule_begins_where_its_reports_bring_it() -> None:
    """Born of something new it stands where the gates say, with a birth of its own."""
    born = moved((), evidence(6000, (1, 2, 15)), 1)

    assert (born.level, born.born_seq, born.parent) == (Level.ASK, 20, None)


def test_a_new_rule_of_old_reports_stands_no_higher_than_the_one_before_it() -> None:
    """Another rule of the same evidence takes its place; without one it begins in the shadow."""
    old = evidence(6000, (1, 2, 3))
    elder = stood(Level.ADVISE, said("dev"))

    assert moved((), old, 1).level is Level.SHADOW
    assert moved([elder], old, 1).level is Level.ADVISE
    assert moved([elder], old, 1).parent == elder.id


def test_what_passes_no_gate_is_no_rule() -> None:
    """A bound below 0.10, or 0.05 for a rule that stands, ends it."""
    moment = Moment(20, START, before=10)

    assert standing(SHAPE, evidence(999, (1, 2)), (), moment) is None
    assert standing(SHAPE, evidence(500, (1, 2)), [stood(Level.SHADOW)], moment) is not None
    assert standing(SHAPE, evidence(499, (1, 2)), [stood(Level.SHADOW)], moment) is None
