"""The bench as a whole: its goals hold, it repeats itself, and it says when it did not run."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.policy.policies import PolicySet, load
from bench import reporting
from bench.tau2 import arms, cases, cli
from bench.tau2.cases import Case
from bench.tau2.judge import ask
from bench.tau2.mutants import mutants
from bench.tau2.results import ROOT
from bench.tau2.score import LEAST
from dsl import syntax
from dsl.interpret import Bound


@pytest.mark.evaldata
def test_the_goals_hold_and_a_run_repeats_the_committed_one(
    eval_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every goal holds, and the records are, byte for byte, those that are committed."""
    assert cli.main(["--out", str(tmp_path)]) == cli.DONE
    assert "MISSED" not in capsys.readouterr().out
    for name in (cli.RECORDS, cli.WRITES):
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()


@pytest.mark.evaldata
def test_a_mutant_breaks_its_line_and_no_other(eval_data: Path) -> None:
    """Without the rules of the line that it breaks, each illegal mutant is allowed."""
    policies = load([cli.POLICY])
    broken = [one for one in mutants(cases.load(eval_data)) if one.part == "mutant"]
    stopped = [
        one.id
        for one in broken
        if ask(_without(policies, one), one, arms.given(one)).effect != "allow"
    ]

    assert len(broken) >= LEAST["mutant"]
    assert stopped == []


def _without(policies: PolicySet, case: Case) -> PolicySet:
    """Return the policy without the rules of the lines that a case breaks."""
    (bound,) = policies.bound
    taken = frozenset().union(*map(cases.lines, case.wanted))
    kept = tuple(
        one
        for one in bound.policy.statements
        if not (isinstance(one, syntax.Rule) and one.source and one.source.line in taken)
    )
    return replace(policies, bound=(Bound(replace(bound.policy, statements=kept), bound.tools),))


@pytest.mark.evaldata
def test_a_missed_goal_ends_with_3_and_is_written_down(
    eval_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A policy that misses is published as missing: results and page are written all the same."""
    loose = tmp_path / "loose.bar"
    loose.write_text("policy loose version 1; rule all: allow *;", "utf-8")
    monkeypatch.setattr(cli, "POLICY", loose)

    assert cli.main(["--out", str(tmp_path)]) == cli.MISSED
    assert "MISSED   violating_denied_by_line        0 of   30" in capsys.readouterr().out
    assert "**no: missed**" in (tmp_path / cli.PAGE).read_text("utf-8")
    held = {
        one["measure"]: one["held"]
        for one in reporting.read_lines((tmp_path / cli.RESULTS).read_text())
    }
    assert (held["tau2.gold_allowed"], held["tau2.violating_denied_by_line"]) == (True, False)


@pytest.mark.parametrize("named", [None, "", "nowhere"])
def test_without_the_data_nothing_is_measured_and_that_is_said(
    named: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No data is no success: a loud word, its own exit code, and no results."""
    monkeypatch.delenv("DRAWBAR_EVAL_DATA", raising=False)
    if named is not None:
        monkeypatch.setenv("DRAWBAR_EVAL_DATA", named and str(tmp_path / named))

    assert cli.main(["--out", str(tmp_path)]) == cli.NOT_RUN
    assert capsys.readouterr().err.startswith("NOT RUN: ")
    assert list(tmp_path.iterdir()) == []
