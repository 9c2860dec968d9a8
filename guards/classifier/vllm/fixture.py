"""What a served guard was seen to do when it was verified: a file in the guard's folder."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from dsl import strictjson
from dsl.model import Cause
from guards.judgement import NoJudgement

FILE: Final = "fixture.json"
VERSION: Final = 1
DIGITS: Final = 16
UNVERIFIED: Final = "unverified"


@dataclass(frozen=True, slots=True)
class Fixture:
    """One verification: of which model, asked in which way, on which server, and what it said."""

    model: str
    family: str
    prompt: str
    server: str
    at: str
    routes: tuple[str, ...]
    label_ids: Mapping[str, int]
    max_model_len: int | None
    canary: tuple[float, ...]

    @property
    def digest(self) -> str:
        """Name the weights by what they answered: their name alone can be given to others."""
        told = json.dumps([sorted(self.label_ids.items()), self.canary])
        return hashlib.sha256(told.encode()).hexdigest()[:DIGITS]


def read(folder: Path) -> Fixture:
    """Return what was recorded; a guard that nobody verified is not asked."""
    try:
        told: Any = strictjson.read((folder / FILE).read_bytes())
        return _fixture(told)
    except (OSError, strictjson.InvalidJson, KeyError, TypeError, ValueError):
        raise NoJudgement(Cause.GUARD_CANARY) from None


def known_by(folder: Path | None) -> str:
    """Return what names the weights that were verified; `UNVERIFIED` where none were."""
    try:
        return UNVERIFIED if folder is None else read(folder).digest
    except NoJudgement:
        return UNVERIFIED


def write(folder: Path, fixture: Fixture) -> Path:
    """Record a verification."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    told = {"version": VERSION, **asdict(fixture)}
    path.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    return path


def _fixture(told: Mapping[str, Any]) -> Fixture:
    if told["version"] != VERSION:
        raise ValueError("it was written by another version")
    length = told["max_model_len"]
    return Fixture(
        str(told["model"]),
        str(told["family"]),
        str(told["prompt"]),
        str(told["server"]),
        str(told["at"]),
        tuple(map(str, told["routes"])),
        {str(name): int(one) for name, one in told["label_ids"].items()},
        None if length is None else int(length),
        _numbers(told["canary"]),
    )


def _numbers(told: Sequence[Any]) -> tuple[float, ...]:
    return tuple(float(one) for one in told)
