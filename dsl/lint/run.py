"""Runs every lint rule over a file."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from dsl.errors import Finding, Source
from dsl.lint import suppress
from dsl.lint.levels import Levels
from dsl.lint.offered import with_offer
from dsl.lint.registry import LINT_RULES
from dsl.lint.rule import Unit
from dsl.place import placed

OWN: Final = Levels()


@dataclass(frozen=True, slots=True)
class FileReport:
    """The findings of one file."""

    source: Source
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class LintReport:
    """The findings of all files."""

    files: tuple[FileReport, ...]

    def count(self, level: str) -> int:
        """Count the findings of a level."""
        return sum(f.level == level for file in self.files for f in file.findings)

    def fixes(self, *, safe: bool) -> int:
        """Count the findings that a program can mend, safely or else not."""
        found = [f.fix for file in self.files for f in file.findings]
        return sum(fix is not None and fix.safe is safe for fix in found)

    def failing(self, *, strict: bool = False) -> bool:
        """Tell whether anything must be mended; `strict` takes warnings in."""
        return self.count("error") > 0 or (strict and self.count("warning") > 0)


def run(units: Iterable[Unit], levels: Levels = OWN) -> LintReport:
    """Lint every file."""
    return LintReport(tuple(FileReport(unit.source, tuple(lint(unit, levels))) for unit in units))


def has_error(unit: Unit) -> bool:
    """Tell whether a file without suppressions has any error, without looking for lesser things."""
    checks = (check for one, check in LINT_RULES if one.level == "error")
    return any(one.level == "error" for check in checks for one in check(unit))


def lint(unit: Unit, levels: Levels = OWN) -> list[Finding]:
    """Return the findings of one file in the order of the text."""
    if unit.policy is not None:
        unit = replace(unit, policy=placed(unit.policy))
    found = [with_offer(unit.source, one) for _, check in LINT_RULES for one in check(unit)]
    kept = suppress.apply(unit.source, found)
    return sorted(levels.apply(kept), key=lambda finding: (finding.span.start, finding.code))
