"""The bench of off-task: its page is what was measured, and figures of small cases are right."""

import pytest

from bench import reporting
from bench.off_task import ngrams, score, sets
from bench.off_task.cases import known
from bench.off_task.cli import PAGE, RESULTS, main
from bench.off_task.goals import goals, is_claimed
from bench.off_task.page import page
from bench.reporting import ROOT
from guards.training.drawn import drawn
from tests.guards.training.test_off_task import tasks


def test_the_page_says_what_was_measured() -> None:
    """A table that somebody edited by hand is found."""
    rows = reporting.read_lines((ROOT / RESULTS).read_text("utf-8"))

    assert (ROOT / PAGE).read_text("utf-8") == page(rows)


def test_without_data_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever has not the sets learns so, and no figure is written."""
    monkeypatch.delenv("DRAWBAR_EVAL_DATA", raising=False)

    assert main([]) == 1
    assert (
        "NOT RUN: the off-task bench measured nothing: DRAWBAR_EVAL_DATA" in capsys.readouterr().err
    )


ROW = {
    "measure": "left_out",
    "view": "drawn",
    "cosines": False,
    "test": "A",
    "subset": "all",
    "groups": 30,
    "bound": 0.8,
    "auroc": 0.9,
    "ece_after": 0.05,
    "baselines": {"length": 0.7},
}


def test_a_row_that_shows_no_skill_misses_its_goal() -> None:
    """Few tasks, or a baseline as good as the bound, are no skill, whatever the AUROC is."""
    assert all(one.held for one in goals([ROW]))
    for bad in ({**ROW, "groups": 29}, {**ROW, "baselines": {"length": 0.8}}):
        assert not is_claimed(bad)
        assert [one.held for one in goals([bad])] == [True, True, False]


def test_what_is_caught_is_counted_at_one_false_alarm_in_ten() -> None:
    """Of ten others one may lie above the threshold, and no more."""
    fine = [(float(one), False) for one in range(10)]

    assert score.caught([*fine, (8.5, True), (7.5, True)]) == 0.5
    assert score.caught([*fine, (9.5, True), (0.0, True)]) == 0.5
    assert score.caught(fine) is None


def test_words_of_other_tasks_are_learned_and_never_the_own_ones() -> None:
    """Scores of cases in a set do not know the cases of their own task."""
    cases = drawn(tasks(10))
    found = ngrams.in_set(cases)

    assert len(found) == len(cases)
    own, other = cases[:2]
    scorer = ngrams.learned([own, other])
    assert (own.truth, other.truth) == (False, True)
    assert scorer(own) < scorer(other)
    assert len(known(cases, None)) == len(cases)


def test_arguments_are_read_as_json_or_as_python_writes_them() -> None:
    """What a set wrote down in either way is an object; all else has no members."""
    assert sets._object("{'a': 1, 'b': [True]}") == {"a": 1, "b": [True]}
    assert sets._object('{"a": null}') == {"a": None}
    assert sets._object("oops(") == sets._object("[1]") == {}
