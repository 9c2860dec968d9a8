"""Cosines of a request with a tool, a call and arguments, each text read once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guards.classifier.embedded.off_task.features import Cosines


def cosines(folder: Path) -> Cosines:
    """Return what compares texts by an encoder, or raise where there is none."""
    from guards.classifier.encoder.cosines import Encoder, cosine  # noqa: PLC0415 - loads NumPy

    encoder = Encoder.load(folder, threads=1)
    known: dict[str, Any] = {}

    def vector(text: str) -> Any:
        if text not in known:
            (known[text],) = encoder.embed([text])
        return known[text]

    def compared(request: str, texts: Sequence[str]) -> list[float]:
        return [cosine(vector(request), vector(one)) for one in texts]

    return compared
