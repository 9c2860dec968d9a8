"""The checksum of bech32 and bech32m, the newer addresses of Bitcoin."""

from typing import Final

_CHARSET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUE: Final = {one: value for value, one in enumerate(_CHARSET)}
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_FOLDED: Final = tuple(
    (top & 1) * _GENERATOR[0]
    ^ (top >> 1 & 1) * _GENERATOR[1]
    ^ (top >> 2 & 1) * _GENERATOR[2]
    ^ (top >> 3 & 1) * _GENERATOR[3]
    ^ (top >> 4) * _GENERATOR[4]
    for top in range(32)
)
_PREFIX: Final = (3, 3, 0, 2, 3)  # `bc`, spread as the checksum wants it
_BECH32: Final = 1
_BECH32M: Final = 0x2BC830A3


def remainder(text: str) -> int:
    """Return what the checksum of an address that begins with `bc1` comes to."""
    total = 1
    for value in (*_PREFIX, *(_VALUE[one] for one in text[3:].lower())):
        total = (total & 0x1FFFFFF) << 5 ^ value ^ _FOLDED[total >> 25]
    return total


def is_segwit(text: str) -> bool:
    """Tell whether the checksum is that of the version of the address."""
    return remainder(text) == (_BECH32 if text[3] in "qQ" else _BECH32M)
