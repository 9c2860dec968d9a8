"""Faults inside of gateways, which a call asks for by what it says in `to`, or by its tool."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

import app.api.batch
import app.edges.base
import app.edges.mcp.here
import app.hotpath.check
from app import engine
from app.deciding.judging import Case
from dsl.engine import evaluating
from memory.records.log import RecordLog, Unrecorded

UNWRITABLE: Final = "idle"  # records of it cannot be written
NO_RESULT: Final = "lend"  # nor can those of its results
JUDGING, DECIDING, LATE, RESULT = "judging", "deciding", "late", "result"


@contextmanager
def planted() -> Iterator[None]:
    """Plant all of them."""
    with pytest.MonkeyPatch.context() as patch:
        _in_judging(patch)
        _in_deciding(patch)
        _in_recording(patch)
        yield


def _asks_for(call: Any, fault: str) -> bool:
    return bool(call.args.get("to") == fault)


def _in_judging(patch: pytest.MonkeyPatch) -> None:
    evaluate, outputs = evaluating.evaluate, evaluating.evaluate_output
    left: Any = vars(Case)["left"].fget

    def judging(bound: Any, call: Any, *rest: Any) -> Any:
        if _asks_for(call, JUDGING):
            raise ValueError("a rule cannot be judged")
        return evaluate(bound, call, *rest)

    def judging_output(bound: Any, call: Any, *rest: Any) -> Any:
        if _asks_for(call, RESULT):
            raise ValueError("a result cannot be judged")
        return outputs(bound, call, *rest)

    def late(case: Case) -> float:
        return -1.0 if _asks_for(case.question.call, LATE) else float(left(case))

    patch.setattr(engine, "evaluate", judging)
    patch.setattr(engine, "evaluate_output", judging_output)
    patch.setattr(Case, "left", property(late))


def _in_deciding(patch: pytest.MonkeyPatch) -> None:
    """Break what no part of a gateway foresees, where each edge asks for its decision."""
    for module, name in (
        (app.edges.base, "settle_and_wait"),
        (app.edges.mcp.here, "settle_and_wait"),
        (app.api.batch, "settle"),
        (app.hotpath.check, "settle"),
    ):
        patch.setattr(module, name, _broken(getattr(module, name)))


def _broken(settles: Any) -> Any:
    async def deciding(gateway: Any, question: Any, *rest: Any) -> Any:
        if _asks_for(question.call, DECIDING):
            raise RuntimeError("nobody foresaw this")
        return await settles(gateway, question, *rest)

    return deciding


def _in_recording(patch: pytest.MonkeyPatch) -> None:
    append = RecordLog.append

    async def appending(log: Any, records: Any, *rest: Any, **named: Any) -> Any:
        for one in records if isinstance(records, list | tuple) else (records,):
            told = getattr(one, "tool", None), getattr(one, "phase", None)
            if told in {(UNWRITABLE, "call"), (NO_RESULT, "result")}:
                raise Unrecorded("the disk is full")
        return await append(log, records, *rest, **named)

    patch.setattr(RecordLog, "append", appending)
