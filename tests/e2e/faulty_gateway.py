"""Runs the command line with parts that fail, each saying all that it was given.

A fault is chosen by the tool of the call: `fail_judging`, `fail_deciding`, `fail_recording`.
"""

import asyncio
import os
import traceback
from typing import Any

from sqlalchemy.exc import DBAPIError

import app.edges.base
import app.engine
import app.hotpath.check
import app.logs
from app.cli.main import main
from app.evidence.masker import Masker
from memory.records.log import RecordLog, Unrecorded


def plant() -> None:
    """Put the faults in place."""
    judges, edge, log = _any(app.engine), _any(app.edges.base), _any(RecordLog)
    short = _any(app.hotpath.check)
    judge, append = judges.evaluate, log.append

    def judging(bound: Any, call: Any, *rest: Any) -> Any:
        if call.tool == "fail_judging":
            raise ValueError(f"cannot judge {call!r}")
        return judge(bound, call, *rest)

    def failing(settle: Any) -> Any:
        async def deciding(gateway: Any, question: Any, *rest: Any) -> Any:
            if question.call.tool == "fail_deciding":
                asyncio.get_running_loop().create_task(_abandoned(question), name="abandoned")
                raise RuntimeError(f"cannot decide {question!r}")
            return await settle(gateway, question, *rest)

        return deciding

    async def appending(self: Any, record: Any, *rest: Any) -> None:
        if getattr(record, "tool", None) == "fail_recording":  # there may be several
            words = f"value too long: {rest!r}\nDETAIL: {rest!r}"
            error = DBAPIError("INSERT ...", {"row": rest}, ValueError(words))
            raise Unrecorded("the store refused the record") from error
        await append(self, record, *rest)

    judges.evaluate = judging
    edge.settle_and_wait = failing(edge.settle_and_wait)
    short.settle = failing(short.settle)
    log.append = appending


def _any(part: Any) -> Any:
    """Return a part as something that may be changed."""
    return part


async def _abandoned(question: Any) -> None:
    """Fail where nobody waits: asyncio tells of it by itself."""
    raise LookupError(f"cannot find {question!r}")


def leak() -> None:
    """Let out what a gateway keeps in: what stands in records, and the words of faults."""
    _any(Masker).recorded = lambda _self, decision, *_: decision
    _any(app.logs).trace = lambda error: "".join(traceback.format_exception(error))


if __name__ == "__main__":
    plant()
    if "LEAK" in os.environ:
        leak()
    main()
