"""A rule asks about or refuses calls in order, only because an optional argument is absent.

Why: the tools file lets the argument be left out, or be null, which counts as absent. A test on
an absent value is unknown, neither true nor false, and an `ask` or `deny` applies by unknown too.
So it hits every call without the argument, whatever the test was meant for.
Avoid: rule copies: deny send_email when args.cc == "eve@example.net";
Prefer: rule copies: deny send_email when args.cc? == "eve@example.net";
Fix: unsafe, writes the `?` that the help offers: calls without the argument then pass this rule.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Edit, Finding, Fix, Span
from dsl.lint.absent import FALSE, TRUE, UNKNOWN, Absent
from dsl.lint.reading import Reading, Steps
from dsl.lint.rule import LintRule, Unit, once
from dsl.lint.schemas import Lack, lacks
from dsl.model import Effect
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR403", name="applies-by-unknown", level="error", since="0.1")
_Placed = list[tuple[syntax.Path, Steps]]


def check(unit: Unit) -> Iterator[Finding]:
    """Find optional arguments whose absence makes a rule apply by unknown."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    lacking: dict[tuple[str, Steps], tuple[Lack, ...]] = {}

    def all_lacks(tool: Tool, steps: set[Steps]) -> list[Lack]:
        """Return what calls of a tool may lack of some places; each is looked up once."""
        found = set[Lack]()
        for place in steps:
            if (tool.name, place) not in lacking:
                lacking[tool.name, place] = tuple(lacks(tool, place))
            found.update(lacking[tool.name, place])
        return sorted(found, key=str)

    for rule in reading.rules:
        if rule.effect is Effect.ALLOW or rule.phase == "reply" or rule.condition is None:
            continue
        read = reading.places(rule.condition)
        steps = {place for _, place in read}
        by_tool = any(path.root == "tool" for path in reading.nodes(rule.condition, syntax.Path))
        known: dict[Steps, bool] = {}
        for tool in reading.tools(rule) if steps else ():
            for lack in all_lacks(tool, steps):
                if by_tool or lack.place not in known:  # one tool stands for all that are alike
                    known[lack.place] = _unknown(reading, rule, tool, lack.place)
                if known[lack.place] and not _moot(reading, rule, tool, lack.place):
                    yield _reported(reading, rule, tool, lack, read)
                    known[lack.place] = False


def _unknown(reading: Reading, rule: syntax.Rule, tool: Tool, place: Steps) -> bool:
    return UNKNOWN in Absent(reading, tool.name, place).outcomes(rule.condition)


def _moot(reading: Reading, rule: syntax.Rule, tool: Tool, place: Steps) -> bool:
    """Tell whether another rule surely asks about or refuses each call without the argument."""
    for other in reading.restraints(rule, tool):
        as_strict = other.effect.strictness >= rule.effect.strictness
        if other is rule or not as_strict or other.valid or rule.phase != "call":
            continue
        if other.condition is None:
            return True
        if Absent(reading, tool.name, place).outcomes(other.condition) == {TRUE}:
            return True
    return False


def _reported(
    reading: Reading, rule: syntax.Rule, tool: Tool, lack: Lack, read: _Placed
) -> Finding:
    named = str(syntax.Path("args", lack.place)).removeprefix("args.")
    lacking = f"takes null for `{named}`" if lack.null else f"may be called without `{named}`"
    does = "denies" if rule.effect is Effect.DENY else "asks about"
    message = f"`{tool.name}` {lacking}: then this is unknown, and `{rule.name}` {does} the call"
    path = _to_mend(read, lack.place)
    hint = _hint(reading, rule, tool, lack.place, path)
    after = Span(path.span.end, path.span.end)
    fix = Fix((Edit(after, "?"),)) if hint.endswith("?`") else None
    return LINT_RULE.at(path.span, message, hint, fix)


def _to_mend(read: _Placed, place: Steps) -> syntax.Path:
    """Return what reads the absent value and is the place for a `?`."""
    reading = [(path, at) for path, at in read if at[: len(place)] == place]
    own = [path for path, at in reading if len(at) - len(path.steps) < len(place)]
    return next((path for path in own if not path.optional), (own or [reading[0][0]])[0])


def _hint(reading: Reading, rule: syntax.Rule, tool: Tool, place: Steps, path: syntax.Path) -> str:
    """Say what to write, if such calls may pass: a `?` where that makes the rule not apply."""
    softer = Absent(reading, tool.name, place, asking=True)
    turned = ""
    for one in reversed(list(reading.asked(rule.condition))):
        if any(path is other for other in reading.here(one.test)):
            if one.positive and softer.outcomes(one.test, one.bound) == {FALSE}:
                return f"if such calls may pass, write `{path}?`"
            turned = "" if one.positive else " and its `not`"
            break
    shown = f"args.{place[0]}" if path.root == "fact" else str(path).rstrip("?")
    return f"if such calls may pass, put `present({shown}) and` before the test{turned}"
