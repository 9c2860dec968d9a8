"""A bundle: the files of policies word by word, and what whoever signs it says of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.bundles.interventions import Interventions
from dsl.errors import DrawbarError
from memory.records.record import canonical
from memory.revisions.revision import File, Texts

FORMAT: Final = 1
FORMAT_INTERVENTIONS: Final = 2  # with who is frozen: what does not know of that must refuse it
MOST_BYTES: Final = 16 << 20  # of a bundle as it is sent
MOST_FILES: Final = 10_000
LONGEST_NAME: Final = 512
MOST_NUMBER: Final = 2**53 - 1
# What is signed begins so, and a signature under anything else is none of a bundle.
PREFIX: Final = b"drawbar bundle 1\n"
SKEW: Final = timedelta(minutes=5)  # that the clock of whoever signs may be ahead


class BundleFault(DrawbarError):
    """A bundle that cannot be made, read or believed."""


class OutOfTime(BundleFault):
    """A bundle whose time has not come or is over, by the clock of this machine."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What whoever signs says: which bundle of all of them it is, from when, and until when."""

    number: int  # greater than that of every bundle before
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Bundle:
    """Policies as they are handed on; without a stamp they are not signed yet.

    A gateway says as well what holds beside them; a bundle that is made by hand says nothing of it.
    """

    digest: str
    texts: Texts
    stamp: Stamp | None = None
    interventions: Interventions | None = None

    @property
    def format(self) -> int:
        """Return the number of the form that it is written in."""
        return FORMAT if self.interventions is None else FORMAT_INTERVENTIONS

    def content(self) -> str:
        """Write it as it is signed: in one form only."""
        told = {
            "format": self.format,
            "digest": self.digest,
            "files": [_file(one) for one in self.texts.files],
            "order": list(self.texts.order),
            "bindings": self.texts.bindings,
        }
        if self.interventions is not None:
            told |= self.interventions.told()
        if self.stamp is not None:
            told["number"] = self.stamp.number
            told["issued_at"] = self.stamp.issued_at.isoformat()
            told["expires_at"] = self.stamp.expires_at.isoformat()
        return canonical(told)


def _file(one: File) -> dict[str, str]:
    return {"name": one.name, "text": one.text}


def written(bundle: Bundle, signature: str = "") -> bytes:
    """Return a bundle as a file holds it, or a gateway sends it."""
    raw = canonical({"content": bundle.content(), "signature": signature}).encode() + b"\n"
    if len(raw) > MOST_BYTES:
        raise BundleFault(f"a bundle holds at most {MOST_BYTES >> 20} MiB")
    return raw
