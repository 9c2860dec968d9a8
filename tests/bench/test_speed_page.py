"""What the lines of a run come to: ratios within rounds, goals, the page and its picture."""

from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest

from bench import reporting
from bench.speed import cli, deciding, in_process
from bench.speed.adapters import host
from bench.speed.cli import PAGE, RESULTS, main
from bench.speed.goals import Goal, goals, shown
from bench.speed.in_process import Out, Seen
from bench.speed.page import page
from bench.speed.plan import QUICK, WHOLE
from bench.speed.plots import plots
from bench.speed.printed import rows
from bench.speed.summary import Ratio, Summary, ratio

ROOT: Final = reporting.ROOT
RUN: Final[dict[str, Any]] = {
    "kind": "run",
    "name": "in-process",
    "plan": "whole",
    "at": "2026-03-02T10:00:00+00:00",
    "machine": {"cpu": "a", "cores": 2, "load1": 0.1},
    "engine_of_drawbar": "interpreter",
    "absent": {"Other": "nobody has it"},
}


def lines(shape: str, engine: str, *p50: float, rules: int = 1000) -> list[dict[str, Any]]:
    about = {"part": in_process.PART, "shape": shape, "rules": rules, "engine": engine}
    first = {**about, "status": "run", "load_s": 0.1, "memory_mb": 1.0}
    rounds = [
        {**about, "round": at, "number": 9, "p50_us": one, "p99_us": 2 * one, "cpu_us": one}
        for at, one in enumerate(p50)
    ]
    return [first, *rounds]


def test_a_ratio_is_of_rounds_next_to_each_other() -> None:
    """A machine that is slow for a while is slow for both."""
    assert ratio([20.0, 300.0, 40.0], [10.0, 100.0, 10.0]) == Ratio(3.0, 2.0, 4.0)
    assert ratio([], [1.0]) is None


def test_the_rounds_of_a_run_are_told_apart() -> None:
    """A figure is of one engine, shape and number of rules."""
    rows = lines("one", "drawbar", 1, 2, 3) + lines("one", "cedarpy", 100, 400, 900)
    rows += lines("one", "drawbar", 50, rules=100)
    summary = Summary(rows)

    assert summary.median("p50_us", in_process.PART, "one", 1000, "drawbar") == 2
    assert summary.ratio("p50_us", (in_process.PART, "one", 1000), "cedarpy", "drawbar") == Ratio(
        200, 100, 300
    )
    assert list(summary.cells(in_process.PART)) == [("one", 1000), ("one", 100)]


def test_a_goal_that_was_not_measured_is_neither_held_nor_missed() -> None:
    """Nothing is claimed of what did not run."""
    assert {one.held for one in goals(Summary([]))} == {None}
    assert Goal("a", 5.0, 5.0).held is True
    assert Goal("a", 5.1, 5.0).held is False
    assert Goal("a", 4.9, 5.0, at_least=True).held is False


@pytest.mark.parametrize(("load", "judged"), [(0.3, "MISSED"), (4.0, "the machine was busy")])
def test_microseconds_are_judged_on_a_quiet_machine_alone(load: float, judged: str) -> None:
    """On a busy one they say what others did; ratios are judged on any."""
    run = {**RUN, "machine": {**RUN["machine"], "load1": load}}
    found = goals(Summary([run, *lines("mixed", "drawbar", 90.0), *lines("one", "drawbar", 90.0)]))

    assert next(one for one in found if "mixed rules, p50" in one.words).judged() == judged
    ratios = [run, *lines("one", "drawbar", 90.0), *lines("one", "cedarpy", 91.0)]
    assert next(iter(goals(Summary(ratios)))).judged() == "MISSED"


def test_the_page_says_where_others_are_faster_and_who_took_no_part() -> None:
    """Rows that are lost are rows of the page, and so is the reason of an empty one."""
    rows = [RUN, *lines("one", "drawbar", 10, 10), *lines("one", "cedarpy", 5, 6)]
    rows += lines("one", "oso", 30, 30)
    out = {"part": in_process.PART, "shape": "one", "rules": 1000, "engine": "agt"}
    rows.append({**out, "status": "sits out", "why": "no word for it"})
    written = page(Summary(rows))
    lost = written.partition("## Where others are faster")[2].partition("## In process")[0]

    assert "| in process | one | 1,000 | Cedar | 0.55 (0.5 to 0.6) |" in lost
    assert "oso" not in lost
    assert "- AGT sits out: no word for it." in written
    assert "Other is not measured: nobody has it." in written
    assert "**missed**" in written


