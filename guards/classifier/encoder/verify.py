"""Tries a trained encoder once, and records what it says."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import onnxruntime as ort

from guards.classifier.encoder.asking import FAMILY
from guards.classifier.encoder.guard import Encoded
from guards.classifier.vllm import fixture
from guards.classifier.vllm.canary import compare
from guards.classifier.vllm.verify import kept


def _silent(_words: str) -> None:
    """Tell nobody."""


async def verify(
    weights: Path, folder: Path, tell: Callable[[str], None] = _silent
) -> fixture.Fixture:
    """Ask the known questions twice and record the answers; or raise."""
    guard = Encoded(weights)
    try:
        await guard.load()
        canary = await guard.canary()
        for number, one in enumerate(canary, 1):
            tell(f"known question {number} of {len(canary)}: logit {one:+.4f}")
        compare(canary, await guard.canary())
        tell("asked once more, it says the same")
    finally:
        await guard.close()
    server = f"onnxruntime {ort.__version__}"
    at = datetime.now(UTC).isoformat(timespec="seconds")
    told = (guard.model, FAMILY.name, guard.prompt, server, at)
    made = fixture.Fixture(*told, (), {}, None, tuple(canary))
    made = await asyncio.to_thread(kept, folder, made)
    fixture.write(folder, made)
    return made
