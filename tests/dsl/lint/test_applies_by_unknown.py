"""BAR403 says what the interpreter does: no more, and no less."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import syntax
from dsl.errors import Source
from dsl.evaluation import choosing
from dsl.evaluation.scope import Purse, Scope, names_of
from dsl.lint.rule import Unit
from dsl.lint.rules import applies_by_unknown
from dsl.model import Cause, Effect, ToolCall
from dsl.parse import parse
from dsl.place import placed
from dsl.show.statements import show
from dsl.toolspec import Tools, read
from dsl.types import Unknown
from tests.drawn import some
from tests.dsl import drawing
from tests.dsl.drawing import law
from tests.dsl.drawing_state import Drawn, states
from tests.dsl.making import NOW
from tests.expect import HEADER

NAMES: Final = ("a", "b", "c", "d")
TEXT: Final = {"type": "string"}
# By type: its schema, a value for which its tests are true and one for which they are false.
TYPES: Final[dict[str, tuple[dict[str, Any], Any, Any, tuple[str, ...]]]] = {
    "text": (
        TEXT,
        "ok",
        "no",
        ('P == "ok"', 'P in ["ok", "x"]', 'lower(P) contains "k"', "P matches /o.*/", '"ok" == P'),
    ),
    "number": ({"type": "number"}, 1, 9, ("P < 5", "P in 0..5", "P + 1 == 2", "5 > P", "P != 9")),
    "truth": ({"type": "boolean"}, True, False, ("P", "P == true", "P != false")),
    "list": (
        {"type": "array", "items": TEXT},
        ["ok"],
        ["no"],
        (
            'any x in P: x == "ok"',
            'none x in P: x == "no"',
            'all x in P: x starts_with "o"',
            '"ok" in P',
            'count(x in P: x == "ok") == 1',
            'P[0] == "ok"',
        ),
    ),
}
INNER: Final = ('P == "ok"', 'P starts_with "o"', 'P not in ["no"]', 'P != "no"')


@dataclass(frozen=True)
class Argument:
    """One argument as it is drawn: what it may hold, and whether a call may lack it."""

    name: str
    schema: dict[str, Any]
    true: Any
    false: Any
    required: bool
    tests: tuple[str, ...]


@st.composite
def arguments(draw: Callable[..., Any], name: str) -> Argument:
    """Draw an argument: a text, a number, a truth, a list, an object or a list of objects."""
    required, nullable = draw(st.booleans()), draw(st.booleans())
    kind = draw(st.sampled_from((*TYPES, "object", "rows")))
    if kind in TYPES:
        schema, true, false, tests = TYPES[kind]
    else:
        inner = draw(st.sampled_from((TEXT, {"type": ["string", "null"]})))
        needed = ["in"] if draw(st.booleans()) else []
        schema = {"type": "object", "properties": {"in": inner}, "required": needed}
        true, false, tests = (
            {"in": "ok"},
            {"in": "no"},
            tuple(t.replace("P", "P.in") for t in INNER),
        )
    if kind == "rows":
        schema, true, false = {"type": "array", "items": schema}, [true], [false]
        every = draw(st.sampled_from(("any r in P: ", "all r in P: ")))
        tests = tuple(every + t.replace("P", "r.in") for t in INNER)
    if nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return Argument(name, schema, true, false, required, tests)


@st.composite
def written(draw: Callable[..., Any], one: Argument) -> str:
    """Draw a test of an argument, as people write them: with `?`, `present`, `not`, a name."""
    test = draw(st.sampled_from(one.tests))
    path = f"args.{one.name}"
    shape = draw(st.sampled_from(("{0}", "{0}", "{1}", "not {0}", "not {1}", "{2}", "{3}", "{4}")))
    plain = re.sub(r"\bP\b", path, test)
    first = re.sub(r"\bP\b((?:\.in|\[0\])?)", path + r"\1?", test, count=1)
    asked = re.sub(r"\bP\b", path, first)
    by_name = re.sub(r"\bP\b", f"its_{one.name}", test)
    guarded, or_absent = f"(present({path}) and {plain})", f"(not present({path}) or {plain})"
    return f"({shape.format(plain, asked, guarded, or_absent, by_name)})"


@st.composite
def cases(draw: Callable[..., Any]) -> tuple[list[Argument], str]:
    """Draw arguments and a condition that reads one of them often and the others once."""
    drawn = [draw(arguments(name)) for name in NAMES[: draw(st.integers(1, len(NAMES)))]]
    tests = [draw(written(drawn[0])) for _ in range(draw(st.integers(0, 2)))]
    tests += [draw(written(one)) for one in drawn]
    tests = draw(st.permutations(tests))
    while len(tests) > 1:
        joined = f"({tests[0]} {draw(st.sampled_from(('and', 'or')))} {tests[1]})"
        tests = [*tests[2:], draw(st.sampled_from((joined, f"(not {joined})")))]
    return drawn, tests[0]


def tools_of(drawn: list[Argument]) -> Tools:
    schema = {
        "type": "object",
        "properties": {one.name: one.schema for one in drawn},
        "required": [one.name for one in drawn if one.required],
    }
    return read(Source("t.json", json.dumps([{"name": "send", "inputSchema": schema}])))


def lacking(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what is left of a value that lacks something inside, and the place in it."""
    for less in ({}, {"in": None}):
        if isinstance(value, dict):
            yield ".in", less
        if isinstance(value, list) and isinstance(value[0], dict):
            yield "[*].in", [less]
            yield "[*].in", [*value, less]


