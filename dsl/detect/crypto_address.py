"""Addresses of Bitcoin and Ethereum."""

from hashlib import sha256
from typing import Final

from dsl.detect.bech32 import is_segwit
from dsl.detect.detector import Detector
from dsl.detect.keccak import keccak256

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PLACE: Final = {one: place for place, one in enumerate(_BASE58)}
_BYTES: Final = 25  # one of the kind, twenty of the hash, four of the checksum
_KINDS: Final = b"\0\5"  # of a key, of a script
_SLOW: Final = 4  # the checksums of Bitcoin take twice as long as others,
_SLOWEST: Final = 120  # that of Ethereum about 0.3 ms


def is_base58(text: str) -> bool:
    """Tell whether the last four bytes are the start of the double hash of the others."""
    number = 0
    for one in text:
        number = number * 58 + _PLACE[one]
    if number.bit_length() > 8 * _BYTES:
        return False
    raw = number.to_bytes(_BYTES, "big")
    return raw[0] in _KINDS and sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def is_eip55(text: str) -> bool:
    """Tell whether the case of each letter is what the hash of the address says."""
    digits = text[-40:]
    marks = keccak256(digits.lower().encode()).hex()
    return all(
        one.isdigit() or one.isupper() == (mark >= "8")
        for one, mark in zip(digits, marks, strict=False)
    )


DETECTOR: Final = Detector(
    "crypto_address",
    "addresses of Bitcoin (base58 and bech32) and Ethereum",
    parts=(
        Detector(
            "crypto_address",
            "Bitcoin, base58",
            patterns=(rf"\b[13][{_BASE58}]{{25,34}}\b",),
            check=is_base58,
            cost=_SLOW,
        ),
        Detector(
            "crypto_address",
            "Bitcoin, bech32",
            patterns=(r"\b(?:bc1[02-9ac-hj-np-z]{39,59}|BC1[02-9AC-HJ-NP-Z]{39,59})\b",),
            check=is_segwit,
            cost=_SLOW,
        ),
        Detector(
            "crypto_address",
            "Ethereum, in one case",
            patterns=(r"\b0x(?:[0-9a-f]{40}|[0-9A-F]{40})\b",),
        ),
        Detector(
            "crypto_address",
            "Ethereum, in both cases",
            patterns=(r"\b0x[0-9A-Fa-f]{40}\b",),
            check=is_eip55,
            cost=_SLOWEST,
        ),
    ),
    examples=("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",),
)
