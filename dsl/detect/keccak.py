"""Keccak-256 as Ethereum uses it: SHA-3 before its padding was changed, so not in `hashlib`."""

from typing import Final

_MASK: Final = (1 << 64) - 1
_RATE: Final = 136  # bytes taken in at once


def _constants() -> tuple[int, ...]:
    """Compute the constants of the 24 rounds from their shift register."""
    register, found = 1, []
    for _ in range(24):
        constant = 0
        for place in range(7):
            if register & 1:
                constant |= 1 << ((1 << place) - 1)
            register = register << 1 ^ (register >> 7) * 0x171
        found.append(constant)
    return tuple(found)


def _moves() -> tuple[tuple[int, int], ...]:
    """Compute where each lane goes, and by how much it is turned, in the order of the walk."""
    x, y, found = 1, 0, []
    for step in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        found.append((x + 5 * y, (step + 1) * (step + 2) // 2 % 64))
    return tuple(found)


_CONSTANTS: Final = _constants()
_MOVES: Final = _moves()


def _round(lanes: list[int], constant: int) -> list[int]:
    """Mix the 25 lanes once."""
    a = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
    d = [a[x - 1] ^ (a[x - 4] << 1 & _MASK | a[x - 4] >> 63) for x in range(5)]
    lanes = [lane ^ d[place % 5] for place, lane in enumerate(lanes)]
    carried = lanes[1]
    for place, turn in _MOVES:
        lane, lanes[place] = lanes[place], (carried << turn & _MASK) | carried >> (64 - turn)
        carried = lane
    lanes = [
        lanes[row + x] ^ (~lanes[row + (x + 1) % 5] & lanes[row + (x + 2) % 5])
        for row in range(0, 25, 5)
        for x in range(5)
    ]
    lanes[0] ^= constant
    return lanes


def keccak256(data: bytes) -> bytes:
    """Return the hash of a short message, one that fits into a single block."""
    if len(data) >= _RATE:
        raise ValueError("the message is longer than one block")
    block = bytearray(data.ljust(_RATE, b"\0"))
    block[len(data)] |= 1
    block[-1] |= 0x80
    lanes = [int.from_bytes(block[at : at + 8], "little") for at in range(0, _RATE, 8)] + [0] * 8
    for constant in _CONSTANTS:
        lanes = _round(lanes, constant)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])
