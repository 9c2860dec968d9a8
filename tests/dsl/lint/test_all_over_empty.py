"""BAR502 says what the interpreter does with an empty list."""

from collections.abc import Callable
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dsl.errors import Source
from dsl.evaluation import choosing
from dsl.evaluation.scope import Scope, names_of
from dsl.lint.rule import Unit
from dsl.lint.rules import all_over_empty
from dsl.model import ToolCall
from dsl.parse import parse
from tests.dsl.drawing import law
from tests.dsl.lint.test_applies_by_unknown import (
    NAMES,
    TYPES,
    Argument,
    arguments,
    tools_of,
    written,
)
from tests.dsl.making import NOW
from tests.expect import HEADER

ALL = (
    'all x in args.a: x starts_with "o"',
    'none x in args.a: not x starts_with "o"',
    'not any x in args.a: x != "ok"',
)
BESIDE = (
    "len(args.a) > 0",
    "len(args.a) < 5",
    "not len(args.a) == 0",
    'any x in args.a: x == "ok"',
    'none x in args.a: x == "no"',
    '"ok" in args.a',
    "present(args.a)",
    'args.a[0] == "ok"',
    "args.a from user",
)


@st.composite
def cases(draw: Callable[..., Any]) -> tuple[list[Argument], str]:
    """Draw a condition with an `all` in it, other tests of its list, and tests of other values."""
    schema, true, false, tests = TYPES["list"]
    drawn = [Argument("a", schema, true, false, required=True, tests=tests)]
    drawn += [draw(arguments(name)) for name in NAMES[1 : draw(st.integers(1, 3))]]
    parts = [f"({draw(st.sampled_from(ALL))})"]
    parts += [f"({test})" for test in draw(st.lists(st.sampled_from(BESIDE), max_size=2))]
    parts = draw(st.permutations([*parts, *(draw(written(one)) for one in drawn[1:])]))
    while len(parts) > 1:
        joined = f"({parts[0]} {draw(st.sampled_from(('and', 'or')))} {parts[1]})"
        parts = [*parts[2:], joined]
    return drawn, parts[0]


@law(300)
@given(case=cases())
def test_it_fires_where_a_call_with_an_empty_list_is_allowed(
    case: tuple[list[Argument], str],
) -> None:
    """A finding if and only if some call in order with an empty list passes the condition."""
    drawn, condition = case
    tools = tools_of(drawn)
    names = "".join(f"let its_{one.name} = args.{one.name};\n" for one in drawn)
    source = Source("p.bar", f"{HEADER}{names}rule r: allow send when {condition};")
    policy = parse(source)
    scope = Scope(ToolCall("c", "send", {}), NOW, names_of(policy))

    passes = False
    for values in product(*((one.true, one.false) for one in drawn[1:])):
        args = {one.name: value for one, value in zip(drawn[1:], values, strict=True)} | {"a": []}
        made = Scope(ToolCall("c", "send", args), NOW, scope.names)
        in_order = tools.by_name["send"].fault(args) is None
        passes |= in_order and choosing.applies(policy.rules[0], made, tools) is True

    found = all_over_empty.check(Unit(source, policy, (), tools))
    assert any("`args.a` is" in one.message for one in found) is passes, (condition, passes)
