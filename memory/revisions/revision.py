"""One revision as it is kept: its files word by word, and the digest that records name it by."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from dsl.errors import DrawbarError
from memory.records.record import canonical

MOST_BYTES: Final = 64 << 20  # of all files together
SHOWN: Final = 19  # of a digest stand in a revision's name: `sha256:` and 12 digits


class RevisionFault(DrawbarError):
    """A revision that cannot be kept or read."""


class NoRevision(RevisionFault):
    """There is no such revision, or more than one."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a policy folder, by its name in there."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Texts:
    """What policies were read from. `order` names the files as the digest covers them.

    A tools file that two policies name is covered twice. Of `bindings.toml` the digest covers what
    it binds, which `bindings` writes out, and the signature covers its text.
    """

    files: tuple[File, ...]
    order: tuple[str, ...]
    bindings: str = ""

    def digest(self) -> str:
        """Return the digest of what decides."""
        texts = {one.name: one.text for one in self.files}
        return digest_of((texts[name] for name in self.order), self.bindings)


class Named(msgspec.Struct):
    """What a record says of the policies that decided."""

    revision: str | None = None
    revision_digest: str | None = None


NAMED: Final = msgspec.json.Decoder(Named)


def digest_of(texts: Iterable[str], bindings: str = "") -> str:
    """Return the digest that a set of policies is known by."""
    found = hashlib.sha256()
    for text in texts:
        found.update(len(text).to_bytes(8, "big") + text.encode())
    found.update(bindings.encode())
    return f"sha256:{found.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision, and the writer that first had it in force."""

    digest: str
    at: datetime
    writer: str
    key: str
    texts: Texts

    def content(self) -> str:
        """Write it as it is signed."""
        texts = {**asdict(self.texts), "files": [asdict(one) for one in self.texts.files]}
        told = {"digest": self.digest, "writer": self.writer, "key": self.key}
        return canonical({**told, **texts, "at": self.at.isoformat()})


def revision(content: str) -> Revision:
    """Read a revision as it was written."""
    told: dict[str, Any] = json.loads(content)
    files = tuple(File(**one) for one in told["files"])
    texts = Texts(files, tuple(told["order"]), told["bindings"])
    at = datetime.fromisoformat(told["at"])
    return Revision(told["digest"], at, told["writer"], told["key"], texts)


@dataclass(frozen=True, slots=True)
class Taken:
    """That a writer took a revision up, and how many it had by then."""

    writer: str
    number: int
    digest: str
    at: datetime
    key: str

    @property
    def name(self) -> str:
        """Return what records of this writer call the revision."""
        return named(self.number, self.digest)

    def content(self) -> str:
        """Write it as it is signed."""
        return canonical({**asdict(self), "at": self.at.isoformat()})


def named(number: int, digest: str) -> str:
    """Return what a writer calls a revision in its records."""
    return f"{number}:{digest[:SHOWN]}"
