"""What a lint rule is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dsl import syntax, walk
from dsl.errors import Finding, Fix, Level, Source, Span
from dsl.lint.reading import Reading
from dsl.sentences.rules import Meanings, meanings_in
from dsl.toolspec import Tools


@dataclass(frozen=True, slots=True)
class Unit:
    """One parsed file with its tools: all that a lint rule may look at.

    `today` is the day in the policy's time zone; None where days are not looked at. `documents`
    holds the lines of those that rules name, where they can be read.
    """

    source: Source
    policy: syntax.Policy | None
    broken: tuple[Finding, ...] = ()
    tools: Tools | None = None
    tools_fault: str | None = None
    today: date | None = None
    documents: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    _readings: list[Reading] = field(init=False, default_factory=list, repr=False, compare=False)
    _nodes: list[syntax.Node] = field(init=False, default_factory=list, repr=False, compare=False)
    _meant: list[Meanings] = field(init=False, default_factory=list, repr=False, compare=False)

    @property
    def reading(self) -> Reading:
        """Return the policy as rules about risk look at it: empty while anything is broken."""
        if not self._readings:
            broken = self.broken or self.tools_fault is not None
            self._readings.append(Reading(None if broken else self.policy, self.tools))
        return self._readings[0]

    @property
    def meanings(self) -> Meanings:
        """Return what declared sentences mean, by rule: nothing while anything is broken."""
        if not self._meant:
            policy = self.policy if self.reading.rules else None
            self._meant.append({} if policy is None else meanings_in(policy, self.reading))
        return self._meant[0]

    def nodes(self, kind: type[walk.N]) -> Iterator[walk.N]:
        """Yield the nodes of one kind."""
        if not self._nodes:
            self._nodes.extend(walk.nodes(self.policy, syntax.Node))
        return (node for node in self._nodes if isinstance(node, kind))

    def broken_by(self, code: str) -> Iterator[Finding]:
        """Yield what the loader refused under a code."""
        return (finding for finding in self.broken if finding.code == code)


@dataclass(frozen=True, slots=True)
class LintRule:
    """The identity of a lint rule."""

    code: str
    name: str
    level: Level
    since: str

    def at(
        self, span: Span, message: str, hint: str | None = None, fix: Fix | None = None
    ) -> Finding:
        """Report a place, with what to write instead and how a program may write it."""
        return Finding(self.code, message, span, self.level, hint, fix)


def once(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield the first finding of each place: what is named is used by many rules."""
    seen = set[Span]()
    for finding in findings:
        if finding.span not in seen:
            seen.add(finding.span)
            yield finding


Check = Callable[[Unit], Iterator[Finding]]
