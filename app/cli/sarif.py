"""Findings as SARIF 2.1.0, which services that show code read."""

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final
from urllib.parse import quote_from_bytes

from app.cli.place import from_the_root
from app.version import VERSION
from dsl.errors import Edit, Finding, Fix, Level, Source, Span, printable
from dsl.lint.registry import MODULES
from dsl.lint.run import LintReport

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_SAFE: Final = "every call is still decided as before"
_UNSAFE: Final = "look at it: decisions may change"
_LEVELS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "note"}


def log(report: LintReport) -> dict[str, Any]:
    """Return a report as a log of one run."""
    driver = {"name": "drawbar", "version": VERSION, "rules": [_rule(one) for one in MODULES]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(report)),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(module: ModuleType) -> dict[str, Any]:
    """Describe a lint rule.

    Its page stands in `help`, since `helpUri` must be absolute and Drawbar has no address.
    """
    rule, said = module.LINT_RULE, inspect.cleandoc(module.__doc__ or module.LINT_RULE.name)
    page = f"docs/lint/{rule.code}.md"
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": plain(said.partition("\n")[0])},
        "fullDescription": {"text": plain(said.partition("\nAvoid: ")[0])},
        "help": {"text": f"{plain(said)}\nPage: {page}"},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
        "properties": {"page": page},
    }


def _results(report: LintReport) -> Iterator[dict[str, Any]]:
    for file in report.files:
        for finding in file.findings:
            yield _result(file.source, finding)


def _result(source: Source, finding: Finding) -> dict[str, Any]:
    said = [finding.message, *([f"help: {finding.help}"] if finding.help else [])]
    file = {"uri": uri(source.name)}
    where = {"artifactLocation": file, "region": _region(source, finding.span)}
    fixes = [_fix(source, file, finding.fix)] if finding.fix else []
    return {
        "ruleId": finding.code,
        "level": _LEVELS[finding.level],
        "message": {"text": "\n".join(plain(printable(text)) for text in said)},
        "locations": [{"physicalLocation": where}],
        **({"fixes": fixes} if fixes else {}),
    }


def _region(source: Source, span: Span) -> dict[str, int]:
    (line, column), (end_line, end_column) = map(source.position, (span.start, span.end))
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _fix(source: Source, file: dict[str, str], fix: Fix) -> dict[str, Any]:
    """Write what a reader may offer to do; its words say whether decisions stay as they are."""
    said = (
        "every call is still decided as before" if fix.safe else "look at it: decisions may change"
    )
    replacements = [_replacement(source, edit) for edit in fix.edits]
    return {
        "description": {"text": said},
        "artifactChanges": [{"artifactLocation": file, "replacements": replacements}],
    }


def _replacement(source: Source, edit: Edit) -> dict[str, Any]:
    inserted = {"insertedContent": {"text": edit.text}} if edit.text else {}
    return {"deletedRegion": _region(source, edit.span), **inserted}


def uri(name: str) -> str:
    """Return a file's URI: relative in the repository, `file:` outside."""
    path = from_the_root(name)
    return path.as_uri() if path.is_absolute() else quote_from_bytes(bytes(path))


def plain(text: str) -> str:
    """Write a text so that a reader shows it as it is.

    The standard wants braces doubled (3.11.5), since `{0}` stands for an argument, and shows
    `[text](address)` as a link (3.11.6), which no policy shall put before a reviewer.
    """
    text = text.replace("{", "{{").replace("}", "}}")
    return text.replace("[", "\\[").replace("]", "\\]") if "](" in text else text
