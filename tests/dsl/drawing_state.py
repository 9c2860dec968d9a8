"""Strategies for what a decision may ask beside the call, and for the questions themselves."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from dsl import syntax
from dsl.evaluation.origin import LEVELS
from dsl.model import Cause, ToolCall
from dsl.state import Argument, Decided, Origins, Outcome, PastCall
from dsl.types import Truth, Unknown
from tests.dsl.making import NOW

A = TypeVar("A")
CAUSES = (
    Cause.NO_STATE,
    Cause.NO_USER_EVENTS,
    Cause.WEAK_MATCH,
    Cause.SESSION_OVERFLOW,
    Cause.SESSION_EXPIRED,
    Cause.TIMEOUT,
)
FACTS = (
    syntax.Fact("given"),
    syntax.Fact(
        "looked",
        syntax.LookUp("get", (("key", syntax.Path("args", ("a",))),), timedelta(seconds=2)),
    ),
)
_CORP = syntax.ListOf((syntax.Constant("corp.com"), syntax.Constant("*@x.com")))
LABELS = tuple(
    syntax.Label((syntax.ToolField("get_user", (label,)),), label, audience)
    for label, audience in (("secret", _CORP), ("pii", syntax.Constant("a team")))
)
PAST_TOOLS = ("send", "read_file", "srv/send", "*", "read_*")


@dataclass(frozen=True)
class Drawn:
    """A state that answers at random, and the same question always in the same way."""

    seed: int
    calls: tuple[PastCall, ...] = ()

    def _pick(self, answers: Sequence[A], *question: Any) -> A:
        return random.Random(repr((self.seed, question))).choice(answers)  # noqa: S311

    def _truth(self, *question: Any) -> Truth:
        unknown = Unknown(self._pick(CAUSES, "cause", *question), "drawn")
        answers: tuple[Truth, ...] = (True, True, False, False, unknown)
        return self._pick(answers, *question)

    def past(self, per: syntax.Per, since: datetime | None) -> Sequence[PastCall] | Unknown:
        if self._pick((False,) * 5 + (True,), "past", per):
            return Unknown(Cause.NO_STATE, per)
        return [one for one in self.calls if since is None or one.at >= since]

    def turn(self) -> int | Unknown:
        turns: tuple[int | Unknown, ...] = (0, 1, Unknown(Cause.NO_USER_EVENTS, "user"))
        return self._pick(turns, "turn")

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins | Unknown:
        if self._pick((False,) * 5 + (True,), "origins", value):
            return Unknown(Cause.SESSION_EXPIRED, "session")
        levels = {level: self._truth("level", level, value, kind) for level in LEVELS}
        return Origins(levels, {"srv/send": self._truth("tool", value)})

    def records(
        self, policy: syntax.Policy, value: Any, tool: str, kind: str | None = None
    ) -> Sequence[Any] | Unknown:
        rows: tuple[Sequence[Any] | Unknown, ...] = (
            [],
            [{"title": "a"}],
            [{"title": 1}, {}],
            Unknown(Cause.NO_STATE, ""),
        )
        return self._pick(rows, "records", value, tool)

    def directed(self, policy: syntax.Policy, value: Any, kind: str | None) -> Truth:
        return self._truth("directed", value)

    def entities(self, text: str) -> Sequence[Any] | Unknown:
        found: tuple[Sequence[Any] | Unknown, ...] = (
            [],
            ["a"],
            ["a", "ok"],
            Unknown(Cause.NO_STATE, "session"),
        )
        return self._pick(found, "entities", text)

    def user_texts(self) -> Sequence[str] | Unknown:
        said: tuple[Sequence[str] | Unknown, ...] = (
            [],
            ["a"],
            ["ok, b"],
            Unknown(Cause.NO_USER_EVENTS, "user"),
        )
        return self._pick(said, "texts")

    def delegated(self) -> Truth:
        return self._truth("delegated")

    def saw(self, policy: syntax.Policy, level: str) -> Truth:
        return self._truth("saw", level)

    def labelled(self, value: Any, label: str, by: str | None, **_: Any) -> Truth:
        return self._truth("labelled", value, label, by)

    def session_has(self, label: str, by: str | None) -> Truth:
        return self._truth("has", label, by)

    def given(self, fact: str) -> Any | Unknown:
        unknown = Unknown(Cause.NO_FACT, f"fact.{fact}")
        return self._pick((1, {"a": "a"}, {"a": "b"}, {"a": None}, unknown), "given", fact)

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        unknown = Unknown(Cause.TIMEOUT, f"fact.{fact.name}")
        return self._pick((5, 3, {"a": "ok"}, unknown), "look_up", fact.name, dict(args))

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        unknown = Unknown(Cause.NO_GUARD, judged.name)
        scores = (0, Decimal("0.4"), Decimal("0.9"), 1, unknown, 7, "high")
        return self._pick(scores, "score", judged.text)


past_calls = st.builds(
    PastCall,
    st.sampled_from(("send", "read_file", "search")),
    st.dictionaries(st.sampled_from(("a", "b")), st.sampled_from((1, 5, -2, "a")), max_size=2),
    st.sampled_from((NOW - timedelta(minutes=5), NOW - timedelta(days=3))),
    st.sampled_from((Outcome.EXECUTED, Outcome.EXECUTED, Outcome.FAILED, Outcome.RESERVED)),
    st.none() | st.just("srv"),
    st.none() | st.sampled_from(({"a": 1}, {"a": ["a"]}, "ok")),
    st.sampled_from((0, 1)),
)
states = st.builds(Drawn, st.integers(0, 2**16), st.lists(past_calls, max_size=4).map(tuple))

# Questions

_origins = st.one_of(
    st.builds(syntax.Level, st.sampled_from((*LEVELS, "nowhere"))),
    st.builds(syntax.OfTool, st.sampled_from(("send", "srv/*", "*"))),
    st.just(
        syntax.OfRecord(
            "send",
            syntax.From(syntax.Path("record", ("title",)), (syntax.Level("user"),)),
        )
    ),
)
_levels = st.builds(syntax.Level, st.sampled_from(LEVELS))
_labels = st.sampled_from(("secret", "pii"))
_windows = st.one_of(
    st.just(syntax.Window()),
    st.builds(
        syntax.Window,
        st.none()
        | st.just(syntax.Comparison(syntax.Path("past", ("args", "a")), "==", syntax.Constant(1))),
        st.sampled_from((timedelta(hours=1), timedelta(days=30))),
        st.sampled_from(("session", "subject", "agent", "tenant")),
    ),
)


def _several(kind: Callable[..., Any], value: Any, origins: Any, *, only: bool) -> Any:
    listed = st.lists(origins, min_size=1, max_size=2).map(tuple)
    return st.builds(kind, value, listed, st.just(only))


def tests_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw tests on origin, labels, words and earlier calls."""
    return st.one_of(
        _several(syntax.From, values, _origins, only=False),
        _several(syntax.From, values, _levels, only=True),
        st.builds(syntax.Has, st.none() | values, _labels),
        st.builds(syntax.Saw, st.sampled_from(("trusted", "internal", "untrusted"))),
        st.builds(syntax.UserSaid, st.sampled_from(("a", "b|x"))),
        st.builds(syntax.Holds, st.builds(syntax.CallOf, st.just("directed"), st.tuples(values))),
        st.just(syntax.Holds(syntax.CallOf("user_delegated", ()))),
        st.just(
            syntax.Quantifier(
                "all",
                "x",
                syntax.CallOf("entities", (syntax.Path("args", ("a",)),)),
                syntax.From(syntax.Path("x"), (syntax.Level("user"),)),
            )
        ),
        st.builds(syntax.Holds, st.builds(_past, st.sampled_from(("called", "in_turn")), _windows)),
        st.just(syntax.Holds(syntax.Past("since", ("send", "read_file")))),
        st.builds(
            syntax.Comparison,
            amounts,
            st.sampled_from(("==", "!=", "<", "<=", ">", ">=")),
            st.builds(syntax.Constant, st.sampled_from((0, 1, 2, 5))),
        ),
        st.builds(syntax.Membership, amounts, st.just(_UP_TO_TWO), st.booleans()),
    )


