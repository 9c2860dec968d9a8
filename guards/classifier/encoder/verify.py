"""Tries a trained encoder once, and records what it says."""

from collections.abc import Callable
from pathlib import Path

import onnxruntime as ort

from guards.classifier.encoder.guard import Encoded
from guards.classifier.trying import tried
from guards.classifier.vllm.fixture import Fixture


def _silent(_words: str) -> None:
    """Tell nobody."""


async def verify(weights: Path, folder: Path, tell: Callable[[str], None] = _silent) -> Fixture:
    """Ask the known questions twice and record the answers; or raise."""
    return await tried(Encoded(weights), f"onnxruntime {ort.__version__}", folder, tell)
