"""What stands where in a text: a mention of a value of some kind, with the form it is found by."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Mention(NamedTuple):
    """One value in a text.

    A weak one may be the value or not: the notation leaves something open. Without a form nobody
    can read it, and nothing else is looked for at its place.
    """

    kind: str
    form: str | None
    start: int
    end: int
    weak: bool = False


@dataclass(slots=True)
class Taken:
    """The parts of a text that are told already: no other kind of value is looked for in them."""

    text: str
    mentions: list[Mention] = field(default_factory=list)
    spans: list[tuple[int, int, str]] = field(default_factory=list)  # start, end, kind
    _mask: bytearray = field(init=False)

    def __post_init__(self) -> None:
        self._mask = bytearray(len(self.text))

    def is_free(self, start: int, end: int) -> bool:
        """Tell whether nothing was found there."""
        return not any(self._mask[start:end])

    def take(self, start: int, end: int, kind: str) -> None:
        """Keep a part of the text for a kind of value."""
        self._mask[start:end] = b"\x01" * (end - start)
        self.spans.append((start, end, kind))

    def free(self, found: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Yield the places that are free when they are come to."""
        return (place for place in found if self.is_free(*place))
