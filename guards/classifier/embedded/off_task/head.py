"""The head as a folder has it: `head.npz` with its trees, and `head.json` that says what it is."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dsl import strictjson
from dsl.errors import DrawbarError
from dsl.model import Cause
from guards.classifier.embedded.off_task import npz
from guards.classifier.embedded.off_task.features import PLAIN, VERSION, features
from guards.classifier.embedded.off_task.trees import Trees, trees
from guards.judgement import NoJudgement
from guards.question import Question

FILE: Final = "head.npz"
ABOUT: Final = "head.json"
LABEL: Final = "off_task"
_SHOWN: Final = 16


class NotAHead(DrawbarError):
    """A folder without a head that can be used; it says why."""


@dataclass(frozen=True, slots=True)
class OffTask:
    """Says how surely a call is not what the user asked for."""

    trees: Trees
    model: str

    def logit(self, question: Question) -> float:
        """See `Head`; only for calls of tools that are declared to change something."""
        if not question.changes:
            raise NoJudgement(Cause.FACTS_MISSING)
        return self.trees.logit(features(question))


def read(folder: Path) -> OffTask:
    """Return the head of a folder, or say why there is none."""
    about, content = _about(folder), _content(folder)
    digest = hashlib.sha256(content).hexdigest()
    if about.get("sha256") != digest:
        raise NotAHead(f"`{folder / FILE}` is not what `{ABOUT}` was written for")
    if about.get("version") != VERSION or about.get("features") != list(PLAIN):
        raise NotAHead(f"`{folder / FILE}` was trained on other facts than are worked out now")
    try:
        made = trees(npz.read(content), len(PLAIN))
    except npz.NotArrays as error:
        raise NotAHead(f"`{folder / FILE}` cannot be used: {error}") from error
    return OffTask(made, f"{LABEL}-{VERSION}-{digest[:_SHOWN]}")


def write(folder: Path, made: Trees, told: dict[str, Any]) -> None:
    """Write a head; `told` is for people, but for what is needed to read it."""
    content = npz.written(made.arrays())
    about = {
        "version": VERSION,
        "features": list(PLAIN),
        "sha256": hashlib.sha256(content).hexdigest(),
        **told,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(content)
    (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n", "utf-8")


def told(folder: Path) -> dict[str, Any] | None:
    """Return what is said of the head in a folder; none if there is no head."""
    return _about(folder) if (folder / ABOUT).is_file() else None


def _about(folder: Path) -> dict[str, Any]:
    try:
        found = strictjson.read((folder / ABOUT).read_bytes())
    except OSError as error:
        raise NotAHead(f"there is no `{ABOUT}` in `{folder}`") from error
    except strictjson.InvalidJson as error:
        raise NotAHead(f"`{folder / ABOUT}` is no JSON") from error
    if not isinstance(found, dict):
        raise NotAHead(f"`{folder / ABOUT}` is no object")
    return found


def _content(folder: Path) -> bytes:
    try:
        content = (folder / FILE).read_bytes()
    except OSError as error:
        raise NotAHead(f"there is no `{FILE}` in `{folder}`") from error
    if len(content) > npz.LARGEST:
        raise NotAHead(f"`{folder / FILE}` is larger than 1 MB")
    return content
