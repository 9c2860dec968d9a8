"""The facts of one decision: judged by what is known, looked up together, and judged again."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol, TypeVar

from app.facts.asker import Answer, Asker
from app.facts.cache import Cache, Entry, Key, Place, Writes
from app.facts.source import NoFact, Outcome, plain
from dsl import strictjson, syntax
from dsl.model import Cause, FactRead
from dsl.types import Unknown

T = TypeVar("T")
# Four facts may need each other, and a call that rules changed needs its own.
ROUNDS: Final = 8
SHARE: Final = 0.9  # of the time that is left; the rest is for judging


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where one session keeps what it looks up; `writes` is None while nothing may be kept."""

    cache: Cache
    place: Place
    writes: Writes | None

    def find(self, key: Key) -> Answer | None:
        """Return what the session still knows."""
        found = None if self.writes is None else self.cache.find(self.place, key, self.writes)
        return None if found is None else Answer(Outcome.KEPT, 0.0, found[0])

    def keep(self, key: Key, answer: Answer, until: float) -> None:
        """Keep a value, if anything may be kept."""
        if self.writes is not None:
            entry = Entry(answer.value, self.writes, until, answer.size)
            self.cache.keep(self.place, key, entry)


@dataclass(frozen=True, slots=True)
class _Want:
    """Something that must be looked up, and the longest that anybody waits for it."""

    asker: Asker
    args: Mapping[str, Any]
    within: float


class Asked:
    """What one decision asks of sources. An answer stands for the whole decision."""

    def __init__(
        self,
        askers: Mapping[str, Asker],
        given: Mapping[str, Any],
        keeping: Callable[[], Keeping | None],
    ) -> None:
        self._askers = askers
        self._given = given
        self._made = keeping
        self._answers: dict[Key, Answer] = {}
        self._args: dict[Key, Mapping[str, Any]] = {}
        self._wanted: dict[Key, _Want] = {}

    @cached_property
    def _keeping(self) -> Keeping | None:
        return self._made()

    @property
    def wanted(self) -> bool:
        """Tell whether something must be looked up before all is known that was asked."""
        return bool(self._wanted)

    @property
    def read(self) -> tuple[FactRead, ...]:
        """Return what was looked up, and what came of it."""
        return tuple(
            FactRead(key[0], self._args[key], answer.value, answer.cause, str(answer.outcome))
            for key, answer in self._answers.items()
        )

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        """Return what is known of a fact, and note what must be looked up. See `State.look_up`."""
        shown = f"fact.{fact.name}"
        lookup = fact.lookup
        asker = None if lookup is None else self._askers.get(lookup.source)
        if fact.name in self._given and (asker is None or asker.from_request):
            return self._given[fact.name]
        if lookup is None or asker is None:
            return Unknown(Cause.NO_FACT, shown)
        within = lookup.within.total_seconds()
        answer = self._answer(asker, args, within)
        return Unknown(Cause.TIMEOUT, shown) if answer is None else answer.told(within, shown)

    def _answer(self, asker: Asker, args: Mapping[str, Any], within: float) -> Answer | None:
        """Return what is known of a look-up, or want it."""
        try:
            asked = plain(args)
        except NoFact as error:
            return Answer(error.outcome, 0.0)
        key = (asker.name, strictjson.canonical(asked))
        if key in self._answers:
            return self._answers[key]
        self._args[key] = asked
        kept = self._keeping.find(key) if self._keeping is not None else None
        if kept is not None:
            asker.count(kept.outcome)
            self._answers[key] = kept
            return kept
        longest = max(within, self._wanted[key].within) if key in self._wanted else within
        self._wanted[key] = _Want(asker, asked, longest)
        return None

    def stop(self) -> None:
        """Want nothing any more."""
        self._wanted.clear()

    async def fetch(self, seconds: float) -> None:
        """Look everything up that is wanted, all at once; none of it is wanted any more."""
        wanted, self._wanted = self._wanted, {}
        await asyncio.gather(*(self._fetch(key, want, seconds) for key, want in wanted.items()))

    async def _fetch(self, key: Key, want: _Want, seconds: float) -> None:
        began = time.monotonic()
        answer = await want.asker.ask(want.args, min(want.within, seconds))
        self._answers[key] = answer
        age = want.asker.source.max_age_s
        if answer.cause is None and age > 0 and self._keeping is not None:
            self._keeping.keep(key, answer, began + age)


class Wants(Protocol):
    """What a decision may have to wait for."""

    @property
    def wanted(self) -> bool:
        """Tell whether something must be asked before all is known."""
        ...

    async def fetch(self, seconds: float) -> None:
        """Ask what is wanted, within so many seconds."""
        ...


async def in_rounds(judge: Callable[[], T], asked: Wants, left: Callable[[], float]) -> T:
    """Judge, look up what was asked for and is not known, and judge again, while there is time."""
    judged = judge()
    for _ in range(ROUNDS):
        if not asked.wanted or left() <= 0:
            break
        await asked.fetch(left() * SHARE)
        judged = judge()
    return judged
