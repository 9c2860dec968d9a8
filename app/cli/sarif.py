"""Findings as SARIF 2.1.0, which services that show code read."""

import inspect
from collections.abc import Iterator
from dataclasses import asdict
from types import ModuleType
from typing import Any, Final
from urllib.parse import quote_from_bytes

from app.cli.place import Place, from_the_root, place
from app.version import VERSION
from dsl.errors import Finding, Level, Source, printable
from dsl.lint.registry import MODULES
from dsl.lint.run import LintReport

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "note"}
_MEMBERS: Final = {
    "line": "startLine",
    "column": "startColumn",
    "end_line": "endLine",
    "end_column": "endColumn",
}


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
    where = {
        "artifactLocation": {"uri": uri(source.name)},
        "region": _region(place(source, finding)),
    }
    return {
        "ruleId": finding.code,
        "level": _LEVELS[finding.level],
        "message": {"text": "\n".join(plain(printable(text)) for text in said)},
        "locations": [{"physicalLocation": where}],
    }


def _region(at: Place) -> dict[str, int]:
    return {_MEMBERS[name]: number for name, number in asdict(at).items()}


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
