"""Reads bundles that anybody may have written: nothing is believed before it is held against keys.

There is nothing to unpack: a bundle is one JSON text, so that its size is what it takes, and its
files are names and texts, so that no link leads anywhere.
"""

import base64
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.bundles.bundle import (
    FORMAT,
    FORMAT_INTERVENTIONS,
    LONGEST_NAME,
    MOST_BYTES,
    MOST_FILES,
    MOST_NUMBER,
    PREFIX,
    SKEW,
    Bundle,
    BundleFault,
    OutOfTime,
    Stamp,
)
from app.bundles.interventions import Interventions, ToldBroken, ToldFrozen, instant
from app.bundles.interventions import read as read_interventions
from memory.revisions.revision import File, Texts

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    text: str


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    digest: str
    files: list[_File]
    order: list[str]
    bindings: str
    frozen: ToldFrozen | None = None
    broken: ToldBroken | None = None
    number: int | None = None
    issued_at: str | None = None
    expires_at: str | None = None


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    content: str
    signature: str


def verified(raw: bytes, keys: Sequence[Ed25519PublicKey], now: datetime) -> Bundle:
    """Return a bundle that one of the keys signed and whose time has not run out, or raise."""
    bundle, stamp = signed_by(raw, keys)
    in_time(stamp, now)
    return bundle


def signed_by(raw: bytes, keys: Sequence[Ed25519PublicKey]) -> tuple[Bundle, Stamp]:
    """Return a bundle that one of the keys signed, and what that says of it."""
    outer = _outer(raw)
    if not any(_is_signed(key, outer) for key in keys):
        raise BundleFault("the bundle is not signed by a key that is trusted")
    bundle = _inner(outer.content)
    if bundle.stamp is None:
        raise BundleFault("the bundle has no number and no end")
    return bundle, bundle.stamp


def in_time(stamp: Stamp, now: datetime) -> None:
    """Refuse a bundle whose time has not come, or has run out."""
    if stamp.issued_at > now + SKEW:
        raise OutOfTime("the bundle is from the future; compare the clocks")
    if stamp.expires_at <= now:
        raise OutOfTime(f"the bundle expired at {stamp.expires_at.isoformat()}")


def read(raw: bytes) -> tuple[Bundle, str]:
    """Return a bundle that nobody vouches for, and the signature that it has."""
    outer = _outer(raw)
    return _inner(outer.content), outer.signature


def _outer(raw: bytes) -> _Written:
    if len(raw) > MOST_BYTES:
        raise BundleFault(f"a bundle holds at most {MOST_BYTES >> 20} MiB")
    try:
        return msgspec.json.decode(raw, type=_Written)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleFault("this is not a bundle, or only a part of one") from error


def _is_signed(key: Ed25519PublicKey, outer: _Written) -> bool:
    try:
        signature = base64.b64decode(outer.signature, validate=True)
        key.verify(signature, PREFIX + outer.content.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _inner(content: str) -> Bundle:
    try:
        told = msgspec.json.decode(content, type=_Content)
        stamp, interventions = _stamp(told), _interventions(told)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BundleFault("the bundle's content cannot be read") from error
    if told.format not in {FORMAT, FORMAT_INTERVENTIONS}:
        known = f"{FORMAT} and {FORMAT_INTERVENTIONS}"
        raise BundleFault(f"the bundle has the format {told.format}; this version reads {known}")
    refuse_odd_names([one.name for one in told.files], told.order)
    files = tuple(File(one.name, one.text) for one in told.files)
    texts = Texts(files, tuple(told.order), told.bindings)
    bundle = Bundle(told.digest, texts, stamp, interventions)
    if not _DIGEST.fullmatch(told.digest) or bundle.texts.digest() != told.digest:
        raise BundleFault("the bundle's files are not those of its digest")
    if bundle.content() != content:  # such as with a key twice: others would read it otherwise
        raise BundleFault("the bundle is not written in the one form that is signed")
    return bundle


def _stamp(told: _Content) -> Stamp | None:
    given = (told.number, told.issued_at, told.expires_at)
    if given == (None, None, None):
        return None
    if told.number is None or told.issued_at is None or told.expires_at is None:
        raise ValueError("half a stamp")
    stamp = Stamp(told.number, instant(told.issued_at), instant(told.expires_at))
    if not 0 < stamp.number <= MOST_NUMBER or stamp.expires_at <= stamp.issued_at:
        raise ValueError("a stamp that says nothing")
    return stamp


def _interventions(told: _Content) -> Interventions | None:
    if told.frozen is None and told.broken is None:
        return None
    if told.frozen is None or told.broken is None:
        raise ValueError("freezes without glass, or the other way round")
    return read_interventions(told.frozen, told.broken)


def refuse_odd_names(names: Sequence[str], order: Iterable[str]) -> None:
    """Refuse what would not lie in one folder as files of their own."""
    if len(names) > MOST_FILES:
        raise BundleFault(f"a bundle holds at most {MOST_FILES} files")
    known = set(names)
    if len(known) < len(names):
        raise BundleFault("two files of the bundle have one name")
    if not known.issuperset(order):
        raise BundleFault("the bundle lacks a file that its digest covers")
    for name in names:
        _refuse_odd_name(name)
        if any(str(above) in known for above in PurePosixPath(name).parents):
            raise BundleFault(f"`{name!a}` would lie in another file of the bundle")


def _refuse_odd_name(name: str) -> None:
    parts = name.split("/")
    plain = name.isprintable() and "\\" not in name and len(name.encode()) <= LONGEST_NAME
    if not plain or any(part in {"", ".", ".."} for part in parts):
        raise BundleFault(f"{name[:80]!a} is no name of a file in a bundle")
