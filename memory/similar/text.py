"""A call as text, in parts: its tool, and each argument with the name of its place.

Of strangers' values nothing is kept among what memory may know of a call, so nothing is here.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from dsl import strictjson
from memory.induction.case import Case, Withheld

MOST_PARTS: Final = 64
MOST_BYTES: Final = 1_024  # of one part
MOST_OF_ALL: Final = 8_192  # of one call
SHOWN: Final = 2_000  # characters of a call, as a person sees it
NOT_KEPT: Final = "(not kept)"  # unlike a text, it stands without quotes
_CUT: Final = " ..."


class Part(NamedTuple):
    """One part of a call: where it stands, without the places of lists, and what it says."""

    place: bytes
    text: bytes


def parts(case: Case) -> list[Part]:
    """Return a call in parts, as much of it as is compared."""
    found = [Part(b"", _bytes(case.tool))]
    left = MOST_OF_ALL - len(found[0].text)
    for steps, value in _leaves(case.features.args):
        if len(found) >= MOST_PARTS or left <= 0:
            break
        name = ".".join("[]" if isinstance(one, int) else one for one in steps)
        part = Part(_bytes(name), _bytes(_text(value))[:left])
        left -= len(part.text)
        found.append(part)
    return found


def alike(case: Case) -> int:
    """Return a number that calls of one tool with the same arguments have in common."""
    found = hashlib.blake2b(repr(case.tool).encode(), digest_size=8)
    for place in _leaves(case.features.args):
        found.update(repr(place).encode())  # each of its texts stands in quotes
    return int.from_bytes(found.digest(), "little")


def shown(case: Case) -> str:
    """Return a call as a person sees it; what is long is cut."""
    found, length = [case.tool], len(case.tool)
    for steps, value in _leaves(case.features.args):
        if length > SHOWN:
            break
        found.append(f"{_named(steps)}={_written(value)}")
        length += len(found[-1]) + 1
    whole = " ".join(found).encode("utf-8", "replace").decode()
    return whole if len(whole) <= SHOWN else whole[:SHOWN] + _CUT


def _leaves(args: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield what stands at the ends of arguments, however deep, in the order of their names."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), args)]
    while waiting:
        steps, value = waiting.pop()
        inner = _inner(value)
        if inner:
            waiting.extend(((*steps, step), one) for step, one in reversed(inner))
        elif steps:
            yield steps, value


def _inner(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        return [(str(name), value[name]) for name in sorted(value)]
    return list(enumerate(value)) if isinstance(value, list | tuple) else []


def _named(steps: tuple[str | int, ...]) -> str:
    told = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in steps)
    return "".join(told).removeprefix(".")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _written(value)


def _written(value: Any) -> str:
    if isinstance(value, Withheld):
        return NOT_KEPT
    return strictjson.canonical(value[:SHOWN] if isinstance(value, str) else value)


def _bytes(text: str) -> bytes:
    return text[:MOST_BYTES].encode("utf-8", "replace")[:MOST_BYTES]
