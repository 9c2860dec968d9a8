"""Bundles for tests: of a small bank, signed or forged."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.bundles.bundle import PREFIX, Bundle, Stamp
from app.bundles.making import built, signed
from memory.records.record import canonical
from tests.harness import POLICY

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY: Final = Ed25519PrivateKey.generate()
OTHER: Final = Ed25519PrivateKey.generate()


def folder(at: Path, policy: str = POLICY) -> Path:
    """Return a folder with one policy."""
    at.mkdir(parents=True, exist_ok=True)
    (at / "bank.bar").write_text(policy, "utf-8")
    return at


def bundle(at: Path, policy: str = POLICY) -> Bundle:
    """Return a bundle that nobody signed."""
    return built(folder(at, policy))


def stamp(number: int = 1, now: datetime = NOW, lasts: timedelta = timedelta(days=1)) -> Stamp:
    """Return what whoever signs says."""
    return Stamp(number, now, now + lasts)


def raw(at: Path, number: int = 1, policy: str = POLICY, key: Ed25519PrivateKey = KEY) -> bytes:
    """Return a signed bundle."""
    return signed(bundle(at, policy), key, stamp(number))


def forged(told: Mapping[str, Any] | str, key: Ed25519PrivateKey = KEY) -> bytes:
    """Return any content at all, signed as a bundle is."""
    content = told if isinstance(told, str) else canonical(dict(told))
    signature = base64.b64encode(key.sign(PREFIX + content.encode())).decode()
    return canonical({"content": content, "signature": signature}).encode()


def content(signed_bundle: bytes) -> dict[str, Any]:
    """Return what a bundle says."""
    told: dict[str, Any] = json.loads(json.loads(signed_bundle)["content"])
    return told
