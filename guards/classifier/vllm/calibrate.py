"""Asks a guard about labelled cases; what it cannot answer is counted by its cause."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from guards.guard import Guard
from guards.judgement import NoJudgement
from guards.skill.labels import Case
from guards.skill.measure import Answered

AT_ONCE: Final = 8
ANSWER_S: Final = 120.0  # nobody waits to decide: a label that is lost is worse than a slow one


def _silent(_done: int) -> None:
    """Tell nobody."""


async def answered(
    guard: Guard,
    cases: Sequence[Case],
    progress: Callable[[int], None] = _silent,
) -> tuple[list[Answered], Counter[str]]:
    """Return the answers to all cases; raises where the guard is not the one that was verified."""
    turns, found, unknowns, done = asyncio.Semaphore(AT_ONCE), list[Answered](), Counter[str](), 0

    async def ask(case: Case) -> None:
        nonlocal done
        async with turns:
            try:
                found.append(Answered(case, (await guard.judge(case.question, ANSWER_S)).logit))
            except NoJudgement as error:
                unknowns[str(error.cause)] += 1
        done += 1
        progress(done)

    try:
        await guard.open()
        await guard.check()
        await asyncio.gather(*map(ask, cases))
    finally:
        await guard.close()
    order = {id(case): number for number, case in enumerate(cases)}
    return sorted(found, key=lambda one: order[id(one.case)]), unknowns
