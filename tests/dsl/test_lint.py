"""Every lint rule fires where it must, and nowhere else."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.docs.pages import lint_parts
from app.policy import policies
from dsl import errors
from dsl.lint.registry import LINT_RULES, MODULES
from dsl.lint.run import lint, run
from tests.expect import HEADER, expect_error, findings

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus" / "lint"
CODES = [rule.code for rule, _ in LINT_RULES]
PAGE_TOOLS = json.loads((Path(__file__).parent / "lint" / "pages.tools.json").read_text("utf-8"))
USE_TOOLS = 'use tools "starter.tools.json";\n'


TODAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fired(path: Path) -> list[str]:
    return [finding.code for finding in lint(policies.unit(path, TODAY))]


@pytest.mark.parametrize("code", CODES)
def test_each_code_fires_on_its_bad_policy_and_none_on_the_good_one(code: str) -> None:
    """The bad policy has this finding; the good one, as near to it as can be, has none at all."""
    assert code in fired(CORPUS / code / "bad.bar")
    assert fired(CORPUS / code / "good.bar") == []


@pytest.mark.parametrize("code", CODES)
def test_a_bad_policy_has_no_other_fault(code: str) -> None:
    """What else fires on a bad policy is what the fault itself makes fire."""
    others = {"BAR001": {"BAR401"}, "BAR105": {"BAR105"}}.get(code, set())

    assert {code, *others} == set(fired(CORPUS / code / "bad.bar"))


def test_the_corpus_the_registry_and_the_folder_hold_the_same() -> None:
    """No lint rule without its folder, file and page, and none of these without a lint rule."""
    assert sorted(set(CODES)) == CODES
    assert sorted(folder.name for folder in CORPUS.iterdir()) == CODES
    files = (ROOT / "dsl" / "lint" / "rules").glob("[!_]*.py")
    assert sorted(module.__name__.rpartition(".")[2] for module in MODULES) == sorted(
        file.stem for file in files
    )
    pages = (ROOT / "docs" / "lint").glob("BAR*.md")
    assert sorted(page.stem for page in pages) == CODES


def test_names_say_what_the_files_are_called() -> None:
    """A lint rule's name is its file's name, so that either is found by the other."""
    for module in MODULES:
        assert module.LINT_RULE.name.replace("-", "_") == module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.bar")), ids=lambda p: p.name)
def test_our_own_examples_are_clean(path: Path) -> None:
    """Nothing is reported on what we hand out."""
    assert fired(path) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.LINT_RULE.code))
def test_the_page_tells_the_truth(module: ModuleType, tmp_path: Path) -> None:
    """What a page says to avoid fires, what it says to prefer does not."""
    code, parts = module.LINT_RULE.code, lint_parts(module)

    assert code in _fired_in(tmp_path, parts["Avoid"])
    assert code not in _fired_in(tmp_path, parts["Prefer"])


def _fired_in(folder: Path, snippet: str) -> list[str]:
    """Lint an example, in a whole policy with tools beside it."""
    (folder / "starter.tools.json").write_text(json.dumps(PAGE_TOOLS), "utf-8")
    (folder / "handbook.md").write_text("# Handbook\n\nAsk before you pay.\n", "utf-8")
    head = HEADER if "use tools" in snippet else HEADER + USE_TOOLS
    policy = folder / "p.bar"
    policy.write_text(head + snippet.replace("\\u200b", "\u200b") + "\n", "utf-8")
    return fired(policy)


DECLARED = {"read_file": ["path"], "send_money": ["recipient", "amount"]}


def test_unknown_argument_offers_the_nearest_name() -> None:
    """An undeclared argument is an error, and the nearest declared name is offered."""
    expect_error(
        """
        rule pay: allow send_money when args.recipent == "ada";
                                        ^^^^^^^^^^^^^
        """,
        code="BAR103",
        message="`send_money` has no argument `recipent`",
        help="did you mean `recipient`?",
        declared=DECLARED,
    )


def test_unknown_tool_offers_the_nearest_name() -> None:
    """An undeclared tool is an error, and the nearest declared name is offered."""
    expect_error(
        """
        rule pay: deny send_mony;
                       ^^^^^^^^^
        """,
        code="BAR104",
        message="no declared tool is named `send_mony`",
        help="did you mean `send_money`?",
        declared=DECLARED,
    )


def test_without_tools_nothing_is_said_of_tools() -> None:
    """Names can only be checked where they are declared."""
    assert findings(HEADER + "rule pay: deny send_mony when args.recipent == 1;") == []


def test_an_open_tool_takes_any_argument(tmp_path: Path) -> None:
    """Where a schema is open or may list more elsewhere, no argument is called unknown."""
    schemas: tuple[dict[str, Any], ...] = (
        {"properties": {}, "additionalProperties": True},
        {"properties": {}, "allOf": [{"properties": {"x": {}}}]},
        {"type": "object"},
    )
    for schema in schemas:
        listed = [{"name": "t", "inputSchema": schema}]
        (tmp_path / "t.json").write_text(json.dumps(listed), "utf-8")
        policy = tmp_path / "p.bar"
        policy.write_text(HEADER + 'use tools "t.json"; rule r: deny t when args.x? == 1;', "utf-8")
        assert fired(policy) == []


def test_findings_stand_in_the_order_of_the_text() -> None:
    """Whichever rule found them, findings are listed from top to bottom."""
    text = HEADER + 'default allow because "x";\nrule a: allow *;\nrule b: alow x;\n'

    assert [finding.code for finding in findings(text)] == ["BAR401", "BAR402", "BAR101"]


def test_errors_fail_and_warnings_only_when_strict() -> None:
    """A report fails on errors; `strict` takes the warnings in."""
    warned = run([policies.unit(CORPUS / "BAR401" / "bad.bar")])
    broken = run([policies.unit(CORPUS / "BAR101" / "bad.bar")])

    assert (warned.failing(), warned.failing(strict=True)) == (False, True)
    assert (broken.failing(), broken.count("warning")) == (True, 0)


def test_every_finding_can_be_printed() -> None:
    """Message, line and carets of all findings of the corpus render."""
    for path in sorted(CORPUS.rglob("*.bar")):
        unit = policies.unit(path)
        for finding in lint(unit):
            assert finding.code in errors.render(unit.source, finding)
