"""Strategies for policies and calls that meet: both draw from the same few values."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from dsl import syntax
from dsl.checks import typecheck
from dsl.model import Effect, Subject, ToolCall
from tests.dsl import drawing_state
from tests.dsl.drawing_state import FACTS, LABELS

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def law(examples: int) -> settings:
    """Return settings that draw the same examples on every run."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, suppress_health_check=SLOW
    )


NAMES = ("a", "b", "c")
NUMBERS = (0, 1, 5, 100, -1, Decimal("1.5"), Decimal("100.0"), 10**30)
TEXTS = ("", "a", "ab", "ok", "x@corp.com", "/etc/passwd", "ü\n", "a*")
PATTERNS = ("a.*", "[ab]+", r".*@corp\.com", "/etc/.*", "(?s).*")
TOOLS = ("send", "read_file", "srv/send")
GLOBS = ("send", "read_*", "*", "srv/send", "srv/*", "*nd")

scalars = st.sampled_from((*NUMBERS, *TEXTS, True, False))
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=5,
)
# Longer than what a rule may look at.
ENDLESS = [0] * 100_001
arguments = st.dictionaries(
    st.sampled_from(NAMES), scalars | json_values, max_size=3
) | st.sampled_from(({"a": 0, "b": 5}, {"a": 0}, {"a": ENDLESS}))

_steps = st.one_of(
    st.tuples(st.sampled_from(NAMES)),
    st.tuples(st.sampled_from(NAMES), st.sampled_from((0, 1, "a"))),
)
paths = st.one_of(
    st.builds(syntax.Path, st.just("args"), _steps, st.booleans()),
    st.builds(
        syntax.Path, st.just("args"), st.tuples(st.sampled_from(NAMES)), st.just(value=False)
    ),
    st.sampled_from(
        (
            syntax.Path("tool"),
            syntax.Path("subject", ("id",)),
            syntax.Path("subject", ("roles",)),
            syntax.Path("agent", ("id",)),
            syntax.Path("context", ("a",), optional=True),
            syntax.Path("fact", ("given",)),
        )
    ),
)
constants = st.builds(syntax.Constant, scalars)
_text_constants = st.builds(syntax.Constant, st.sampled_from(TEXTS))
_times = st.sampled_from(
    (date(2026, 1, 1), datetime(2026, 1, 1, 12), timedelta(hours=1), timedelta(days=2))  # noqa: DTZ001 - as written in a policy, without a zone
)
_signs = st.sampled_from(("+", "-", "*", "/"))
_functions = st.sampled_from(("len", "lower", "abs", "round", "unique", "sum", "max", "hour"))
_lists_of_args = st.builds(
    syntax.Path, st.just("args"), st.tuples(st.sampled_from(NAMES)), st.just(value=False)
)
_lists_of_args_a = syntax.Path("args", ("a",))
_elements = st.just(syntax.Path("x"))


def _calculations(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(syntax.Arithmetic, inner, _signs, inner),
        st.builds(syntax.Minus, inner.filter(lambda one: not isinstance(one, syntax.Constant))),
        st.builds(syntax.CallOf, _functions, st.tuples(inner)),
        st.builds(
            syntax.Aggregate,
            st.sampled_from(("sum", "min", "max")),
            st.just("x"),
            _lists_of_args,
            _elements,
        ),
        st.builds(
            syntax.Aggregate,
            st.just("count"),
            st.just("x"),
            _lists_of_args,
            st.builds(syntax.Comparison, _elements, st.just("=="), constants),
        ),
    )


named = st.sampled_from(
    tuple(syntax.Path(name) for name in ("now", "listed", "named", "huge", "share"))
)
simple = paths | constants | named | st.builds(syntax.Constant, _times)
operands = simple | st.recursive(simple, _calculations, max_leaves=4)
lists = st.builds(syntax.ListOf, st.lists(operands, max_size=3).map(tuple))


@st.composite
def ranges(draw: Callable[..., Any]) -> syntax.Range:
    low, high = sorted((draw(st.sampled_from(NUMBERS)), draw(st.sampled_from(NUMBERS))))
    return syntax.Range(syntax.Constant(low), syntax.Constant(high))


def _product(factors: int) -> syntax.Operand:
    """Return a product that no number is large enough for."""
    huge: syntax.Operand = syntax.Constant(10**39)
    for _ in range(factors):
        huge = syntax.Arithmetic(huge, "*", syntax.Constant(10**39))
    return huge


