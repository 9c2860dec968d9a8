"""Puts a trained encoder into its folder, unless a better one lies there."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from dsl import strictjson
from guards.classifier.encoder.folder import FILE as ENCODER

FILE: Final = "training.json"
VERSION: Final = 1


class NotATraining(ValueError):
    """The folder holds something else, and is left as it is."""


def bound(out: Path) -> float | None:
    """Return the bound of what lies in a folder; None where nothing does."""
    if not out.exists() or not any(out.iterdir()):
        return None
    try:
        told = strictjson.read((out / FILE).read_bytes())
        return float(told["figures"]["bound"])
    except (OSError, strictjson.InvalidJson, KeyError, TypeError, ValueError) as error:
        raise NotATraining(f"`{out}` holds something else; name a folder of its own") from error


def describe(folder: Path, about: Mapping[str, Any]) -> None:
    """Write down how the files of a folder came about, and what they are."""
    files = {
        one.name: hashlib.sha256(one.read_bytes()).hexdigest()
        for one in sorted(folder.iterdir())
        if one.is_file() and one.name != FILE
    }
    told = {"version": VERSION, **about, "files": files}
    (folder / FILE).write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def put(candidate: Path, out: Path) -> None:
    """Move files over; what describes them comes last, so that a mixture is never taken for one."""
    out.mkdir(parents=True, exist_ok=True)
    (out / ENCODER).unlink(missing_ok=True)
    names = sorted((one.name for one in candidate.iterdir()), key=lambda name: name == ENCODER)
    for name in names:
        shutil.copyfile(candidate / name, out / f"{name}.new")
        (out / f"{name}.new").replace(out / name)
    shutil.rmtree(candidate)
