"""What a sidecar sends: the next records of one chain, and which policies decided them."""

from datetime import datetime
from typing import Annotated, Final

import msgspec

from dsl.errors import DrawbarError
from memory.revisions.revision import File, Texts

MOST_BYTES: Final = 32 << 20
MOST_RECORDS: Final = 1_000
_Id = Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]{1,40}$")]
_Engine = Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]{1,32}$")]
_Anchor = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")]
_Digest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class ShippingFault(DrawbarError):
    """A shipment that is not kept: it is not the next part of a chain that is known here."""


class Behind(ShippingFault):
    """A shipment that begins elsewhere than where the chain is known to end."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        super().__init__(f"the chain is known up to record {seq}; go on from there")


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who writes the chain, as it began."""

    id: _Id
    engine: _Engine
    started_at: datetime
    anchor: _Anchor


class Used(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Policies that the writer took up, with their texts where those may not be known."""

    number: _Count
    digest: _Digest
    at: datetime
    files: list[tuple[str, str]] = []
    order: list[str] = []
    bindings: str = ""

    @property
    def texts(self) -> Texts:
        """Return the texts."""
        files = tuple(File(name, text) for name, text in self.files)
        return Texts(files, tuple(self.order), self.bindings)


class Shipment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Records that follow record `after`; with `ended` there will be no more."""

    writer: Written
    after: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    records: list[str]
    used: list[Used]
    ended: bool = False


_DECODER: Final = msgspec.json.Decoder(Shipment)


def read(raw: bytes) -> Shipment:
    """Read what a sidecar sent."""
    try:
        told = _DECODER.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ShippingFault("this is no shipment of records") from error
    times = [told.writer.started_at, *(one.at for one in told.used)]
    if any(one.tzinfo is None for one in times):
        raise ShippingFault("this is no shipment of records")
    if max(len(told.records), len(told.used)) > MOST_RECORDS:
        words = f"{MOST_RECORDS} records, and as many policies"
        raise ShippingFault(f"a shipment has at most {words}")
    return told


def written(told: Shipment) -> bytes:
    """Write what is sent."""
    return msgspec.json.encode(told)