LETS: tuple[syntax.Statement, ...] = (
    *FACTS,
    *LABELS,
    syntax.Let("huge", _product(40)),
    syntax.Let("share", syntax.Arithmetic(syntax.Constant(1), "/", _lists_of_args_a)),
    syntax.Let("listed", syntax.ListOf((syntax.Constant("a"), syntax.Constant(1)))),
    syntax.Let("named", syntax.Path("args", ("a",), optional=True)),
)


def _fits(test: syntax.Test) -> bool:
    """Leave out what the loader refuses: tests that could only ever be unknown."""
    return not list(typecheck.check([*LETS, syntax.Let("tested", test)]))


_of_the_call: st.SearchStrategy[syntax.Test] = st.one_of(
    st.builds(
        syntax.Comparison, paths, st.sampled_from(("==", "!=", "<", "<=", ">", ">=")), operands
    ),
    st.builds(syntax.Membership, paths, lists | ranges() | paths, st.booleans()),
    st.builds(
        syntax.TextMatch,
        paths,
        st.sampled_from(("contains", "starts_with", "ends_with", "like")),
        _text_constants | paths,
    ),
    st.builds(syntax.PatternMatch, paths, st.sampled_from(PATTERNS)),
    st.builds(syntax.Present, paths),
    st.builds(syntax.Holds, paths),
    st.builds(
        syntax.Quantifier,
        st.sampled_from(("any", "all", "none")),
        st.just("x"),
        _lists_of_args | st.just(syntax.Path("listed")),
        st.builds(syntax.Comparison, _elements, st.sampled_from(("==", "<")), constants),
    ),
    st.builds(syntax.Comparison, operands, st.sampled_from(("==", "<", ">=")), operands),
    st.builds(
        syntax.Comparison,
        st.builds(syntax.CallOf, _functions, st.tuples(_lists_of_args)),
        st.sampled_from(("<=", "!=")),
        operands,
    ),
).filter(_fits)
tests: st.SearchStrategy[syntax.Test] = st.one_of(
    _of_the_call, _of_the_call, drawing_state.tests_of(_lists_of_args)
)


def _joined(
    kind: Callable[[tuple[Any, ...]], syntax.Condition], inner: st.SearchStrategy[syntax.Condition]
) -> st.SearchStrategy[syntax.Condition]:
    return st.lists(inner, min_size=2, max_size=3).map(tuple).map(kind)


conditions: st.SearchStrategy[syntax.Condition] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(syntax.Not, inner), _joined(syntax.And, inner), _joined(syntax.Or, inner)
    ),
    max_leaves=4,
)
_patterns = st.lists(st.sampled_from(GLOBS), min_size=1, max_size=2).map(
    lambda globs: tuple(map(syntax.ToolPattern, globs))
)
selectors = st.builds(syntax.Selector, _patterns, st.just(()) | _patterns) | st.just(
    syntax.Selector((syntax.ToolPattern("*"),))
)
_words = st.none() | st.sampled_from(("because", 'quoted "so"', "ünï\t\\", "\ufe0f\u200b"))
_effects = st.sampled_from((Effect.ALLOW, Effect.ALLOW, Effect.ALLOW, Effect.ASK, Effect.DENY))
_narrowing = st.sampled_from((Effect.ASK, Effect.DENY))

# What a rule may bring beside its decision


def _path(name: str) -> syntax.Path:
    return syntax.Path("args", (name,))


_transforms = st.sampled_from(
    (
        (),
        (syntax.SetTo(_path("a"), 1),),
        (syntax.SetTo(_path("a"), "ok"), syntax.Drop(_path("b"))),
        (syntax.Drop(_path("c")),),
        (syntax.Redact(_path("a"), "email"),),
    )
)
_duties = st.sampled_from(
    (
        (),
        (),
        (syntax.Notify("security"),),
        (syntax.MustCall("read_file", "before"),),
        (syntax.MustCall("read_file", "after"),),
    )
)
_approvers = st.sampled_from((None, syntax.Approver("role", "boss"), syntax.Approver("user")))


@st.composite
def _with_more(draw: Callable[..., Any], rule: syntax.Rule) -> syntax.Rule:
    """Add what fits the effect: changes, duties, who approves, shadow mode."""
    more: dict[str, Any] = {"shadow": draw(st.sampled_from((False, False, False, True)))}
    if rule.effect is not Effect.DENY:
        more |= {"transforms": draw(_transforms), "duties": draw(_duties)}
    if rule.effect is Effect.ASK:
        more |= {"approver": draw(_approvers), "expires": draw(st.none() | st.just(_HOUR))}
    return replace(rule, **more)


_HOUR = timedelta(hours=1)


