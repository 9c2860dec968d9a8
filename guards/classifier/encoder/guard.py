"""A guard inside the gateway: a trained encoder, asked in threads beside the decisions."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from dsl.model import Cause
from guards.classifier.encoder import folder as folders
from guards.classifier.encoder.asking import FAMILY, fitted
from guards.classifier.encoder.folder import Manifest, NotAnEncoder
from guards.classifier.encoder.runtime import Runtime
from guards.classifier.vllm import fixture
from guards.classifier.vllm.canary import CANARY, compare
from guards.classifier.vllm.fixture import Fixture
from guards.judgement import Form, NoJudgement, Raw
from guards.question import Question
from guards.skill.reading import Key

BACKEND: Final = "onnx"
CHECK_S: Final = 30.0
THREADS: Final = 2  # so many texts at once; each takes one processor
LABELS: Final = (*FAMILY.fine, *FAMILY.violation)


class Encoded:
    """Asks an encoder from a folder. A thread that hangs is never waited for."""

    def __init__(self, weights: Path, folder: Path | None = None) -> None:
        self._weights = weights
        self._folder = folder
        self._manifest = labelled(weights)
        self._runtime: Runtime | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._known_by = fixture.known_by(folder)

    @property
    def model(self) -> str:
        """See `Guard`, here and below: the weights are named by their digest."""
        return self._manifest.digest

    @property
    def prompt(self) -> str:
        """Name the version of how it is asked."""
        return FAMILY.prompt

    @property
    def key(self) -> Key:
        """See `Guard`; before it was checked, as the record tells."""
        return Key(self.model, self.prompt, FAMILY.name, BACKEND, self._known_by)

    @property
    def answers(self) -> frozenset[Form]:
        """Name the forms that it was trained for."""
        return FAMILY.answers

    async def open(self) -> None:
        """Load the weights that were verified, and no others."""
        recorded = await asyncio.to_thread(self._recorded)
        if (recorded.model, recorded.family, recorded.prompt) != (
            self.model,
            FAMILY.name,
            self.prompt,
        ):
            raise NoJudgement(Cause.GUARD_CANARY)
        await self.load()

    async def load(self) -> None:
        """Load the weights, if they are not there yet."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(THREADS, "encoder")
        if self._runtime is None:
            self._runtime = await asyncio.to_thread(self._read)

    def _read(self) -> Runtime:
        try:
            runtime = Runtime.load(self._weights)
        except NotAnEncoder:
            raise NoJudgement(Cause.GUARD_CANARY) from None
        if runtime.manifest.digest != self.model:  # exchanged since the gateway started
            raise NoJudgement(Cause.GUARD_CANARY)
        return runtime

    async def judge(self, question: Question, seconds: float) -> Raw:
        """Ask one question; what was not begun in time is never begun."""
        runtime, pool = self._runtime, self._pool
        if runtime is None or pool is None:
            raise NoJudgement(Cause.GUARD_CANARY)
        asked = asyncio.get_running_loop().run_in_executor(pool, _asked, runtime, question)
        async with asyncio.timeout(seconds):
            return await asked

    async def check(self) -> None:
        """Ask the known questions, and compare."""
        recorded = await asyncio.to_thread(self._recorded)
        compare(recorded.canary, await self.canary())
        self._known_by = recorded.digest

    async def canary(self) -> Sequence[float]:
        """Return what it says to the known questions."""
        return [(await self.judge(one, CHECK_S)).logit for one in CANARY]

    async def close(self) -> None:
        """Let the weights and the threads go."""
        pool, self._pool, self._runtime = self._pool, None, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _recorded(self) -> Fixture:
        if self._folder is None:
            raise NoJudgement(Cause.GUARD_CANARY)
        return fixture.read(self._folder)


def labelled(weights: Path) -> Manifest:
    """Return what a folder holds, where that is an encoder with the labels of a guard."""
    manifest = folders.read(weights)
    if manifest.head != "labels" or manifest.outputs != LABELS:
        raise NotAnEncoder(
            f"`{weights}` holds an encoder without the labels {' and '.join(LABELS)}"
        )
    return manifest


def _asked(runtime: Runtime, question: Question) -> Raw:
    _, ids = fitted(question, runtime.ids, runtime.manifest.tokens)
    fine, violation = (float(one) for one in runtime.run(ids))
    return Raw(violation - fine)
