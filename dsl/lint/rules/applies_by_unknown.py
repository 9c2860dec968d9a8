"""A rule that asks or denies applies by unknown to calls that are in order.

Why: the tools file lets the argument be left out. A test on an absent value is unknown, and an
`ask` or `deny` applies by unknown, so every call without the argument is asked about or refused.
Avoid: rule copies: deny send_email when args.cc == "eve@example.net";
Prefer: rule copies: deny send_email when args.cc? == "eve@example.net";
Fix: none, whether a call without the argument is meant is a guess.
"""

from collections.abc import Iterator

from dsl import syntax, walk
from dsl.errors import Finding
from dsl.lint.absent import UNKNOWN, Absent
from dsl.lint.reading import Reading, may_lack
from dsl.lint.rule import LintRule, Unit, once
from dsl.model import Effect
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR403", name="applies-by-unknown", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find optional arguments whose absence makes a rule apply by unknown."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        if rule.effect is Effect.ALLOW or rule.phase == "reply" or rule.condition is None:
            continue
        written = list(_written(reading, rule.condition))
        reads = {one.steps for one in written if one.root == "args" and not one.optional}
        by_tool = any(one.root == "tool" for one in written)
        told = set[tuple[str, ...]]()
        for tool in reading.tools(rule):
            places = {place for steps in reads if (place := may_lack(tool, steps))} - told
            told |= set() if by_tool else places  # one tool stands for all that are alike
            for place in sorted(places):
                if UNKNOWN in Absent(reading, tool.name, place).outcomes(rule.condition):
                    yield from _reported(written, rule, tool, place)


def _reported(
    written: list[syntax.Path], rule: syntax.Rule, tool: Tool, place: tuple[str, ...]
) -> Iterator[Finding]:
    named = ".".join(place)
    does = "deny" if rule.effect is Effect.DENY else "ask about"
    message = f"`{tool.name}` may be called without `{named}`, and `{rule.name}` would {does} that"
    hint = f"write `args.{named}?`, or `present(args.{named})` and then the test"
    for path in written:
        if path.root == "args" and path.steps[: len(place)] == place and not path.optional:
            yield LINT_RULE.at(path.span, message, hint)
            return


def _written(reading: Reading, condition: object) -> Iterator[syntax.Path]:
    """Yield what a condition reads, then what the names in it read."""
    todo, seen = [condition], set[str]()
    while todo:
        tree = todo.pop()
        asked = [id(one.path) for one in walk.nodes(tree, syntax.Present)]
        for path in walk.nodes(tree, syntax.Path):
            if path.root in reading.lets and path.root not in seen:
                seen.add(path.root)
                todo.append(reading.lets[path.root])
            elif id(path) not in asked:
                yield path
