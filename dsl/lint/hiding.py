"""Which denials are never reached, because rules of higher priority take in all their calls."""

from collections.abc import Iterator
from dataclasses import replace

from dsl import syntax
from dsl.lint.covering import covers
from dsl.lint.reading import Reading
from dsl.model import Effect


def hidden(reading: Reading, by: Effect) -> Iterator[tuple[syntax.Rule, list[syntax.Rule]]]:
    """Yield denials, each with the rules of an effect that stand above it and take in all of it."""
    hiding = [_Hiding(rule) for rule in reading.rules if _may_hide(rule, by)]
    lowest = max((one.rule.priority for one in hiding), default=0)
    for rule in reading.rules if hiding else ():
        denies = rule.effect is Effect.DENY and rule.phase == "call" and not rule.shadow
        if not denies or rule.priority >= lowest:
            continue
        named = _plain(rule)
        over = _over([one.rule for one in hiding if one.may_hide(rule, named)], rule.selector)
        if over and not any(reading.nodes(rule.condition, syntax.Judged)):  # these join last
            yield rule, over


def told(rule: syntax.Rule, over: list[syntax.Rule]) -> str:
    """Say that a denial decides nothing, and what stands above it."""
    names = list(dict.fromkeys(f"`{one.name}`" for one in over))
    does = "refuses nothing" if any(one.condition for one in over) else "never decides"
    stands = "stands" if len(names) == 1 else "stand"
    return f"`{rule.name}` {does}: {' and '.join(names)} {stands} above it"


class _Hiding:
    """A rule that may hide others, with what is asked of it for each deny."""

    def __init__(self, rule: syntax.Rule) -> None:
        self.rule = rule
        self._parts = _parts(rule.condition)
        named = _plain(rule)
        self._named = None if any("*" in text for text in named) else named

    def may_hide(self, rule: syntax.Rule, named: set[str]) -> bool:
        """Tell whether it stands above a deny, holds where that does, and may share a tool."""
        if self.rule.priority <= rule.priority:
            return False
        if self._named is not None and self._named.isdisjoint(named):
            return False
        return not self._parts or self._parts <= _parts(rule.condition)


def _may_hide(rule: syntax.Rule, by: Effect) -> bool:
    plain = rule.effect is by and rule.phase == "call" and not rule.shadow
    return plain and not (rule.valid or rule.transforms or rule.duties)


def _plain(rule: syntax.Rule) -> set[str]:
    return {one.text.rpartition("/")[2] for one in rule.selector.patterns}


def _parts(condition: syntax.Condition | None) -> set[str]:
    parts = condition.parts if isinstance(condition, syntax.And) else (condition,)
    return {repr(part) for part in parts if part is not None}


def _over(above: list[syntax.Rule], selector: syntax.Selector) -> list[syntax.Rule]:
    """Return rules that together take in all that a selector does, or none."""
    if selector.where is not None:
        return [one for one in above if _takes_all(one.selector)][:1]
    found = []
    for pattern in selector.patterns:
        narrow = replace(selector, patterns=(pattern,))
        over = next((one for one in above if covers(one.selector, narrow)), None)
        if over is None:
            return []
        found.append(over)
    return found


def _takes_all(selector: syntax.Selector) -> bool:
    return not selector.excluded and any(one.text == "*" for one in selector.patterns)
