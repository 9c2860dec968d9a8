"""How an encoder is trained; two runs of one plan on one machine give the same weights."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from guards.training.weights import CONFIG, TOKENIZER, WEIGHTS


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a run."""

    labels: Path
    base: Path
    out: Path
    seed: int = 0
    epochs: int = 4
    batch: int = 16
    rate: float = 1e-4
    tokens: int = 128
    patience: int = 2  # so many epochs without a better one, and it ends
    threads: int = 1  # on a busy machine two that wait for each other are slower than one
    save_s: float = 60.0

    @property
    def work(self) -> Path:
        """Return where a run keeps what it needs to go on."""
        return self.out.with_name(f"{self.out.name}.work")

    def digest(self, version: str) -> str:
        """Name all that the weights follow from: only what another run did for this goes on."""
        told = asdict(self)
        for name in ("labels", "base", "out", "save_s"):
            del told[name]
        files = (self.labels, *(self.base / one for one in (CONFIG, WEIGHTS, TOKENIZER)))
        found = [hashlib.sha256(one.read_bytes()).hexdigest() for one in files]
        words = json.dumps([told, found, version], sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()
