"""Runs an encoder: one text in, numbers out. One text at a time, so that none depends on others.

How int8 arithmetic rounds depends on all that is computed together. Texts that run in one batch
would have other numbers than each alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from guards.classifier.encoder import folder as folders
from guards.classifier.encoder.folder import Manifest
from guards.classifier.encoder.tokens import ids, tokenizer

Numbers = NDArray[np.float32]
_FATAL: Final = 4  # what goes wrong is raised; nothing is printed beside
# The largest part of a text that is looked at: far more than so many tokens have.
CHARS_A_TOKEN: Final = 64


class Runtime:
    """An encoder in memory. Several threads may ask it at once."""

    def __init__(self, manifest: Manifest, model: bytes, words: bytes, threads: int) -> None:
        self.manifest = manifest
        self._session = _session(model, threads)
        self._tokenizer = tokenizer(words)

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> "Runtime":
        """Read a folder whose files are those that it says; raise `NotAnEncoder` otherwise."""
        manifest = folders.read(folder)
        model, words = (folders.load(folder, manifest, name) for name in folders.READ)
        return cls(manifest, model, words, threads)

    def ids(self, text: str) -> list[int]:
        """Return a text as the numbers of its tokens, however many."""
        return ids(self._tokenizer, text[: self.chars])

    @property
    def chars(self) -> int:
        """Return how many characters of a text are looked at."""
        return CHARS_A_TOKEN * self.manifest.tokens

    def run(self, ids: Sequence[int]) -> Numbers:
        """Return what comes out for one text, of no more tokens than the encoder reads."""
        if not 0 < len(ids) <= self.manifest.tokens:
            raise ValueError("a text has at least one token, and no more than the encoder reads")
        fed: dict[str, Any] = {"ids": np.asarray(ids, dtype=np.int64)}
        out: Numbers = self._session.run(None, fed)[0]
        return out


def _session(model: bytes, threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
