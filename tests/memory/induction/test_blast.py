"""How much the asking rules may stop: each by itself, and all together."""

from memory.induction.blast import Placed, Traffic, held, may_ask
from memory.induction.evidence import Evidence, Side
from memory.induction.rule import Level, Rule, Shape
from memory.induction.weights import Weight
from tests.memory.induction.test_standing import said
from tests.memory.induction.world import START


def week(calls: int, of_tenant: int, scale: int = 1000) -> Traffic:
    return Traffic((1 << calls) - 1, 0, calls, of_tenant, scale)


def first(many: int, skipped: int = 0) -> int:
    return ((1 << many) - 1) << skipped


def rule(bound: int, of: Shape) -> Rule:
    evidence = Evidence(Weight(5000), 0, bound, (), ())
    return Rule(
        shape=of, level=Level.ASK, evidence=evidence, born_seq=1, raised_seq=1, raised_at=START
    )


def test_a_rule_may_stop_two_per_cent_of_the_tenant_and_a_quarter_of_the_tool() -> None:
    """One call more, and it does not ask."""
    assert may_ask(first(20), week(1000, 1000))
    assert not may_ask(first(21), week(1000, 1000))
    assert may_ask(first(25), week(100, 10_000))
    assert not may_ask(first(26), week(100, 10_000))


def test_of_a_tool_that_is_seldom_called_five_calls() -> None:
    """Under fifty calls in a week a share says little, so a number counts too."""
    assert may_ask(first(5), week(49, 10_000))
    assert not may_ask(first(6), week(49, 10_000))


def test_what_was_not_drawn_counts_as_the_sample_does() -> None:
    """Where every second call was drawn, each stands for two."""
    assert not may_ask(first(11), week(1000, 1000, scale=2000))
    assert may_ask(first(10), week(1000, 1000, scale=2000))


def test_all_asking_rules_together_stop_five_per_cent_and_the_best_ask_first() -> None:
    """A rule that does not fit any more stays a hint; one that overlaps others may still fit."""
    names = ("a", "b", "c", "d")
    rows = (first(20), first(20, 20), first(20, 40), first(10, 20))
    bounds = (9000, 8000, 7000, 6000)
    placed = [
        Placed(rule(bound, said(name)), some)
        for name, some, bound in zip(names, rows, bounds, strict=True)
    ]
    found = {one.evidence.bound: one.level for one in held(placed, {"send": week(1000, 1000)})}

    assert found == {9000: Level.ASK, 8000: Level.ASK, 7000: Level.ADVISE, 6000: Level.ASK}


def test_nominations_stop_nothing_and_are_not_held_back() -> None:
    """A rule that softens changes no decision, whatever it matches."""
    one = rule(9000, said("a"))
    soft = Rule(
        shape=Shape("acme", "send", Side.SOFTEN, one.shape.literals),
        level=Level.ASK,
        evidence=one.evidence,
        born_seq=1,
        raised_seq=1,
        raised_at=START,
    )
    (found,) = held([Placed(soft, first(900))], {"send": week(1000, 1000)})

    assert found.level is Level.ASK
