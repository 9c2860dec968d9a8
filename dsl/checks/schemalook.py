"""Looks at expressions as a call of one declared tool meets them, and finds mixed types."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from dsl import syntax, walk
from dsl.checks import typecheck
from dsl.checks.schemaplace import Place, call_of
from dsl.checks.typecheck import Types
from dsl.errors import Finding, Span
from dsl.toolspec import Tool, Tools, may_be
from dsl.types import Type, type_of

# What the variables of loops stand for, and `past`; None where nothing is known.
_Bound = Mapping[str, Place | None]
_Noted = list[tuple[Place, Span]]
_OUTSIDE: Final[_Bound] = {}


class Look:
    """One tool, or with none what is the same for every tool, and the policy's named values."""

    def __init__(
        self,
        tool: Tool | None,
        tools: Tools,
        lets: Mapping[str, syntax.Let],
        kinds: tuple[syntax.KindOf, ...],
    ) -> None:
        self._tool, self._tools, self._lets = tool, tools, lets
        self._kinds = tuple(field for one in kinds for field in one.fields)
        self._let_types: dict[str, tuple[Type, _Noted]] = {}

    def at(self, tree: object) -> Iterator[Finding]:
        """Yield what does not fit in a tree, and what the tools declare of it."""
        for node, bound in self._visit(tree, _OUTSIDE):
            noted: _Noted = []
            types = Types(partial(self._type, bound, noted), partial(self._by_kind, bound))
            for finding in [*types.faults(node), *self._set(node, noted)]:
                yield _explained(finding, noted)

    def _visit(self, tree: object, bound: _Bound) -> Iterator[tuple[syntax.Node, _Bound]]:
        """Yield every node that a call may meet, with what the variables around it stand for."""
        match tree:
            case tuple():
                for part in tree:
                    yield from self._visit(part, bound)
            case syntax.And(parts) if any(map(self._never, parts)):
                return
            case syntax.Quantifier(_, variable, items, body):
                yield tree, bound
                yield from self._each(variable, items, body, bound)
            case syntax.Aggregate(_, variable, items, body):
                yield tree, bound
                yield from self._each(variable, items, body, bound)
            case syntax.Past():
                inner = {**bound, "past": self._past(tree)}
                yield tree, inner
                yield from self._visit((tree.body, tree.window), inner)
            case syntax.Node():
                yield tree, bound
                yield from self._visit(walk.children(tree), bound)

    def _each(
        self, variable: str, items: syntax.Operand, body: object, bound: _Bound
    ) -> Iterator[tuple[syntax.Node, _Bound]]:
        yield from self._visit(items, bound)
        whole = self._place(items, bound)
        element = None if whole is None else whole.element()
        yield from self._visit(body, {**bound, variable: element})

    def _never(self, part: syntax.Condition) -> bool:
        """Tell whether a test on `tool` leaves this tool out: the tests beside it do not count."""
        match part:
            case syntax.Comparison(syntax.Path("tool"), "==", syntax.Constant(str() as name)):
                return not self._called(name)
            case syntax.Membership(syntax.Path("tool"), syntax.ListOf(items), False):
                named = [one.value for one in items if isinstance(one, syntax.Constant)]
                return len(named) == len(items) and not any(map(self._called, named))
        return False

    def _called(self, name: str) -> bool:
        """Tell whether a call that is checked by this tool's schema may have a name."""
        if self._tool is None or self._tool.name == name:
            return True
        anywhere = "/" not in self._tool.name
        return anywhere and name.endswith("/" + self._tool.name)

    # Places and types

    def _past(self, past: syntax.Past) -> Place | None:
        """Return what is known of the earlier calls a question asks about: of one tool's."""
        if len(past.tools) != 1 or "*" in past.tools[0]:
            return None
        declared = list(self._tools.named(past.tools[0]))
        return call_of(declared[0]) if len(declared) == 1 else None

    def _place(self, node: object, bound: _Bound) -> Place | None:
        match node:
            case syntax.Path("args", steps):
                return call_of(self._tool).at(("args", *steps)) if self._tool else None
            case syntax.Path(root, steps) if root in bound:
                whole = bound[root]
            case syntax.Path(root, steps) if root in self._lets:
                whole = self._place(self._lets[root].value, _OUTSIDE)
            case syntax.FieldOf(syntax.Past() as past, steps):
                whole = self._past(past)
            case _:
                return None
        return None if whole is None else whole.at(steps)

    def _type(self, bound: _Bound, noted: _Noted, node: typecheck.Place) -> Type:
        place = self._place(node, bound)
        if place is not None:
            noted += [(place, node.span)] if place.type is not Type.ANY else []
            return place.type
        if isinstance(node, syntax.Path) and not node.steps and node.root not in bound:
            found, inner = self._let(node.root)
            noted += [(place, node.span) for place, _ in inner]
            return found
        return Type.ANY

    def _let(self, name: str) -> tuple[Type, _Noted]:
        if name not in self._lets:
            return Type.ANY, []
        if name not in self._let_types:
            noted: _Noted = []
            found = Types(partial(self._type, _OUTSIDE, noted)).of(self._lets[name].value)
            self._let_types[name] = found, noted
        return self._let_types[name]

    def _by_kind(self, bound: _Bound, node: syntax.Operand) -> bool:
        """Tell whether a kind is declared of the place: `==` and `in` then compare the kind."""
        place = self._place(node, bound) if self._kinds else None
        if place is None or place.steps[:1] != ("args",):
            return False
        named = _named(place.steps[1:])
        return any(
            _named(one.steps) == named and may_be(one.tool, place.tool) for one in self._kinds
        )

    # Values that are set

    def _set(self, node: syntax.Node, noted: _Noted) -> Iterator[Finding]:
        if not isinstance(node, syntax.SetTo) or node.value is None:
            return
        place, found = self._place(node.path, _OUTSIDE), type_of(node.value)
        if place is not None and Type.ANY not in (place.type, found) and place.type is not found:
            noted.append((place, node.path.span))
            yield Finding("BAR201", f"{typecheck.a(found)} cannot be set here", node.span)


def _named(steps: tuple[str | int, ...]) -> tuple[str, ...]:
    return tuple(step for step in steps if isinstance(step, str) and step != syntax.EACH)


def _explained(finding: Finding, noted: _Noted) -> Finding:
    """Say what is declared of the places that a finding speaks of."""
    start, end = finding.span.start, finding.span.end
    inside = [place for place, span in noted if start <= span.start and span.end <= end]
    places = inside or [place for place, _ in noted]
    if not places:
        return finding
    said = dict.fromkeys((one.tool, f"`{one}` as {typecheck.a(one.type)}") for one in places)
    tools = dict.fromkeys(tool for tool, _ in said)
    declared = " and ".join(
        f"`{tool}` declares " + " and ".join(words for of, words in said if of == tool)
        for tool in tools
    )
    message = f"{finding.message}: {declared}"
    return replace(finding, message=message, help=_help(finding, places[0]))


def _help(finding: Finding, place: Place) -> str:
    if place.type is Type.TEXT and typecheck.a(Type.TIME) in finding.message:
        return "`parse_time(...)` reads a time from a text"
    return f"change this or the tools file, or leave `{place.tool}` out of the rule"
