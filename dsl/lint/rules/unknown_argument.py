"""A rule names an argument that its tools do not declare.

Why: the argument is absent in every valid call, so an `allow` on it never applies, and a `deny`
or `ask` on it always does. If some tools of the rule have it, leave the others out of the rule, or
write `?` behind the argument.
Avoid: rule pay: allow send_money when args.amuont <= 100;
Prefer: rule pay: allow send_money when args.amount <= 100;
Fix: unsafe, writes the nearest known name, where one is near.
"""

from collections.abc import Iterator

from dsl import syntax, walk
from dsl.errors import Finding
from dsl.lint.absent import UNKNOWN, Absent
from dsl.lint.reading import Reading, Steps
from dsl.lint.rule import LintRule, Unit, once
from dsl.lint.rules.unknown_tool import nearest
from dsl.lint.schemas import Unlisted, unlisted
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR103", name="unknown-argument", level="error", since="0.1")
_Lacking = list[tuple[Tool, Unlisted]]


def check(unit: Unit) -> Iterator[Finding]:
    """Look each argument up in every tool that the rule takes in."""
    return once(_Looking(unit).found()) if unit.tools is not None else iter(())


class _Looking:
    """One file; what is declared of a place is looked up once for each tool."""

    def __init__(self, unit: Unit) -> None:
        self._reading = unit.reading if unit.reading.rules else _without_names(unit)
        self._looked_up: dict[tuple[str, Steps], Unlisted | None] = {}

    def found(self) -> Iterator[Finding]:
        for rule in self._reading.rules:
            tools = self._reading.tools(rule)
            read = self._reading.places(rule.condition) if tools else []
            own = set[int]()
            for path, place in read:
                if not (lacking := self._lacking(tools, place)):
                    continue
                own = own or {id(one) for one in walk.nodes(rule.condition, syntax.Path)}
                several = len(lacking) < len(tools)
                if id(path) in own and path.root != "fact":
                    told = not several or self._unknown(rule, place, lacking)
                else:  # what no tool at all has behind a name is BAR113
                    told = self._known(place) and self._unknown(rule, place, lacking)
                if told:
                    yield self._reported(path, lacking, several=several)
            yield from self._asked_in_vain(rule, tools)

    def _asked_in_vain(self, rule: syntax.Rule, tools: tuple[Tool, ...]) -> Iterator[Finding]:
        """Find `present` of what none of the tools has."""
        asked = any(self._reading.nodes(rule.condition, syntax.Present))
        for test in walk.nodes(rule.condition, syntax.Present) if tools and asked else ():
            place = self._reading.place(test.path) or ()
            if place and len(lacking := self._lacking(tools, place)) == len(tools):
                yield self._reported(test.path, lacking, several=False)

    def _lacking(self, tools: tuple[Tool, ...], place: Steps) -> _Lacking:
        found = ((tool, self._unlisted(tool, place)) for tool in tools)
        return [(tool, one) for tool, one in found if one is not None]

    def _unlisted(self, tool: Tool, place: Steps) -> Unlisted | None:
        if (tool.name, place) not in self._looked_up:
            self._looked_up[tool.name, place] = unlisted(tool, place)
        return self._looked_up[tool.name, place]

    def _unknown(self, rule: syntax.Rule, place: Steps, lacking: _Lacking) -> bool:
        """Tell whether the rule comes to unknown for a tool that lacks an argument; put it first.

        `?`, `present` and a test of the tool say that not every tool of the rule has it.
        """
        for tool, one in lacking:
            absent = Absent(self._reading, tool.name, place[: one.at + 1])
            if UNKNOWN in absent.outcomes(rule.condition):
                lacking.sort(key=lambda pair: pair[0] is not tool)
                return True
        return False

    def _known(self, place: Steps) -> bool:
        return any(self._unlisted(tool, place) is None for tool in self._reading.named("*"))

    def _reported(self, path: syntax.Path, lacking: _Lacking, *, several: bool) -> Finding:
        tool, one = lacking[0]
        whose = f"`{tool.name}`" if one.at == 0 else f"`{_shown(one.inside)}` of `{tool.name}`"
        hint = nearest(one.name, one.known)
        if several and hint is None:
            hint = f"leave `{tool.name}` out of the rule, or write `{str(path).rstrip('?')}?`"
        message = f"{whose} has no argument `{one.name}`"
        return LINT_RULE.at(path.span, message, hint)


def _shown(place: Steps) -> str:
    return str(syntax.Path("args", place))


def _without_names(unit: Unit) -> Reading:
    """Return what can be read of a policy in which anything is broken: its rules alone."""
    if unit.policy is None:
        return unit.reading
    header = unit.policy.header
    rules = [one for one in unit.policy.statements if isinstance(one, syntax.Rule)]
    return Reading(syntax.Policy(header, (header, *rules)), unit.tools)
