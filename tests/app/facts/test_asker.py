"""Whatever a source does, the fact is unknown and nothing is raised."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
import structlog

from app.facts.asker import Asker
from app.facts.settings import TableSettings
from app.facts.source import steps
from app.telemetry import Metrics

SETTINGS = TableSettings.model_validate(
    {"kind": "table", "file": "unused.csv", "key": "id", "timeout_ms": 100}
)


class Spoilt:
    """A source that raises what it is given, or never answers."""

    takes = frozenset({"id"})
    max_age_s = 0.0

    def __init__(self, error: BaseException | None = None, answer: Any = None) -> None:
        self._error = error
        self._answer = answer

    async def open(self) -> None:
        """Be ready."""

    async def close(self) -> None:
        """Have nothing to let go of."""

    async def fetch(self, args: Mapping[str, Any]) -> Any:
        if self._error is not None:
            raise self._error
        if self._answer is None:
            await asyncio.Event().wait()
        return self._answer


@pytest.mark.parametrize(
    ("error", "outcome", "cause"),
    [
        (None, "timeout", "timeout"),
        (TimeoutError("hunter2"), "timeout", "timeout"),
        (RuntimeError("hunter2"), "fault", "no_fact"),
        (RecursionError("hunter2"), "fault", "no_fact"),
        (OSError("hunter2"), "fault", "no_fact"),
        (MemoryError("hunter2"), "fault", "no_fact"),
    ],
)
def test_every_fault_is_unknown_with_its_cause(
    error: BaseException | None, outcome: str, cause: str
) -> None:
    """Raises: unknown. Never answers: unknown. The log says where, and not in which words."""
    metrics = Metrics()
    asker = Asker("get", Spoilt(error), SETTINGS, metrics)
    with structlog.testing.capture_logs() as logs:
        answer = asyncio.run(asker.ask({"id": "x"}, 5))

    assert (answer.outcome, answer.cause, answer.value) == (outcome, cause, None)
    assert "hunter2" not in str(logs)
    labels = {"source": "get", "outcome": outcome}
    assert metrics.registry.get_sample_value("drawbar_facts_total", labels) == 1
    taken = metrics.registry.get_sample_value("drawbar_fact_seconds_count", {"source": "get"})
    assert taken == 1


@pytest.mark.parametrize("answer", [1.5, {"a": float("nan")}, {1: 2}, {"a": {1, 2}}, b"x"])
def test_what_is_no_json_is_a_fault(answer: Any) -> None:
    """A source hands on nothing that the language has no value for, such as a rounded number."""
    asker = Asker("get", Spoilt(answer=answer), SETTINGS, Metrics())

    assert asyncio.run(asker.ask({"id": "x"}, 5)).outcome == "fault"


def test_who_gives_up_is_not_answered_for() -> None:
    """A request that is cancelled is cancelled, and not an unknown fact."""

    async def cancelled() -> None:
        asker = Asker("get", Spoilt(None), SETTINGS, Metrics())
        asking = asyncio.create_task(asker.ask({"id": "x"}, 5))
        await asyncio.sleep(0)
        asking.cancel()
        await asking

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("a", ("a",)),
        ("a.b_c[0][12].d-e", ("a", "b_c", 0, 12, "d-e")),
        ("[0].a", (0, "a")),
    ],
)
def test_a_path_is_read(path: str, read: tuple[str | int, ...]) -> None:
    """Names behind dots and places in brackets."""
    assert steps(path) == read


@pytest.mark.parametrize(
    "path", ["", ".", ".a", "a.", "a..b", "a[", "a[x]", "a[-1]", "[0]a", "a b"]
)
def test_what_is_no_path_is_refused(path: str) -> None:
    """Nothing is left over."""
    with pytest.raises(ValueError, match="is not a path"):
        steps(path)
