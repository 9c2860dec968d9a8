"""The page of the probes says what the cases and the ledger say, and hides no miss."""

from dataclasses import replace
from typing import Final

import pytest

from bench import reporting
from bench.agentdojo import freezes
from bench.agentdojo.suites import SUITES, Suite
from bench.probes import cli, play, score
from bench.probes.page import page
from bench.reporting import ROOT, git, sha256

WRITTEN: Final = (ROOT / cli.CASES).read_text("utf-8")
CASES: Final = play.read(WRITTEN)
RESULTS: Final = reporting.read_lines((ROOT / cli.RESULTS).read_text("utf-8"))
LEDGER: Final = freezes.entries(freezes.read(cli.LEDGER))
MEASURED: Final = [one for one in SUITES if one.name in {case.suite for case in CASES}]


def test_the_page_is_counted_from_the_cases() -> None:
    """A figure that somebody edits on the page or in a case is seen: `make bench-probes`."""
    assert (ROOT / cli.PAGE).read_text("utf-8") == page(CASES, LEDGER, RESULTS)


def test_the_aggregate_is_counted_from_the_cases() -> None:
    """Each row has the counts and the verdict that the cases and the ledger give."""
    rows = score.told(CASES, LEDGER)

    assert [(one["measure"], one["suite"], one["held"]) for one in RESULTS] == [
        (f"probes.{one.kind}", one.suite, one.held) for one in rows
    ]
    assert [one["counts"]["allowed"] for one in RESULTS] == [one.counts.allowed for one in rows]
    assert {one["cases_sha256"] for one in RESULTS} == {sha256(WRITTEN.encode())}


@pytest.mark.parametrize("suite", MEASURED, ids=lambda one: one.name)
def test_what_was_measured_is_what_stands_here(suite: Suite) -> None:
    """Figures of another policy than the one beside them are none: `make bench-probes`."""
    mine = [one["inputs"] for one in RESULTS if one["suite"] == suite.name]

    assert {one["policy_sha256"] for one in mine} == {sha256(suite.policy.read_bytes())}
    assert {one["tools_sha256"] for one in mine} == {sha256(suite.tools.read_bytes())}


@pytest.mark.parametrize("suite", MEASURED, ids=lambda one: one.name)
def test_the_ledger_holds_what_the_cases_say(suite: Suite) -> None:
    """The last measurement that was entered is the one of the cases."""
    counts = score.plain(score.counted(one for one in CASES if one.suite == suite.name))

    assert [one.counts for one in LEDGER if one.suite == suite.name][-1] == counts


def test_a_missed_goal_is_shown_as_missed() -> None:
    """One payment that is let through is seen."""
    first = next(one for one in CASES if one.kind == "past_payee_200")
    let = replace(first.after[0], effect="allow")
    worse = [replace(one, after=(let,)) if one is first else one for one in CASES]

    assert score.told(worse, LEDGER) != score.told(CASES, LEDGER)
    assert page(worse, LEDGER, RESULTS).count("no: missed") > page(CASES, LEDGER, RESULTS).count(
        "no: missed"
    )


def test_what_was_entered_once_stays() -> None:
    """The ledger only grows: each committed form is how it begins."""
    now = freezes.read(cli.LEDGER)
    name = cli.LEDGER.relative_to(ROOT).as_posix()
    commits = git("log", "--format=%H", "--", name).split()

    assert all(freezes.grown(git("show", f"{one}:{name}"), now) for one in commits)
