"""Levels that a project gives to lint rules instead of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from dsl.errors import Finding, Level

Chosen = Literal["off", "info", "warning", "error"]
ORDER: Final[tuple[Chosen, ...]] = ("off", "info", "warning", "error")
# What says that a policy cannot be used, or that a suppression is not in order, stays an error.
FIXED: Final = ("BAR0", "BAR1", "BAR2")


@dataclass(frozen=True, slots=True)
class Levels:
    """What a project wants of lint rules, by code; a rule not named keeps its own level."""

    by_code: Mapping[str, Chosen] = field(default_factory=dict)

    def apply(self, findings: list[Finding]) -> list[Finding]:
        """Give each finding its level; those that are off are left out."""
        if not self.by_code:
            return findings
        levelled = [(finding, self._of(finding)) for finding in findings]
        return [replace(one, level=level) for one, level in levelled if level != "off"]

    def _of(self, finding: Finding) -> Level | Literal["off"]:
        return self.by_code.get(finding.code, finding.level)


def lower(level: Chosen, than: Level) -> bool:
    """Tell whether one level is lower than another."""
    return ORDER.index(level) < ORDER.index(than)
