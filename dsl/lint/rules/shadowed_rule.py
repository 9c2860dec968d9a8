"""A rule never decides: wherever it applies, another one decides the same, or stands above it.

Why: whoever reads the rule, or changes it, believes that it matters. A condition that another
rule makes needless protects nobody, and a permission that another rule refuses permits nothing.
Avoid: rule mail: allow send_email when args.to from user; rule none: deny send_email;
Prefer: rule mail: allow send_email when args.to from user; rule none: deny delete_file;
Fix: none, which of the two is meant is a guess.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from dsl import selectors, syntax
from dsl.errors import Finding
from dsl.lint.reading import Reading, covers
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR305", name="shadowed-rule", level="warning", since="0.1")
_DOES: Final = {Effect.ALLOW: "allows", Effect.ASK: "asks about", Effect.DENY: "denies"}


def check(unit: Unit) -> Iterator[Finding]:
    """Find rules whose tools are all taken by rules that stand above them."""
    above = _Above(unit.reading)
    for rule in above.weighed:
        over = [above.first(rule, pattern) for pattern in rule.selector.patterns]
        found = {one.name: one for one in over if one is not None}
        if over and None not in over:
            yield LINT_RULE.at(rule.name_span, f"`{rule.name}` never decides: {_said(found)}")


def _said(found: Mapping[str, syntax.Rule]) -> str:
    """Say which rules decide instead."""
    if len(found) > 1:
        return " and ".join(f"`{name}`" for name in found) + " decide its calls"
    ((name, rule),) = found.items()
    return f"`{name}` {_DOES[rule.effect]} the same calls"


def _weighed(reading: Reading, rule: syntax.Rule) -> bool:
    """Tell whether a rule is weighed with the others, on tools that it names: scores join last."""
    if rule.phase != "call" or rule.shadow or rule.selector.where or not rule.selector.patterns:
        return False
    return not any(reading.nodes(rule.condition, syntax.Judged))


class _Above:
    """The rules of a policy by the tools they name, to find those that stand above one."""

    def __init__(self, reading: Reading) -> None:
        self.weighed = [rule for rule in reading.rules if _weighed(reading, rule)]
        self._at = {id(rule): at for at, rule in enumerate(self.weighed)}
        self._parts = {id(rule): _parts(rule) for rule in self.weighed}
        self._named = defaultdict[str, list[syntax.Rule]](list)
        self._globs = defaultdict[str, list[syntax.Rule]](list)
        self._near: dict[str, list[syntax.Rule]] = {}
        for rule in self.weighed:
            for pattern in rule.selector.patterns if not rule.valid else ():
                plain = pattern.text.rpartition("/")[2]
                (self._globs if "*" in plain else self._named)[plain].append(rule)

    def first(self, rule: syntax.Rule, pattern: syntax.ToolPattern) -> syntax.Rule | None:
        """Return the first rule because of which a rule never decides about some tools."""
        plain = pattern.text.rpartition("/")[2]
        narrow = replace(rule.selector, patterns=(pattern,))
        others = self._that_may_take(plain)
        above = (one for one in others if one is not rule and self._stands_above(one, rule))
        return next((one for one in above if covers(_near(one.selector, plain), narrow)), None)

    def _that_may_take(self, plain: str) -> list[syntax.Rule]:
        """Return the rules that may speak of a name, or of what a glob takes in."""
        if plain not in self._near:
            globs = self._globs.items()
            any_glob = "*" in plain
            taking = [
                r
                for g, rules in globs
                if any_glob or selectors.names(g, None, plain)
                for r in rules
            ]
            self._near[plain] = [*self._named.get(plain, ()), *taking]
        return self._near[plain]

    def _stands_above(self, other: syntax.Rule, rule: syntax.Rule) -> bool:
        """Tell whether a rule decides wherever another one applies, and what that one does not."""
        if other.priority < rule.priority:
            return False
        if other.condition is not None and not self._parts[id(other)] <= self._parts[id(rule)]:
            return False
        if other.effect.strictness > rule.effect.strictness:
            # To allow some tools and to ask about them as well is a way of listing them.
            return other.effect is Effect.DENY or rule.condition is not None
        higher = other.priority > rule.priority
        if other.effect is not rule.effect:  # by unknown, only what is stricter joins
            told = rule.effect is Effect.DENY  # by BAR301 and BAR308
            return higher and not told and other.condition is None
        return self._says_no_more(rule, other, higher=higher)

    def _says_no_more(self, rule: syntax.Rule, other: syntax.Rule, *, higher: bool) -> bool:
        """Tell whether of two rules with one effect, the one beneath adds nothing."""
        if self._parts[id(other)] == self._parts[id(rule)]:
            return False  # BAR303 tells of equal rules; narrower tools may be named for their words
        if higher and rule.effect is not Effect.ALLOW and other.condition is not None:
            return False
        acts = (rule.transforms, rule.duties, rule.approver, rule.expires)
        if acts != (other.transforms, other.duties, other.approver, other.expires):
            return False
        worded = rule.because or rule.reply or rule.source or rule.retryable is not None
        first = self._at[id(rule)] < self._at[id(other)]
        return higher or rule.effect is Effect.ALLOW or not (worded and first)


def _parts(rule: syntax.Rule) -> frozenset[str]:
    """Return the tests that must all hold, as texts that compare."""
    tests = rule.condition
    parts = tests.parts if isinstance(tests, syntax.And) else (tests,) if tests else ()
    return frozenset(map(repr, parts))


def _near(selector: syntax.Selector, plain: str) -> syntax.Selector:
    """Leave out the exceptions that surely do not concern a tool with this name on any server."""
    if not selector.excluded or "*" in plain:
        return selector
    out = [e for e in selector.excluded if selectors.names(e.text.rpartition("/")[2], None, plain)]
    return replace(selector, excluded=tuple(out))
