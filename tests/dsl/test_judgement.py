"""Learned scores: they make a decision stricter or leave it, and stand nowhere else."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from dsl import syntax
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.model import By, Cause, ToolCall
from dsl.session.session import Session
from dsl.state import Decided
from dsl.types import Unknown
from tests.dsl.making import NOW, call, decide, policy
from tests.expect import expect_error


@dataclass
class Guard(Session):
    """A session that notes which scores were asked for."""

    asked: list[Any] = field(default_factory=list)

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        self.asked.append((judged.text, value))
        return super().score(judged, value, call, decided)


def scored(score: Any, operator: str = ">=") -> Any:
    """Compare a score with 0.8: true, false, or the cause of an unknown."""
    made = policy(f'rule r: deny * when classify("off_task") {operator} 0.8;')
    state = Guard(scores={} if score is None else {"off_task": score})
    assert made.rules[0].condition is not None
    found = conditions.evaluate(made.rules[0].condition, Scope(call(), NOW, names_of(made), state))
    return found.cause if isinstance(found, Unknown) else found


@pytest.mark.parametrize(
    ("score", "at_least", "above"),
    [
        (Decimal("0.8"), True, False),
        (Decimal("0.80001"), True, True),
        (Decimal("0.79999"), False, False),
        (0, False, False),
        (1, True, True),
        (Fraction(4, 5), True, False),
    ],
)
def test_a_score_meets_its_threshold_exactly(score: Any, at_least: bool, above: bool) -> None:  # noqa: FBT001 - both answers
    """`>=` takes in the threshold itself, `>` does not."""
    assert (at_least, above) == (scored(score), scored(score, ">"))


@pytest.mark.parametrize(
    "score",
    [
        *(7, -1, Decimal("1.0001"), Decimal("-0.0001"), Decimal("NaN"), Decimal("Infinity")),
        *(Decimal("sNaN"), float("nan"), 0.9, True, "0.9", [1], {}),
    ],
)
def test_what_is_no_score_is_unknown(score: Any) -> None:
    """A guard that answers with anything but an exact number from 0 to 1 said nothing."""
    assert scored(score) is Cause.UNREADABLE
    assert scored(score, ">") is Cause.UNREADABLE


def test_no_guard_is_unknown() -> None:
    """Without anybody who judges, nobody knows."""
    assert scored(None) is Cause.NO_GUARD


JUDGES = 'rule j: {} send when classify("bad") >= 0.8;'


@pytest.mark.parametrize(
    ("rules", "score", "expected"),
    [
        ("rule a: allow send; rule j: deny send", 0, "allow"),
        ("rule a: allow send; rule j: deny send", 1, "deny"),
        ("rule a: allow send; rule j: ask send", 1, "ask"),
        ("rule a: allow send; rule j: ask send", None, "ask"),  # by unknown
        ("rule a: allow send; rule j: deny send", None, "deny"),
        ("rule a: allow send priority 99; rule j: deny send", 1, "deny"),
        ("rule d: deny send; rule j: ask send", 1, "deny"),
        ("rule d: deny send; rule j: ask send", 0, "deny"),
        ("rule k: ask send; rule j: deny send", 1, "deny"),
        ("rule k: ask send; rule j: deny send", 0, "ask"),
        ("rule j: ask send", 1, "deny"),  # the default denies
        ('default allow because "x"; rule j: ask send', 1, "ask"),
        ('default allow because "x"; rule j: ask send', 0, "allow"),
        ("default ask; rule j: deny send", 1, "deny"),
        ("default ask; rule j: deny send", 0, "ask"),
    ],
)
def test_judgement_joins_last_and_never_loosens(rules: str, score: Any, expected: str) -> None:
    """No priority keeps a judgement out, and no judgement rescues what the rules refuse."""
    state = Session(scores={} if score is None else {"bad": score})
    verdict = decide(f'{rules} when classify("bad") >= 0.8;', state=state)

    assert expected == verdict.effect


@pytest.mark.parametrize(
    ("rules", "asked"),
    [
        ("rule d: deny send;", 0),
        ("rule k: ask send;", 0),
        ("rule a: allow send;", 1),
        ("default ask;", 0),
        ("", 0),
        ("rule a: allow other;", 0),
        ("rule a: allow send; rule d: deny send when args.x == 1;", 0),
    ],
)
def test_judgement_is_skipped_where_it_cannot_matter(rules: str, asked: int) -> None:
    """A score that could not make the effect stricter is not asked for."""
    state = Guard(scores={"bad": 1})
    decide(rules + JUDGES.format("ask"), state=state)

    assert asked == len(state.asked)


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        ('classify("bad") >= 0.8 and args.x == 1', 0),
        ('args.x == 1 and classify("bad") >= 0.8', 0),
        ('(classify("bad") >= 0.8 or args.y == 1) and args.x == 1', 0),
        ("bad and args.x == 1", 0),
        ('classify("bad") >= 0.8 or args.x == 2', 0),
        ('classify("bad") >= 0.8 and args.x == 2', 1),
        ('classify("bad") >= 0.8 and args.gone == 2', 1),
    ],
)
def test_a_score_is_asked_for_after_what_needs_no_model(condition: str, asked: int) -> None:
    """Where the plain parts of a condition settle it, wherever they stand, nobody is asked."""
    state = Guard(scores={"bad": 1})
    text = 'let bad = classify("bad") >= 0.8; rule a: allow send; rule j: deny send when '
    decide(f"{text}{condition};", args={"x": 2, "y": 1}, state=state)

    assert asked == len(state.asked)


def test_judgement_through_a_name_joins_last_too() -> None:
    """A `let` that asks for a score makes a rule a judgement, also through another `let`."""
    text = """
      let bad = classify("bad") >= 0.8; let worse = bad and args.x == 1;
      rule a: allow send priority 9; rule j: deny send when worse;
    """

    assert decide(text, args={"x": 1}, state=Session(scores={"bad": 1})).effect == "deny"
    assert decide(text, args={"x": 2}, state=Session(scores={"bad": 1})).effect == "allow"
    assert decide(text, args={"x": 2}).effect == "allow"


def test_a_judgement_takes_no_change_away() -> None:
    """What the plain rules change and require stays, when a judgement asks as well."""
    text = 'rule a: allow send with drop(args.cc) require notify("x");' + JUDGES.format("ask")
    verdict = decide(text, args={"cc": "b", "to": "a"}, state=Session(scores={"bad": 1}))

    assert (verdict.effect, verdict.changed) == ("ask", {"to": "a"})
    assert [one.to for one in verdict.obligations] == ["x"]


def test_an_overlay_may_judge_and_nothing_else() -> None:
    """An overlay of judgements alone has nothing to say where none applies."""
    overlay = "overlay o version 1;" + JUDGES.format("deny")

    assert decide("rule a: allow send;", overlay, state=Session(scores={"bad": 1})).effect == "deny"
    assert (
        decide("rule a: allow send;", overlay, state=Session(scores={"bad": 0})).effect == "allow"
    )
    assert decide(overlay, state=Session(scores={"bad": 0})).effect == "deny"  # no policy


def test_a_judgement_that_could_not_be_made_says_so() -> None:
    """The reason names the unknown and its cause."""
    verdict = decide("rule a: allow send;" + JUDGES.format("ask"))

    (reason,) = verdict.reasons
    assert (reason.rule, reason.by, reason.cause) == ("j", By.UNKNOWN, Cause.NO_GUARD)


def test_likeness_is_asked_of_a_value() -> None:
    """`similar` compares a value of the call; one that is absent is unknown."""
    text = 'rule a: allow send; rule j: deny send when similar(args.body, "b_17") >= 0.74;'
    state = Guard(scores={"b_17": Decimal("0.74")})

    assert decide(text, args={"body": "x"}, state=state).effect == "deny"
    assert state.asked == [("b_17", "x")]
    assert decide(text, args={}, state=state).effect == "deny"
    assert decide(text, args={"body": "x"}, state=Guard(scores={"b_17": 0})).effect == "allow"
    assert len(state.asked) == 1


def test_scores_over_a_long_list_end_soon() -> None:
    """Each score costs its steps, so one rule asks for so many only."""
    text = 'rule a: allow send; rule j: deny send when any x in args.l: similar(x, "b") >= 0.9;'
    state = Guard(scores={"b": 0})
    verdict = decide(text, args={"l": ["a"] * 9_000}, state=state)

    assert (verdict.effect, verdict.reasons[0].cause) == ("deny", Cause.TOO_MUCH)
    assert len(state.asked) < 3_000


# Where a score may stand

AND_OR = "join it by `and` and `or` alone, so that a score can only make a decision stricter"


@pytest.mark.parametrize(
    "condition",
    [
        'classify("a") >= 0.8',
        'classify("a") > 0',
        'judge("be kind" as TONE forbids) >= 0.8',
        'judge("be kind" as TONE permits) >= 1',
        'judge("be kind") >= 0.8',
        'similar(args.a, "b") >= 0.5 and args.x == 1',
        'args.x == 1 or (classify("a") >= 0.8 and args.y == 2)',
        'any x in args.l: similar(x, "b") >= 0.5',
        'all x in args.l: similar(x, "b") >= 0.5',
        "bad",
        "bad and not args.x == 1",
    ],
)
def test_a_score_stands_where_more_of_it_is_stricter(condition: str) -> None:
    """A score is joined by `and`, `or`, `any` and `all` in `ask` and `deny` rules."""
    for effect in ("ask", "deny"):
        made = policy(f'let bad = classify("a") >= 0.8; rule r: {effect} send when {condition};')
        assert frozenset({"r"}) == names_of(made).judgements


@pytest.mark.parametrize(
    "text",
    [
        """
        rule r: deny send when not classify("a") >= 0.8;
                                   ^^^^^^^^^^^^^^^^^^^^
        """,
        """
        rule r: deny send when none x in args.l: classify("a") >= 0.8;
                                                 ^^^^^^^^^^^^^^^^^^^^
        """,
        """
        rule r: deny send when count(x in args.l: classify("a") >= 0.8) < 1;
                                                  ^^^^^^^^^^^^^^^^^^^^
        """,
        """
        rule r: deny send when called(pay where classify("a") >= 0.8);
                                                ^^^^^^^^^^^^^^^^^^^^
        """,
        """
        rule r: deny send when args.a from record(get) where classify("a") >= 0.8;
                                                             ^^^^^^^^^^^^^^^^^^^^
        """,
        """
        rule r: deny tools where classify("a") >= 0.8;
                                 ^^^^^^^^^^^^^^^^^^^^
        """,
        """
        label get.a as secret when classify("a") >= 0.8;
                                   ^^^^^^^^^^^^^^^^^^^^
        """,
        """
        let bad = classify("a") >= 0.8; rule r: deny send when not bad;
                                                                   ^^^
        """,
        """
        let bad = classify("a") >= 0.8; rule r: deny send when bad == false;
                                                               ^^^
        """,
        """
        let bad = classify("a") >= 0.8; fact f = lookup get(id: bad) within 1s;
                                                                ^^^
        """,
    ],
)
def test_a_score_stands_nowhere_else(text: str) -> None:
    """Where less of a score could be stricter, or decide something else, it is refused."""
    expect_error(text, message="a score cannot stand here", help=AND_OR, code="BAR105")


def test_a_score_never_allows_and_has_no_priority() -> None:
    """Judgement rules are `ask` or `deny`, and join last."""
    expect_error(
        """
        rule r: allow send when classify("a") >= 0.8;
                                ^^^^^^^^^^^^^^^^^^^^
        """,
        message="a score never allows a call",
        help="write an `ask` or `deny` rule",
        code="BAR105",
    )
    expect_error(
        """
        rule r: deny send when classify("a") >= 0.8 priority 1;
                               ^^^^^^^^^^^^^^^^^^^^
        """,
        message="a rule with a score has no priority: it joins last",
        code="BAR105",
    )


@pytest.mark.parametrize(
    "comparison", ['classify("a") < 0.8', 'classify("a") == 0.8', 'classify("a") >= 1.5']
)
def test_a_score_stands_only_before_its_threshold(comparison: str) -> None:
    """A score is compared by `>=` or `>` with a number from 0 to 1."""
    carets = "^" * len(comparison)
    expect_error(
        f"rule r: deny send when {comparison};\n                       {carets}\n",
        message="a score stands only before its threshold",
        help="write `>= 0.8`: `>=` or `>`, and a number from 0 to 1",
    )
