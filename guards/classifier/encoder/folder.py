"""The folder of an encoder: an ONNX file, its tokenizer, and `encoder.json` with their digests.

`drawbar train export-encoder` makes one for vectors, `drawbar train encoder` one for a guard.
The digests find what was damaged or mixed up. They are no signature: whoever can write the folder
can write them too, so it is kept as policies are.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from dsl import strictjson

FILE: Final = "encoder.json"
MODEL: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
READ: Final = (MODEL, TOKENIZER)  # what is loaded; other files of the folder are not looked at
VERSION: Final = 1
DIGITS: Final = 16
MOST_TOKENS: Final = 512

Head = Literal["vector", "labels"]


class NotAnEncoder(ValueError):
    """A folder that holds no encoder, or another one than it says; it says why."""


@dataclass(frozen=True)
class Manifest:
    """What an encoder is: what comes out of it, how much text it reads, and its files."""

    head: Head
    tokens: int
    outputs: tuple[str, ...]  # the labels in the order of the logits; of a vector none
    bits: int
    files: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """Return what names the weights and how they are read: another digest, other answers."""
        told = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:DIGITS]


def sha256(content: bytes) -> str:
    """Return the digest of a file."""
    return hashlib.sha256(content).hexdigest()


def write(folder: Path, head: Head, tokens: int, outputs: tuple[str, ...], bits: int) -> Manifest:
    """Write down what lies in a folder."""
    files = {name: sha256((folder / name).read_bytes()) for name in READ}
    manifest = Manifest(head, tokens, outputs, bits, files)
    told = {"version": VERSION, **asdict(manifest)}
    (folder / FILE).write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    return manifest


def read(folder: Path) -> Manifest:
    """Return what a folder says that it holds."""
    try:
        content = (folder / FILE).read_bytes()
    except OSError as error:
        raise NotAnEncoder(
            f"`{folder}` holds no `{FILE}`: it is no folder of an encoder"
        ) from error
    try:
        return _manifest(strictjson.read(content))
    except (strictjson.InvalidJson, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAnEncoder(f"`{folder / FILE}` does not describe an encoder") from error


def load(folder: Path, manifest: Manifest, name: str) -> bytes:
    """Return a file whose content is the one that was written down."""
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise NotAnEncoder(f"`{folder / name}` cannot be read") from error
    if sha256(content) != manifest.files[name]:
        raise NotAnEncoder(f"`{folder / name}` is not the file that `{FILE}` speaks of")
    return content


def _manifest(told: Any) -> Manifest:
    if told["version"] != VERSION:
        raise ValueError("it was written by another version")
    head, tokens, bits = told["head"], int(told["tokens"]), int(told["bits"])
    outputs = tuple(map(str, told["outputs"]))
    if head not in ("vector", "labels") or not 0 < tokens <= MOST_TOKENS:
        raise ValueError("an encoder has a head, and a length of its texts")
    return Manifest(head, tokens, outputs, bits, {name: str(told["files"][name]) for name in READ})