def judging(name: str) -> st.SearchStrategy[syntax.Rule]:
    """Draw a rule that asks for a learned score."""
    both = st.lists(conditions, min_size=1, max_size=1).flatmap(
        lambda inner: drawing_state.judged.map(lambda score: syntax.And((*inner, score)))
    )
    return st.builds(
        syntax.Rule,
        st.just(name),
        _narrowing,
        selectors,
        condition=drawing_state.judged | both,
    )


def rules(
    effects: st.SearchStrategy[Effect], *, whole: bool = True
) -> st.SearchStrategy[list[syntax.Rule]]:
    """Draw rules with names of their own; `whole` ones also change, require and judge."""
    one = st.builds(
        syntax.Rule,
        st.just("r"),
        effects,
        selectors,
        condition=st.none() | conditions | conditions,
        priority=st.sampled_from((0, 0, 0, 1, 2, -1)),
        because=_words,
        reply=st.none() | st.sampled_from(("say", "so")),
        retryable=st.none() | st.booleans(),
    )
    if not whole:
        return st.lists(one, max_size=4).map(_named)
    drawn = st.lists(one.flatmap(_with_more) | one | one, max_size=4)
    return st.tuples(drawn, st.just([]) | st.just([]) | judging("j").map(lambda rule: [rule])).map(
        lambda both: _named([*both[0], *both[1]])
    )


def _named(drawn: list[syntax.Rule]) -> list[syntax.Rule]:
    return [replace(rule, name=f"r{at}") for at, rule in enumerate(drawn)]


_defaults: st.SearchStrategy[list[syntax.Default]] = st.sampled_from(
    (
        [],
        [],
        [syntax.Default(Effect.DENY)],
        [syntax.Default(Effect.ASK, "ask")],
        [syntax.Default(Effect.ALLOW, "open")],
    )
)


@st.composite
def policies(draw: Callable[..., Any], name: str = "p", *, whole: bool = True) -> syntax.Policy:
    """Draw a policy."""
    header = syntax.Header("policy", name, 1)
    drawn = draw(rules(_effects, whole=whole))
    return syntax.Policy(header, (header, *LETS, *draw(_defaults), *drawn))


@st.composite
def weighing(draw: Callable[..., Any]) -> syntax.Policy:
    """Draw a policy whose rules only decide, some of them by a learned score."""
    base: syntax.Policy = draw(policies(whole=False))
    judge = draw(st.none() | judging("j"))
    return replace(base, statements=(*base.statements, *([judge] if judge else [])))


@st.composite
def outputs(draw: Callable[..., Any]) -> syntax.Policy:
    """Draw a policy on what comes back of calls."""
    header = syntax.Header("policy", "p", 1)
    result = syntax.Path("result", ("a",))
    tests = st.sampled_from(
        (
            None,
            syntax.Comparison(result, "==", syntax.Constant("a")),
            syntax.TextMatch(syntax.Path("result"), "contains", syntax.Constant("a")),
            syntax.Holds(syntax.CallOf("detects", (result, syntax.Constant("email")))),
        )
    )
    changes = st.sampled_from(
        (
            (syntax.Redact(syntax.Path("result"), "email"),),
            (syntax.Redact(result, "email"),),
            (syntax.SetTo(result, "x"), syntax.Drop(syntax.Path("result", ("b",)))),
        )
    )
    anything = syntax.Selector((syntax.ToolPattern("*"),))
    drawn = []
    for at in range(draw(st.integers(1, 3))):
        effect = draw(st.sampled_from((Effect.ALLOW, Effect.DENY)))
        more = {"transforms": draw(changes)} if effect is Effect.ALLOW else {}
        made = syntax.Rule(f"r{at}", effect, anything, draw(tests), phase="result", **more)
        drawn.append(made)
    return syntax.Policy(header, (header, *drawn))


@st.composite
def overlays(draw: Callable[..., Any], name: str = "o") -> syntax.Policy:
    """Draw an overlay."""
    header = syntax.Header("overlay", name, 1)
    return syntax.Policy(header, (header, *LETS, *draw(rules(_narrowing))))


def layers(name: str = "layer") -> st.SearchStrategy[syntax.Policy]:
    """Draw whatever may stand on top of a policy."""
    return st.one_of(policies(name), overlays(name))


@st.composite
def calls(draw: Callable[..., Any]) -> ToolCall:
    """Draw a call."""
    server, _, tool = draw(st.sampled_from(TOOLS)).rpartition("/")
    person = Subject(draw(st.none() | st.sampled_from(TEXTS)), draw(st.sampled_from(((), ("a",)))))
    agent = draw(st.none() | st.sampled_from(TEXTS))
    args = draw(arguments)
    return ToolCall("c", tool, args, server or None, person, agent, None, draw(arguments))
