"""The page for operators names each warning and error of the log, and each stage of a fault."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from app.telemetry import Metrics

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "operations.md").read_text("utf-8")
LOGS: Final = PAGE.partition("\n## Logs\n")[2].partition("\n## ")[0]
STAGES: Final = re.search(r"The stages of `drawbar_faults_total`: (.*?)\n\n", PAGE, re.DOTALL)
LEVELS: Final = {"warning": "warning", "error": "error", "exception": "error"}
OF_THE_SERVER: Final = "Exception in ASGI application"
# Where a variable is counted by: what it may hold; a stage is named where `fault` is called.
NAMED: Final = {"phase": {"result", "reply"}, "stage": set[str]()}


def calls() -> Iterator[tuple[str, ast.Call, ast.Attribute]]:
    """Yield each call of a method in the product, and where it stands."""
    for folder in ("app", "dsl", "guards", "memory"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node, node.func


def logged() -> dict[str, set[str]]:
    """Return each event that is logged as a warning or an error, with its levels."""
    found: dict[str, set[str]] = {}
    for place, call, method in calls():
        if (
            method.attr in LEVELS
            and isinstance(method.value, ast.Name)
            and method.value.id == "log"
        ):
            event = call.args[0]
            assert isinstance(event, ast.Constant), f"{place}: no event that can be looked up"
            found.setdefault(str(event.value), set()).add(LEVELS[method.attr])
    return found


def told() -> dict[str, set[str]]:
    """Return each event of the page, with its level."""
    rows = re.findall(r"^\| (`.+?`) \| (\w+) \| .+ \|$", LOGS, re.MULTILINE)
    return {event: {level} for names, level in rows for event in re.findall(r"`(.+?)`", names)}


def counted() -> set[str]:
    """Return the stages that faults are counted under."""
    found = set[str]()
    for _, call, method in calls():
        of_faults = isinstance(method.value, ast.Attribute) and method.value.attr == "faults"
        if (method.attr == "labels" and of_faults) or method.attr == "fault":
            match call.args:
                case [*_, ast.Constant(str(stage))]:
                    found.add(stage)
                case [_, ast.Name(name)] if of_faults:
                    found |= NAMED[name]
                case _:
                    pass  # a fault of something else
    return found


def test_every_warning_and_error_of_the_log_is_explained() -> None:
    """Whoever looks a line up finds what to do; a row of what is logged no more helps nobody."""
    known, page = logged(), told()

    assert len(known) > 50
    assert sorted(known.keys() - page.keys()) == []
    serious = {event for event, levels in page.items() if levels != {"info"}}
    assert sorted(serious - known.keys() - {OF_THE_SERVER}) == []
    assert {event: page[event] for event in known} == known


def test_every_stage_of_faults_is_explained() -> None:
    """And the page and the metric say the same of those by which no call is refused."""
    assert STAGES is not None
    harmless = STAGES[1].partition("refuse no call:")[2]
    metric = re.search(r"; (.*) refused no call", Metrics.__dict__["faults"]._words[1])

    assert counted() > {"decide", "watch", "result"}
    assert counted() == set(re.findall(r"`(\w+)`(?=\s\(| and `reply`)", STAGES[1]))
    assert metric is not None
    assert set(re.findall(r"`(\w+)`", metric[1])) == set(re.findall(r"`(\w+)`", harmless))


@pytest.mark.parametrize("event", ["policies in force", OF_THE_SERVER])
def test_the_page_is_read_as_it_is_written(event: str) -> None:
    """A table that the test cannot read would hold nothing."""
    assert event in told()
