"""Generated files equal what the code says now, and leave nothing out."""

import json
import re
from pathlib import Path
from typing import Final

import pytest

from app.docs.pages import lint_parts, pages
from app.settings import Settings
from app.telemetry import Metrics
from dsl.lint.registry import MODULES

ROOT: Final = Path(__file__).parents[2]


@pytest.mark.locked
def test_nothing_generated_is_out_of_date() -> None:
    """A change of code that a page shows comes with the page."""
    stale = [path for path, text in pages().items() if (ROOT / path).read_text("utf-8") != text]

    assert stale == []


def test_every_probe_of_the_fail_open_suite_has_its_line() -> None:
    """Nothing that is tested is left out of the page."""
    files = {path.stem for path in (ROOT / "tests" / "corpus" / "fail_open").glob("*.json")}
    text = (ROOT / "docs" / "fail-open.md").read_text("utf-8")
    probes = text.partition("\n## Held by other tests\n")[0]

    assert files == set(re.findall(r"^\| ([A-F]\d\d\S*) \|", probes, re.MULTILINE))


def test_no_page_of_a_lint_rule_is_left_over() -> None:
    """Each code has a page, and each page a code."""
    codes = {module.LINT_RULE.code for module in MODULES}
    files = {path.stem for path in (ROOT / "docs" / "lint").glob("BAR*.md")}

    assert files == codes


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.LINT_RULE.code)
def test_every_lint_rule_explains_itself(module: object) -> None:
    """A page has what the rule finds, why, what to avoid, what to prefer, and the fix."""
    parts = lint_parts(module)

    assert set(parts) == {"", "Why", "Avoid", "Prefer", "Fix"}
    assert all(parts.values())


def test_every_setting_metric_and_route_has_its_row() -> None:
    """The reference leaves nothing out."""
    settings = (ROOT / "docs/reference/settings.md").read_text()
    metrics = (ROOT / "docs/reference/metrics.md").read_text()
    api = (ROOT / "docs/reference/api.md").read_text()
    schema = json.loads((ROOT / "docs/reference/openapi.json").read_text())

    assert [name for name in Settings.model_fields if f"| `{name}` |" not in settings] == []
    collected = Metrics().registry.collect()
    assert [one.name for one in collected if f"| `{one.name}" not in metrics] == []
    assert [path for path in schema["paths"] if f" {path}\n" not in api] == []