def test_the_page_says_of_which_code_its_figures_are() -> None:
    """Figures of an engine that no longer decides are called so, and a commit is told if noted."""
    noted = {**RUN, "versions": {"commit": "0123456789abcdef", "dirty": True}}
    new = {**noted, "engine_of_drawbar": deciding.ENGINE}
    of_now, of_then = page(Summary([new])), page(Summary([RUN, new]))

    assert f"`{deciding.ENGINE}` at `0123456789`, with changes that were not committed" in of_now
    assert "Older" not in of_now
    assert "the commit was not noted" not in of_now
    assert "decided by `interpreter`, the commit was not noted" in of_then
    assert "Drawbar decided by `interpreter` when this was measured" in of_then


def test_what_is_printed_has_a_row_an_engine_that_was_measured() -> None:
    """With its ratio and range, its times, what reading took and what it holds."""
    about = {"part": in_process.PART, "shape": "one", "rules": 1000}
    out = {**about, "engine": "agt", "status": "sits out", "why": "no word for it"}
    told = list(rows(Summary([*lines("one", "drawbar", 10), *lines("one", "oso", 25), out])))

    assert len(told) == 3
    assert " ".join(told[2].split()) == "one 1,000 oso 2.5 (2.5 to 2.5) 25 50 25 0.1 1"


def test_the_picture_has_a_line_a_series() -> None:
    """It says in words what it shows, for those who do not see it."""
    curve = {"part": "curve", "curve": "rules"}
    rows = [
        {**curve, "shape": shape, "x": x, "round": 0, "p50_us": 2.0 * x}
        for shape in ("mixed", "one")
        for x in (10, 1000)
    ]
    drawn = plots(Summary(rows))["results-speed.svg"]
    root = ET.fromstring(drawn)  # noqa: S314 - our own text

    assert drawn.count('stroke-width="2"') == 2
    assert "2,000 us at 1,000" in "".join(root.itertext())
    assert plots(Summary([])) == {}


def test_an_engine_that_would_take_too_long_is_not_given_more() -> None:
    """It is left out with what it took, and only for more rules than it had."""
    Seen().hold(10)
    Seen(rules=1, load_s=1.0, each_us=9_000.0).hold(100)
    Seen(rules=100, load_s=1.0, each_us=10_000.0).hold(1000)
    with pytest.raises(Out, match="reading 100 rules took 7 s"):
        Seen(rules=100, load_s=7.0).hold(1000)
    with pytest.raises(Out, match="1,000 rules took 80 ms"):
        Seen(rules=1000, each_us=80_000.0).hold(10_000)


def test_times_are_told_by_their_middle_and_their_ninety_ninth() -> None:
    """Whatever order they came in; and a round has as many as it must, however slow."""
    assert host.spread([3000, 1000, 2000]) == {"number": 3, "p50_us": 2.0, "p99_us": 3.0}
    spread = host.spread(list(range(1, 1001)))
    assert (spread["p50_us"], spread["p99_us"]) == (0.501, 0.991)
    assert len(host.timed(lambda _: True, [1, 2], 0.0, 5)) >= 5


@pytest.mark.parametrize(
    ("value", "written"), [(0.0123456, "0.0123"), (5.0, "5"), (99.94, "99.9"), (12345.6, "12,346")]
)
def test_figures_have_three_digits_that_count(value: float, written: str) -> None:
    """More would say that they are known better than they are."""
    assert shown(value) == written


def test_the_quick_look_is_no_result() -> None:
    """It goes where no page is published from, and measures what the whole does, less of it."""
    args = cli._arguments(["--quick"])

    assert args.out != ROOT
    assert cli._arguments([]).out == ROOT
    assert set(QUICK.clients) <= set(WHOLE.clients)
    assert QUICK.rounds < WHOLE.rounds


def test_a_part_that_nobody_knows_is_wrong_usage() -> None:
    """A slip does not measure everything."""
    with pytest.raises(SystemExit):
        main(["nothing"])


def test_the_published_page_is_what_its_lines_come_to() -> None:
    """The page, the picture and the lines are of the same run."""
    if not (ROOT / RESULTS).exists():
        pytest.skip("nothing is published yet")
    summary = Summary(reporting.read_lines((ROOT / RESULTS).read_text("utf-8")))

    assert (ROOT / PAGE).read_text("utf-8") == page(summary)
    for name, drawn in plots(summary).items():
        assert (ROOT / "docs" / name).read_text("utf-8") == drawn
