"""What the bench of agents' loops makes of the times that it took."""

from typing import Any

from bench.loop import __main__ as loop
from bench.loop import server, tasks


def row(arm: str, task: str, calls: list[float], whole: float, turn: int = 0) -> dict[str, Any]:
    named = {"suite": "s", "agent": 0, "round": turn, "task": task, "arm": arm}
    return {**named, "calls": calls, "whole": whole}


ROWS = (
    row("direct", "a", [1, 2], 3),
    row("loaded", "a", [3, 5], 9),
    row("direct", "a", [10, 20], 31, turn=1),
    row("loaded", "a", [11, 22], 34, turn=1),
    row("direct", "b", [1, 1, 1], 3),
    row("loaded", "b", [2], 2),
)


def test_each_call_is_held_against_the_same_call_of_its_round() -> None:
    """Of a task that a gateway ended early, the calls that ran count."""
    assert loop.added(ROWS, "loaded") == [2, 3, 1, 2, 1]


def test_a_task_that_ended_early_is_no_faster_task() -> None:
    """It is left out where whole tasks are compared."""
    assert loop.added_to_tasks(ROWS, "loaded") == [6, 3]


def test_the_shares_are_those_of_the_sorted_values() -> None:
    """The median, and the two upper shares."""
    assert loop.shares(reversed(range(100))) == "50.0 | 95.0 | 99.0"


def test_a_call_has_one_result_wherever_it_is_made() -> None:
    """The server knows calls by what they hold; so the recorded ones agree with it."""
    calls = [{"tool": "get", "args": {"a": at, "b": 2}, "result": str(at)} for at in (1, 1, 2)]
    calls[1]["result"] = "later"

    tasks._agree(calls)

    assert [one["result"] for one in calls] == ["later", "later", "2"]


def test_the_order_of_arguments_makes_no_other_call() -> None:
    """JSON objects have none."""
    assert server.key("get", {"a": 1, "b": 2}) == server.key("get", {"b": 2, "a": 1})
    assert server.key("get", {"a": 1}) != server.key("get", {"a": "1"})
