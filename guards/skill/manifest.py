"""The file `skill.json`: what a guard was shown to be able to do."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from dsl import strictjson
from guards.judgement import Form
from guards.skill.band import Band
from guards.skill.curve import Curve
from guards.skill.entry import About, Entry
from guards.skill.reading import Key, Reading

FILE: Final = "skill.json"
VERSION: Final = 1


class NotASkill(ValueError):
    """A manifest that cannot be read; it says why."""


def read(path: Path) -> Reading:
    """Return the skill that a file tells; where there is none, the guard has none."""
    if not path.is_file():
        return Reading()
    content = path.read_bytes()
    try:
        told: Any = strictjson.read(content)
        key = Key(**{name: str(value) for name, value in told["key"].items()})
        entries = tuple(_entry(one) for one in told["entries"])
        version = told["version"]
    except (strictjson.InvalidJson, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotASkill(f"`{path}` is no skill manifest") from error
    if version != VERSION:
        raise NotASkill(f"`{path}` was written by another version")
    return Reading(entries, key, hashlib.sha256(content).hexdigest()[:16])


def write(path: Path, key: Key, entries: Sequence[Entry], about: Mapping[str, Any]) -> None:
    """Write a manifest; `about` is for people, and is not read again."""
    told = {
        "version": VERSION,
        "about": dict(about),
        "key": asdict(key),
        "entries": [asdict(one) for one in entries],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def _entry(told: Mapping[str, Any]) -> Entry:
    about, curve, band = told["about"], told["curve"], told["band"]
    return Entry(
        About(Form(about["form"]), *(about[name] for name in _NAMES)),
        int(told["labels"]),
        int(told["clusters"]),
        float(told["auroc"]),
        float(told["bound"]),
        {str(name): float(value) for name, value in told["baselines"].items()},
        None if curve is None else _curve(curve),
        None if band is None else Band(float(band["fine"]), float(band["violation"])),
    )


_NAMES: Final = ("kind", "polarity", "sentence", "label")


def _curve(told: Mapping[str, Any]) -> Curve:
    if told["method"] not in ("temperature", "platt", "isotonic"):
        raise ValueError("a curve has one of three methods")
    steps = (tuple(map(float, told["xs"])), tuple(map(float, told["ys"])))
    return Curve(told["method"], float(told["slope"]), float(told["offset"]), *steps)
