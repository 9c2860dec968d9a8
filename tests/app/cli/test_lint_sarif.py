"""Findings as SARIF 2.1.0.

No package we could install ships the schema of OASIS, and a copy would be larger than the code it
checks. So `SHAPE` says by hand, from the text of the standard (errata 01), what our part of a log
may hold; it is closed, so that a member it does not know fails. Who has the official schema sets
`SARIF_SCHEMA` to its file, and the last test holds our log against that as well.
"""

import json
import os
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest

from app import policies
from app.cli.sarif import log, plain, uri
from app.version import VERSION
from dsl.errors import Finding, Source, Span
from dsl.lint.registry import MODULES
from dsl.lint.run import FileReport, LintReport, run
from tests.app.cli.test_lint_formats import HEAD, WARNS, lint, put

ROOT: Final = Path(__file__).parents[3]
OFFICIAL: Final = os.environ.get("SARIF_SCHEMA")


def closed(**members: Any) -> dict[str, Any]:
    """Return the schema of an object that has these members and no others."""
    return {
        "type": "object",
        "properties": members,
        "required": sorted(members),
        "additionalProperties": False,
    }


TEXT: Final = closed(text={"type": "string", "minLength": 1})  # 3.11, 3.12
LEVEL: Final = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10, 3.50.3
NUMBER: Final = {"type": "integer", "minimum": 1}  # 3.30.5 to 3.30.8
RULE: Final = closed(  # 3.49
    id={"type": "string", "minLength": 1},
    name={"type": "string", "minLength": 1},
    shortDescription=TEXT,
    help=TEXT,
    defaultConfiguration=closed(level=LEVEL),
    properties=closed(page={"type": "string"}),  # 3.8: what is in a property bag is ours
)
RESULT: Final = closed(  # 3.27
    ruleId={"type": "string", "minLength": 1},
    level=LEVEL,
    message=TEXT,
    locations={
        "type": "array",
        "minItems": 1,
        "items": closed(
            physicalLocation=closed(  # 3.29
                artifactLocation=closed(uri={"type": "string", "format": "uri-reference"}),  # 3.4
                region=closed(  # 3.30
                    startLine=NUMBER, startColumn=NUMBER, endLine=NUMBER, endColumn=NUMBER
                ),
            )
        ),
    },
)
DRIVER: Final = closed(  # 3.19
    name={"const": "drawbar"},
    version={"const": VERSION},
    rules={"type": "array", "uniqueItems": True, "items": RULE},
)
SHAPE: Final = closed(
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": closed(
            tool=closed(driver=DRIVER),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},  # 3.14.17
            results={"type": "array", "items": RESULT},
        ),
    },
)


def corpus() -> dict[str, Any]:
    """Return the log of every policy that the lint rules are tested with."""
    found = policies.find([ROOT / "tests" / "corpus" / "lint"])
    return log(run([policies.unit(path) for path in found]))


def holds(schema: Any, value: Any) -> list[str]:
    """Return what a schema says against a value."""
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    return [
        f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(value)
    ]


def results(text: str, *, name: str = "p.bar", span: Span) -> list[dict[str, Any]]:
    """Return the results of one finding in a text."""
    report = LintReport((FileReport(Source(name, text), (Finding("BAR101", "m", span),)),))
    said: list[dict[str, Any]] = log(report)["runs"][0]["results"]
    return said


def test_the_log_has_the_shape_of_the_standard() -> None:
    """Every rule and the findings of the whole corpus are written as SARIF 2.1.0 wants them."""
    assert holds(SHAPE, corpus()) == []
    assert holds(SHAPE, log(LintReport(()))) == []


def test_the_shape_sees_what_is_wrong() -> None:
    """The check can fail: a level, a line or a member that the standard does not know."""
    wrong: list[dict[str, Any]] = [
        {"level": "info"},
        {"locations": []},
        {"member": "unknown"},
        {"message": {}},
    ]
    for change in wrong:
        said = corpus()
        said["runs"][0]["results"][0].update(change)
        assert len(holds(SHAPE, said)) == 1


def test_every_rule_is_described_and_every_result_names_one() -> None:
    """A reader of the log finds each code's sentence and page in it."""
    (one,) = corpus()["runs"]
    rules = {rule["id"]: rule for rule in one["tool"]["driver"]["rules"]}

    assert {module.LINT_RULE.code for module in MODULES} == set(rules)
    assert {result["ruleId"] for result in one["results"]} <= set(rules)
    assert [page for r in rules.values() if not (ROOT / (page := pages_of(r))).is_file()] == []
    assert said_of(rules["BAR402"]) == "A rule allows every tool without a condition."
    assert rules["BAR402"]["defaultConfiguration"] == {"level": "warning"}


def pages_of(rule: dict[str, Any]) -> str:
    return str(rule["properties"]["page"])


def said_of(rule: dict[str, Any]) -> str:
    return str(rule["shortDescription"]["text"])


def test_the_command_prints_the_log_and_exits_as_ever(tmp_path: Path) -> None:
    """Nothing but the log is printed; findings still exit with 3, warnings with 0."""
    put(tmp_path, "a b/p\u00e4.bar", HEAD + WARNS)
    code, warned = lint("--format", "sarif", ".", cwd=tmp_path)
    strict, same = lint("--format", "sarif", "--strict", ".", cwd=tmp_path)

    assert (0, 3, warned) == (code, strict, same)
    (result,) = json.loads(warned)["runs"][0]["results"]
    expected = {
        "ruleId": "BAR401",
        "level": "warning",
        "message": {
            "text": "what no rule speaks of is allowed\n"
            "help: name the tools to allow, and leave the default at deny"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a%20b/p%C3%A4.bar"},
                    "region": {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 31},
                }
            }
        ],
    }
    assert expected == result


def test_columns_count_code_points_as_the_log_says() -> None:
    """A character outside the basic plane is one column, not two."""
    (result,) = results("\U0001d11e\u00e9x", span=Span(2, 3))

    expected = {"startLine": 1, "startColumn": 3, "endLine": 1, "endColumn": 4}
    assert expected == result["locations"][0]["physicalLocation"]["region"]
    assert corpus()["runs"][0]["columnKind"] == "unicodeCodePoints"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("p.bar", "p.bar"),
        ("./a/../b/p.bar", "b/p.bar"),
        ("a b#?%:\n.bar", "a%20b%23%3F%25%3A%0A.bar"),
        ("\udcff.bar", "%FF.bar"),
        ("/nowhere/a b.bar", "file:///nowhere/a%20b.bar"),
    ],
)
def test_a_file_is_a_uri_from_the_root(name: str, expected: str) -> None:
    """Whatever a file is called, its URI is one, relative where it lies in the repository."""
    assert expected == uri(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a [b] (c)", "a [b] (c)"),
        ("[a](http://b)", "\\[a\\](http://b)"),
        ("`{` or {0}", "`{{` or {{0}}"),
    ],
)
def test_no_text_of_a_policy_becomes_a_link_or_a_gap(text: str, expected: str) -> None:
    """What a reader of SARIF would show as a link or fill in is escaped; other brackets stay."""
    assert expected == plain(text)


@pytest.mark.skipif(OFFICIAL is None, reason="SARIF_SCHEMA names no file")
def test_the_log_fits_the_official_schema() -> None:
    """The log is valid against the schema that OASIS publishes."""
    schema = json.loads(Path(OFFICIAL or "").read_text("utf-8"))

    assert holds(schema, corpus()) == []
