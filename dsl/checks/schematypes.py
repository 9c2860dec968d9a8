"""Finds tests that mix types once the tools' schemas are known; a fault here forbids the use."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dsl import syntax, walk
from dsl.checks.schemalook import Look
from dsl.checks.schemaplace import ANYTHING, call_of
from dsl.errors import Finding
from dsl.evaluation.identity import Same
from dsl.evaluation.scope import asks
from dsl.place import located
from dsl.toolspec import Tool, Tools, may_be

MOST_NOTES: Final = 1 << 15
_SILENT: Final = repr(ANYTHING)
_At = tuple[syntax.Statement, Finding]  # places count from the start of the statement
Found = tuple[_At, ...]


@dataclass(frozen=True, slots=True)
class _Note:
    """What was found of a rule, the named values it reaches and the kinds that are declared."""

    rule: syntax.Rule
    lets: tuple[syntax.Let, ...]
    kinds: tuple[syntax.KindOf, ...]
    found: Found

    def stands(
        self,
        rule: syntax.Rule,
        lets: Mapping[str, syntax.Let],
        kinds: tuple[syntax.KindOf, ...],
    ) -> bool:
        """Tell whether nothing has changed of what this was found of."""
        same = self.rule is rule and self.kinds == kinds
        return same and all(lets.get(let.name) is let for let in self.lets)


def check(policy: syntax.Policy, tools: Tools) -> list[Finding]:
    """Return where a rule's types do not fit the schema of a tool it takes in, each place once."""
    checking = _Checking(policy, tools)
    starts = {Same(let): start for start, let in located(policy, syntax.Let)}
    findings: dict[tuple[int, int], Finding] = {}
    for start, rule in located(policy, syntax.Rule):
        for statement, finding in checking.found(rule):
            one = finding.moved(start if statement is rule else starts[Same(statement)])
            findings.setdefault((one.span.start, one.span.end), one)
    return [finding for _, finding in sorted(findings.items())]


class _Checking:
    """One policy as it is checked; what a rule was found to be is noted with the tools."""

    def __init__(self, policy: syntax.Policy, tools: Tools) -> None:
        self._tools = tools
        self._lets = {let.name: let for let in policy.lets}
        self._kinds = policy.kinds
        self._named: dict[str, tuple[Tool, ...]] = {}
        self._shown: dict[tuple[str, str], str] = {}
        self._chosen: dict[object, tuple[Tool, ...]] = {}

    def found(self, rule: syntax.Rule) -> Found:
        """Return what is wrong with a rule and the named values it reaches."""
        notes = self._tools.notes
        note = notes.get(id(rule))
        if note is None or not note.stands(rule, self._lets, self._kinds):
            if len(notes) >= MOST_NOTES:
                notes.clear()
            lets = tuple(self._reached(rule))
            found = () if rule.phase == "reply" else tuple(self._look(rule, lets))
            notes[id(rule)] = note = _Note(rule, lets, self._kinds, found)
        return note.found

    def _reached(self, rule: syntax.Rule) -> Iterator[syntax.Let]:
        seen, todo = set[str](), list[object]([rule.condition])
        while todo:
            roots = asks(Same(todo.pop()))[1] & self._lets.keys() - seen
            seen |= roots
            for name in sorted(roots):
                yield self._lets[name]
                todo.append(self._lets[name].value)

    def _look(self, rule: syntax.Rule, lets: Sequence[syntax.Let]) -> Iterator[_At]:
        """Look at a rule as each tool sees it; a place that is wrong for many is told once."""
        trees: list[tuple[syntax.Statement, object]]
        trees = [(rule, (rule.condition, rule.transforms)), *((let, let.value) for let in lets)]
        seen = set[tuple[int, object]]()
        for tool in self._tools_of(rule, [tree for _, tree in trees]):
            look = Look(tool, self._tools, self._lets, self._kinds)
            for statement, tree in trees:
                for finding in look.at(tree):
                    if (one := (id(statement), finding.span)) not in seen:
                        seen.add(one)
                        yield statement, finding

    def _tools_of(self, rule: syntax.Rule, trees: Sequence[object]) -> Iterator[Tool | None]:
        """Yield the tools to look at; first none, for what is asked about earlier calls."""
        nodes = list(walk.nodes(tuple(trees), syntax.Node))
        if any(isinstance(node, syntax.Past) for node in nodes):
            yield None
        paths = [node for node in nodes if isinstance(node, syntax.Path)]
        args = {str(path.steps[0]) for path in paths if path.root == "args" and path.steps}
        if args:
            by_tool = bool(self._kinds) or any(path.root == "tool" for path in paths)
            yield from self._distinct(rule.selector, tuple(sorted(args)), by_tool=by_tool)

    def _distinct(
        self, selector: syntax.Selector, args: tuple[str, ...], *, by_tool: bool
    ) -> Sequence[Tool]:
        """Return the first of the tools that say the same of some arguments, and say anything."""
        asked = (selector, args, by_tool)
        if asked not in self._chosen:
            found = dict[tuple[str, ...], Tool]()
            for tool in self._selected(selector):
                said = tuple(self._said(tool, name) for name in args)
                if set(said) != {_SILENT}:
                    found.setdefault((tool.name if by_tool else "", *said), tool)
            self._chosen[asked] = tuple(found.values())
        return self._chosen[asked]

    def _said(self, tool: Tool, name: str) -> str:
        """Return what a tool says of an argument, in a form that compares."""
        if (tool.name, name) not in self._shown:
            schema = call_of(tool).at(("args", name)).schema
            self._shown[tool.name, name] = repr(schema)
        return self._shown[tool.name, name]

    def _selected(self, selector: syntax.Selector) -> Iterator[Tool]:
        patterns = [one.text for one in selector.patterns] or ["*"]  # with `where`, any may be
        tools = {tool.name: tool for pattern in patterns for tool in self._taken_in(pattern)}
        for name, tool in tools.items():
            if not any(may_be(one.text, name) for one in selector.excluded):
                yield tool

    def _taken_in(self, pattern: str) -> tuple[Tool, ...]:
        if pattern not in self._named:
            self._named[pattern] = tuple(self._tools.named(pattern))
        return self._named[pattern]
