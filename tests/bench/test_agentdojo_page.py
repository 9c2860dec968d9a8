"""The page says what the cases say, and they are of the policies as they are."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import pytest

from bench import reporting
from bench.agentdojo import acceptance, cli, freezes, replay, results
from bench.agentdojo.ablations import VARIANTS, worth
from bench.agentdojo.freezes import Entry
from bench.agentdojo.page import page
from bench.agentdojo.recorded_score import Recorded
from bench.agentdojo.replay import ANSWERS
from bench.agentdojo.score import Cases, measures
from bench.agentdojo.suites import SUITES, Suite
from bench.agentdojo.words import WORDS
from bench.reporting import ROOT, sha256

ENDS: Final = (ROOT / cli.ENDS).read_text("utf-8")
PAGE: Final = (ROOT / cli.PAGE).read_text("utf-8")  # of CASES and LEDGER: a test holds it
OURS: Final = (ROOT / cli.CASES).read_text("utf-8")
RESULTS: Final = reporting.read_lines((ROOT / cli.RESULTS).read_text("utf-8"))
RUNS: Final = Recorded(tuple(replay.read((ROOT / cli.RUNS).read_text("utf-8"))))
ABLATED: Final = (ROOT / cli.ABLATIONS).read_text("utf-8")
CASES: Final = Cases((*replay.read(ENDS), *replay.read(OURS), *replay.read(ABLATED)))
LEDGER: Final = freezes.entries(freezes.read(freezes.LEDGER))
MEASURED: Final = [one for one in SUITES if CASES.of(one.name).measured]
KNOWN: Final = freezes.freezes(freezes.read(freezes.FREEZES))


def test_the_page_is_counted_from_the_cases() -> None:
    """A figure that somebody edits on the page or in a case is seen: `make bench-agentdojo`."""
    assert page(CASES, RUNS, RESULTS, KNOWN, LEDGER) == PAGE


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
        asdict(found)
        for _, suites in results.by_role(CASES)
        for one in VARIANTS
        if (found := worth(CASES.of(*suites), one)).pairs
    ]
    assert {one["cases_sha256"] for one in RESULTS} <= {sha256(OURS.encode())}
    assert {one["ends_sha256"] for one in RESULTS} <= {sha256(ENDS.encode())}


@pytest.mark.parametrize("suite", MEASURED, ids=lambda one: one.name)
def test_the_ledger_holds_what_the_cases_say(suite: Suite) -> None:
    """The last measurement of a reported suite that was entered is the one of the cases."""
    entered = [one.counts for one in LEDGER if one.suite == suite.name][-1:]
    counted = results.counts_of(CASES.of(suite.name), RUNS.of(suite.name))

    for counts in entered:
        assert _counted(counts) == _counted({name: asdict(one) for name, one in counted.items()})


def _counted(counts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Leave out what is of the benchmark alone, which the first lines do not hold."""
    return {
        name: {key: value for key, value in one.items() if key != "achievable"}
        for name, one in counts.items()
    }


def _twice(suite: str) -> list[Entry]:
    """Return a ledger in which a suite was measured under one freeze more."""
    first = next(one for one in freezes.reported(LEDGER) if one.suite == suite)
    other = next(one.digest for one in KNOWN if one.suite != suite)
    worse = {**first.counts["hijacked B nobody"], "attack_succeeded": 117}
    counts = {**first.counts, "hijacked B nobody": worse}
    return [*LEDGER, replace(first, freeze=other, counts=counts)]


def test_a_revision_stands_beside_the_first_measurement() -> None:
    """Of a suite that is measured again both measurements keep their tables."""
    twice = page(CASES, RUNS, RESULTS, KNOWN, _twice("travel"))

    title = "### Travel: the first measurement"
    first = PAGE[PAGE.index(title) :].split("\n### ")[0].split("\n## ")[0]
    assert first in twice
    assert "117 of 120" not in first
    assert "117 of 120" in twice


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

    assert "**no**" in page(worse, RUNS, RESULTS, KNOWN, LEDGER)
    assert "**no**" not in PAGE
