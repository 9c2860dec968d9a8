"""Which rules the tests of a policy reached, and which sides of each condition."""

from dataclasses import dataclass, field
from typing import Final

from dsl import syntax, walk
from dsl.errors import Span
from dsl.evaluation import choosing, conditions
from dsl.evaluation.opinion import Bound
from dsl.evaluation.scope import Purse, Scope
from dsl.place import located
from dsl.show.expressions import show_expression
from dsl.types import Unknown

TRUE: Final = "true"
FALSE: Final = "false"
UNKNOWN: Final = "unknown"
SIDES: Final = (TRUE, FALSE, UNKNOWN)
WANTED: Final = (TRUE, FALSE)  # the sides that count: some tests can never be unknown


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A test in a rule's condition, and the sides on which no test of the policy saw it."""

    rule: str
    text: str
    span: Span
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """How much of a policy its tests exercised."""

    rules: int
    rules_decided: int
    sides: int  # true and false of every test
    sides_seen: int
    unknowns_seen: int  # of `sides / 2` tests
    undecided: tuple[str, ...]
    uncovered: tuple[Uncovered, ...]

    @property
    def percent(self) -> float:
        """Return the share of rules that decided and of true and false sides seen."""
        wanted = self.rules + self.sides
        return 100.0 if not wanted else 100.0 * (self.rules_decided + self.sides_seen) / wanted


@dataclass(slots=True)
class Coverage:
    """Collects what tests reach while they run."""

    bound: Bound
    decided: set[str] = field(default_factory=set)
    seen: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    def look(self, case: Scope, phase: syntax.Phase) -> None:
        """Note on which side each test of each rule stands for what is judged."""
        for rule in self.bound.policy.rules:
            scope = self._scope(case, rule)
            if rule.phase == phase and choosing.chooses(rule, scope, self.bound.tools) is not False:
                for at, test in enumerate(walk.tests(rule.condition)):
                    side = _side(test, self._scope(case, rule))
                    self.seen.setdefault((rule.name, at), set()).add(side)

    def _scope(self, case: Scope, rule: syntax.Rule) -> Scope:
        names = self.bound.names_in(rule)
        return Scope(
            case.call, case.now, names, case.state, case.content, rule.effect, purse=Purse()
        )

    def report(self) -> CoverageReport:
        """Count what was reached."""
        rules = list(located(self.bound.policy, syntax.Rule))
        tests = [
            (rule.name, at, test, start)
            for start, rule in rules
            for at, test in enumerate(walk.tests(rule.condition))
        ]
        seen = {(rule, at): self.seen.get((rule, at), set()) for rule, at, _, _ in tests}
        return CoverageReport(
            len(rules),
            sum(rule.name in self.decided for _, rule in rules),
            len(WANTED) * len(tests),
            sum(len(sides & set(WANTED)) for sides in seen.values()),
            sum(UNKNOWN in sides for sides in seen.values()),
            tuple(rule.name for _, rule in rules if rule.name not in self.decided),
            tuple(
                Uncovered(rule, show_expression(test), test.span.moved(start), missing)
                for rule, at, test, start in tests
                if (missing := tuple(side for side in SIDES if side not in seen[rule, at]))
            ),
        )


def _side(test: syntax.Test, scope: Scope) -> str:
    truth = conditions.evaluate(test, scope)
    if isinstance(truth, Unknown):
        return UNKNOWN
    return TRUE if truth else FALSE
