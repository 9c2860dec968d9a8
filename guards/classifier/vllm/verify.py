"""Tries a served guard once, and records what it is and what it says."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from guards.classifier.vllm import fixture
from guards.classifier.vllm.canary import CANARY, compare
from guards.classifier.vllm.families import Family
from guards.classifier.vllm.guard import ROUTES, Vllm
from guards.classifier.vllm.http import Http
from guards.judgement import NoJudgement

# Just started, a server works out its own description and what answers need at the first questions:
# on a busy processor that was seen to take minutes.
FIRST_S: Final = 180.0


def _silent(_words: str) -> None:
    """Tell nobody."""


def kept(folder: Path, made: fixture.Fixture) -> fixture.Fixture:
    """Return a verification, with the answers of the one before where it is the same guard.

    What was calibrated then is named by them, and many small differences do not add up.
    """
    try:
        before = fixture.read(folder)
        compare(before.canary, made.canary)
    except NoJudgement:
        return made
    return replace(made, canary=before.canary)


async def verify(
    http: Http,
    model: str,
    family: Family,
    folder: Path,
    tell: Callable[[str], None] = _silent,
) -> fixture.Fixture:
    """Look at routes, model, labels and the canary, twice, and record it; or raise."""
    try:
        await http.open()
        guard = Vllm(http, model, family, patience_s=FIRST_S)
        await guard.look()
        tell(f"the server serves `{model}` with the routes that `{family.name}` needs")
        canary = []
        for number, one in enumerate(CANARY, 1):
            canary.append((await guard.judge(one, FIRST_S)).logit)
            tell(f"known question {number} of {len(CANARY)}: logit {canary[-1]:+.4f}")
        compare(canary, await guard.canary())
        tell("asked once more, it says the same")
        made = fixture.Fixture(
            model,
            family.name,
            guard.prompt,
            await guard.version(),
            datetime.now(UTC).isoformat(timespec="seconds"),
            ROUTES[family.route],
            guard.label_ids,
            guard.max_model_len,
            tuple(canary),
        )
        made = await asyncio.to_thread(kept, folder, made)
        fixture.write(folder, made)
        return made
    finally:
        await http.close()