def calls(drawn: list[Argument], tools: Tools) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield calls in order that lack something of the first argument, each with its place."""
    one, *others = drawn
    left = [("", None), *lacking(one.true), *lacking(one.false)]
    for values in product(*((other.true, other.false) for other in others)):
        full = {other.name: value for other, value in zip(others, values, strict=True)}
        whole = [(one.name, full)]
        whole += [(one.name + place, {**full, one.name: value}) for place, value in left]
        yield from ((place, args) for place, args in whole if in_order(tools, args))


def in_order(tools: Tools, args: dict[str, Any]) -> bool:
    return tools.by_name["send"].fault(args) is None


@law(400)
@given(case=cases())
def test_it_fires_where_the_interpreter_says_so_and_nowhere_else(
    case: tuple[list[Argument], str],
) -> None:
    """Of every place: a finding, if and only if a valid call that lacks it applies by unknown."""
    drawn, condition = case
    tools = tools_of(drawn)
    names = "".join(f"let its_{one.name} = args.{one.name};\n" for one in drawn)
    source = Source("p.bar", f"{HEADER}{names}rule r: deny send when {condition};")
    policy = parse(source)
    scope = Scope(ToolCall("c", "send", {}), NOW, names_of(policy))

    expected = set()
    for place, args in calls(drawn, tools):
        truth = _applied(policy, scope, args)
        if isinstance(truth, Unknown) and truth.cause is Cause.MISSING:
            expected.add(place)

    found = applies_by_unknown.check(Unit(source, policy, (), tools))
    told = {re.findall(r"(?:without|null for) `([^`]+)`", one.message)[0] for one in found}
    told = {place for place in told if place.startswith(drawn[0].name)}
    assert bool(told) is bool(expected), (condition, told, expected)
    assert told <= expected, (condition, told, expected)


RULES: Final = st.builds(
    syntax.Rule,
    st.just("r"),
    st.sampled_from((Effect.ASK, Effect.DENY)),
    drawing.selectors,
    condition=drawing.conditions,
)
SOME_NAMES: Final = st.just(set[str]()) | st.sets(st.sampled_from(drawing.NAMES))
ALL_THREE: Final = st.fixed_dictionaries(
    dict.fromkeys(drawing.NAMES, drawing.scalars | drawing.json_values)
)


@pytest.mark.locked
def test_nothing_is_missed_in_conditions_of_any_form() -> None:
    """Where leaving one argument out makes a rule apply by unknown, the argument is told."""
    hits: Counter[str] = Counter()

    @law(some(400))
    @given(drawn=RULES, args=ALL_THREE, required=SOME_NAMES, state=states)
    def draw(drawn: syntax.Rule, args: dict[str, Any], required: set[str], state: Drawn) -> None:
        policy, told = _told(drawn, required)
        scope = Scope(ToolCall("c", "send", args), NOW, names_of(policy), state)
        if isinstance(_applied(policy, scope, args), Unknown):
            return
        for name in set(args) - required:
            less = {key: value for key, value in args.items() if key != name}
            truth = _applied(policy, scope, less)
            if isinstance(truth, Unknown) and truth.path.startswith(f"args.{name}"):
                assert name in told
                hits[name] += 1

    draw()

    assert hits.total() >= some(30)


def _told(drawn: syntax.Rule, required: set[str]) -> tuple[syntax.Policy, set[str]]:
    """Return a rule's policy as it is read from text, and the arguments of which is told."""
    header = syntax.Header("policy", "p", 1)
    source = Source("p.bar", "\n".join(map(show, (header, *drawing.LETS, drawn))))
    schema = {"properties": {name: {} for name in drawing.NAMES}, "required": sorted(required)}
    listed = [{"name": name, "inputSchema": schema} for name in drawing.TOOLS]
    tools = read(Source("t.json", json.dumps(listed)))
    policy = placed(parse(source))
    found = applies_by_unknown.check(Unit(source, policy, (), tools))
    return policy, {re.findall(r"without `(.+?)`", one.message)[0] for one in found}


def _applied(policy: syntax.Policy, scope: Scope, args: Mapping[str, Any]) -> object:
    made = replace(scope, call=replace(scope.call, args=args), purse=Purse())
    return choosing.applies(policy.rules[0], made)
