"""The vectors of calls, as many as there is room for, and the nearest of them to one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memory.similar.hashed import NARROW, Numbers

MOST: Final = 100_000  # calls of one tenant
_FEWEST: Final = 1_024  # rows that there is room for at first, and that are moved at once
_LET_GO: Final = 20  # one in so many goes, the oldest, where there is no room for more
_MORE: Final = 4  # times as many are looked at, where too many were the same
_KINDS: Final = {"id": "S40", "at": "i8", "expires": "i8", "alike": "u8"}

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a call beside its vector; `alike` tells calls with the same arguments."""

    decision: str
    at: datetime
    expires: datetime
    alike: int


@dataclass(frozen=True, slots=True)
class Near:
    """Calls with the same arguments that are near: the newest, and how many there are.

    `at` is in microseconds since 1970.
    """

    decision: str
    at: int
    score: float
    alike: int
    times: int


class Index:
    """Vectors in one piece of memory, which grows up to its end."""

    def __init__(self, most: int = MOST, width: int = NARROW) -> None:
        self._most = most
        self._many = 0
        self._held: dict[str, NDArray[Any]] = {
            name: np.zeros(0, dtype=kind) for name, kind in _KINDS.items()
        }
        self._held["vector"] = np.zeros((0, width), dtype=np.float32)
        self._version = 0  # of what is held: what was sorted before it changed is worth nothing
        self._sorted: tuple[int, Places, NDArray[np.uint64]] | None = None

    def __len__(self) -> int:
        return self._many

    @property
    def size(self) -> int:
        """Return how many bytes it takes."""
        more = () if self._sorted is None else self._sorted[1:]
        return sum(one.nbytes for one in (*self._held.values(), *more))

    def add(self, rows: Sequence[Row], vectors: Numbers) -> None:
        """Add calls that are not there yet; where there is no room, the oldest go."""
        if not rows:
            return
        self._make_room(len(rows))
        new = slice(self._many, self._many + len(rows))
        self._held["id"][new] = [one.decision.encode() for one in rows]
        self._held["at"][new] = [_micros(one.at) for one in rows]
        self._held["expires"][new] = [_micros(one.expires) for one in rows]
        self._held["alike"][new] = np.array([one.alike for one in rows], dtype=np.uint64)
        self._held["vector"][new] = vectors
        self._many += len(rows)
        self._version += 1

    def drop(self, now: datetime) -> None:
        """Let go of what is past its days."""
        stays = self._column("expires") > _micros(now)
        if not stays.all():
            self._keep(np.flatnonzero(stays))

    def nearest(self, query: Numbers, many: int, but: Collection[str] = ()) -> list[Near]:
        """Return the nearest calls, those with the same arguments as one, best first."""
        # Not by BLAS, which would take every processor from those who decide.
        scores: Numbers = np.einsum("ij,j->i", self._column("vector"), query)
        left_out, wanted = {one.encode() for one in but}, many
        while self._many:
            found = self._distinct(scores, _top(scores, wanted), left_out)
            if len(found) >= many or wanted >= self._many:
                return found[:many]
            wanted *= _MORE
        return []

    def named(self, alike: int) -> list[str]:
        """Return the calls that have the same arguments."""
        order, (start,), (end,) = self._alike(np.array([alike], dtype=np.uint64))
        return [one.decode() for one in self._column("id")[order[start:end]]]

    def _distinct(self, scores: Numbers, top: Places, but: Collection[bytes]) -> list[Near]:
        """Return the calls at some places, best first, each with all that have its arguments."""
        best: dict[int, float] = {}
        numbers = self._column("alike")[top]
        for number, score in zip(numbers.tolist(), scores[top].tolist(), strict=True):
            best[number] = max(score, best.get(number, score))
        order, starts, ends = self._alike(np.array(list(best), dtype=np.uint64))
        names, moments = self._column("id"), self._column("at")
        found = []
        for (number, score), start, end in zip(best.items(), starts, ends, strict=True):
            same = order[start:end]
            if but and (len(same) > 1 or names[same[0]] in but):
                same = same[[one not in but for one in names[same].tolist()]]
            if len(same):
                newest = same[np.argmax(moments[same])] if len(same) > 1 else same[0]
                at = int(moments[newest])
                found.append(Near(names[newest].decode(), at, round(score, 4), number, len(same)))
        return sorted(found, key=_order)

    def _alike(self, numbers: NDArray[np.uint64]) -> tuple[Places, list[int], list[int]]:
        """Return an order of all calls, and in it where those stand that have some arguments.

        Whose look was broken off may still be at it while the next one takes calls in: what it
        sorts bears the version that it began with, and is never taken for a newer one.
        """
        version, found = self._version, self._sorted
        if found is None or found[0] != version:
            held = self._column("alike")
            by_number = np.argsort(held, kind="stable")
            found = self._sorted = version, by_number, held[by_number]
        _, order, known = found
        starts, ends = (np.searchsorted(known, numbers, side) for side in ("left", "right"))
        return order, starts.tolist(), ends.tolist()

    def _column(self, name: str) -> NDArray[Any]:
        return self._held[name][: self._many]

    def _make_room(self, many: int) -> None:
        if self._many + many > self._most:
            gone = max(self._many + many - self._most, self._most // _LET_GO)
            self._keep(np.sort(np.argsort(self._column("at"), kind="stable")[gone:]))
        room = len(self._held["id"])
        if self._many + many > room:
            room = min(max(2 * room, self._many + many, _FEWEST), max(self._most, many))
            self._held = {name: _longer(one, room) for name, one in self._held.items()}

    def _keep(self, at: Places) -> None:
        """Keep what stands at some places, in their order; nothing stays behind of the rest.

        All moves up, a few rows at a time: a copy of everything at once takes far longer.
        """
        for held in self._held.values():
            for first in range(0, len(at), _FEWEST):
                some = at[first : first + _FEWEST]
                held[first : first + len(some)] = held[some]
            held[len(at) : self._many] = np.zeros((), dtype=held.dtype)
        self._many = len(at)
        self._version += 1


def _order(one: Near) -> tuple[float, float, str]:
    return -one.score, -one.at, one.decision


def _top(scores: Numbers, many: int) -> Places:
    """Return the places of the highest scores."""
    if many >= len(scores):
        return np.arange(len(scores))
    return np.argpartition(scores, len(scores) - many)[-many:]


def _longer(held: NDArray[Any], room: int) -> NDArray[Any]:
    made = np.zeros((room, *held.shape[1:]), dtype=held.dtype)
    made[: len(held)] = held
    return made


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICRO
