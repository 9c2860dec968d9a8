"""The dashboard and the alerts ask for metrics that exist, and each alert says what to do."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml  # type: ignore[import-untyped]

from app.telemetry import Metrics

ROOT: Final = Path(__file__).parents[2]
ALERTS: Final = ROOT / "deploy" / "prometheus" / "alerts.yml"
BOARD: Final = json.loads((ROOT / "deploy" / "grafana" / "drawbar.json").read_text())
# The tool of Prometheus, where somebody has it on the path.
PROMTOOL: Final = shutil.which("promtool")
ENDS: Final = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}


def exported() -> dict[str, set[str]]:
    """Return each name that Prometheus is shown, with the labels it has."""
    found: dict[str, set[str]] = {}
    registry = Metrics().registry
    for one in registry.collect():
        row = registry._names_to_collectors.get(one.name)
        labels = set(getattr(row, "_labelnames", ())) or {"policy", "edge", "rule", "cause"}
        for end in ENDS.get(one.type, ("",)):
            found[one.name + end] = labels | {"le"} if end == "_bucket" else labels
    return found


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return list(group["rules"])


def questions() -> Iterator[str]:
    yield from (one["expr"] for one in rules())
    for panel in BOARD["panels"]:
        yield from (one["expr"] for one in panel["targets"])


def test_every_metric_that_is_asked_for_is_exported() -> None:
    """A misspelt name, or one that is gone, would be a panel or an alert that is silent."""
    asked = {name for one in questions() for name in re.findall(r"\bdrawbar_\w+", one)}

    assert asked
    assert asked - set(exported()) == set()


def test_every_label_that_is_asked_for_is_there() -> None:
    """What stands in braces after a metric is one of its labels."""
    known = exported()
    for one in questions():
        for name, inside in re.findall(r"\b(drawbar_\w+)\{([^}]*)\}", one):
            asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inside))
            assert asked <= known[name], one


def test_the_board_shows_every_metric() -> None:
    """Whoever adds a metric adds it to the board, or nobody sees it."""
    asked = " ".join(one["expr"] for panel in BOARD["panels"] for one in panel["targets"])

    assert [one.name for one in Metrics().registry.collect() if one.name not in asked] == []


def test_each_alert_is_whole_and_has_its_paragraph() -> None:
    """A name, a severity, a sentence, and a bold word in the operations page to look it up by."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    named = [one["alert"] for one in rules()]

    assert sorted(set(named)) == sorted(named)
    assert re.findall(r"^\*\*(Drawbar\w+)\.\*\*", page, re.MULTILINE) == named
    for one in rules():
        assert set(one) <= {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+m", one.get("for", "1m"))
        assert one["labels"]["severity"] in ("info", "warning", "critical")
        assert set(one["annotations"]) == {"summary", "runbook"}
        assert one["expr"].count("(") == one["expr"].count(")")


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not on the path")
@pytest.mark.parametrize(
    "args", [["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]]
)
def test_prometheus_takes_the_rules(args: list[str]) -> None:
    """Its own tool reads them, and what the file of tests says of them is so."""
    ran = subprocess.run(
        [str(PROMTOOL), *args], cwd=ALERTS.parent, check=False, capture_output=True, text=True
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
