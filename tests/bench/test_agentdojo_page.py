"""The page says what the cases say, and they are of the policies as they are."""

import json
from dataclasses import asdict
from typing import Any, Final

import pytest

from bench.agentdojo import acceptance, cli, freezes, replay, results
from bench.agentdojo.ablations import VARIANTS, worth
from bench.agentdojo.freezes import Freeze
from bench.agentdojo.page import page
from bench.agentdojo.recorded_score import Recorded
from bench.agentdojo.replay import ANSWERS
from bench.agentdojo.score import Cases, measures
from bench.agentdojo.suites import SUITES, Suite
from bench.agentdojo.words import WORDS
from bench.reporting import ROOT, sha256

ENDS: Final = (ROOT / cli.ENDS).read_text("utf-8")
OURS: Final = (ROOT / cli.CASES).read_text("utf-8")
RESULTS: Final[list[dict[str, Any]]] = json.loads((ROOT / cli.RESULTS).read_text("utf-8"))
RUNS: Final = Recorded(tuple(replay.read((ROOT / cli.RUNS).read_text("utf-8"))))
ABLATED: Final = (ROOT / cli.ABLATIONS).read_text("utf-8")
CASES: Final = Cases((*replay.read(ENDS), *replay.read(OURS), *replay.read(ABLATED)))
LEDGER: Final = freezes.entries(freezes.read(freezes.LEDGER))
MEASURED: Final = [one for one in SUITES if CASES.of(one.name).measured]


def _frozen() -> dict[str, Freeze]:
    known = freezes.freezes(freezes.read(freezes.FREEZES))
    return {one.name: freezes.frozen(one, known) for one in MEASURED}


def test_the_page_is_counted_from_the_cases() -> None:
    """A figure that somebody edits on the page or in a case is seen: `make bench-agentdojo`."""
    assert (ROOT / cli.PAGE).read_text("utf-8") == page(CASES, RUNS, RESULTS, _frozen(), LEDGER)


def test_the_aggregate_is_counted_from_the_cases() -> None:
    """Each measure has the counts that the cases give, and their digest."""
    written = {
        (one["measure"], one["suite"], one["order"], one["answer"]): one["counts"]
        for one in RESULTS
        if "order" in one
    }
    counted = {
        (f"agentdojo.{measure}", suite.name, order, answer): counts.plain()
        for suite in MEASURED
        for measure, order, answer, counts in measures(CASES.of(suite.name))
    }

    counted |= {
        ("agentdojo.recorded", suite, "R", answer): asdict(RUNS.of(suite).lost(answer))
        for suite in RUNS.suites
        for answer in ANSWERS
    }

    assert written == counted
    assert [one["counts"] for one in RESULTS if one["measure"] == "agentdojo.ablation"] == [
        asdict(worth(CASES, one)) for one in VARIANTS
    ]
    assert {one["cases_sha256"] for one in RESULTS} <= {sha256(OURS.encode())}
    assert {one["ends_sha256"] for one in RESULTS} <= {sha256(ENDS.encode())}


def test_the_committed_cases_accept_the_harness() -> None:
    """Every figure of the benchmark comes out of the committed cases."""
    assert [one.words for one in acceptance.lines(CASES.all) if not one.held] == []
    assert len(set(RUNS.agreeing())) == 1


@pytest.mark.parametrize("suite", MEASURED, ids=lambda one: one.name)
def test_what_was_measured_is_what_stands_here(suite: Suite) -> None:
    """Figures of another policy than the one beside them are none: `make bench-agentdojo`."""
    mine = [one for one in RESULTS if one["suite"] == suite.name and "inputs" in one]

    assert {one["inputs"]["policy_sha256"] for one in mine} == {sha256(suite.policy.read_bytes())}
    assert {one["inputs"]["tools_sha256"] for one in mine} == {sha256(suite.tools.read_bytes())}


def test_every_goal_is_explained() -> None:
    """Each goal has its words on the page."""
    assert {row.measure for row in results.goals(CASES, RUNS)} <= set(WORDS)


def test_a_wrong_figure_is_shown_as_wrong() -> None:
    """The page hides no miss."""
    first = '"utility":true,"attack":true'
    text = ENDS.replace(first, '"utility":false,"attack":true', 1)
    worse = Cases((*replay.read(text), *replay.read(OURS), *replay.read(ABLATED)))

    assert "**no**" in page(worse, RUNS, RESULTS, _frozen(), LEDGER)
    assert "**no**" not in page(CASES, RUNS, RESULTS, _frozen(), LEDGER)