_UP_TO_TWO = syntax.Range(syntax.Constant(0), syntax.Constant(2))


def _past(name: str, window: syntax.Window) -> syntax.Past:
    return syntax.Past(name, ("send",), None, window)


_counts = st.builds(
    syntax.Past,
    st.just("count"),
    st.sampled_from(PAST_TOOLS).map(lambda tool: (tool,)),
    st.none(),
    _windows,
)
_sums = st.builds(
    syntax.Past,
    st.just("sum"),
    st.sampled_from(PAST_TOOLS).map(lambda tool: (tool,)),
    st.just(syntax.Path("past", ("args", "a"))),
    _windows,
)
_fields = st.builds(
    syntax.FieldOf,
    st.builds(_past, st.sampled_from(("last", "first")), _windows),
    st.sampled_from((("args", "a"), ("result", "a"), ("result",))),
    st.booleans(),
)
_known = st.sampled_from(
    (syntax.Path("fact", ("given", "a")), syntax.Path("fact", ("looked",), optional=True))
)
amounts = st.one_of(
    _counts,
    _sums,
    _fields,
    _known,
    st.builds(syntax.Arithmetic, _counts, st.sampled_from(("+", "-")), st.just(syntax.Constant(1))),
    st.builds(syntax.Minus, _sums),
)
judged = st.one_of(
    st.builds(
        syntax.Judged,
        st.just("judge"),
        st.sampled_from(("be kind", "no gossip")),
        st.sampled_from((">=", ">")),
        st.sampled_from((Decimal("0.8"), Decimal("0.5"))),
        st.none(),
        st.just("tone"),
        st.sampled_from(("forbids", "permits")),
    ),
    st.just(syntax.Judged("judge", "be kind", ">", Decimal("0.5"))),
    st.just(syntax.Judged("similar", "b_17", ">=", Decimal("0.74"), syntax.Path("args", ("a",)))),
    st.just(syntax.Judged("classify", "off_task", ">", Decimal("0.5"))),
)
