"""Keeps a guard harmless: a time limit, so many at once, and whatever goes wrong is unknown."""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from dsl.model import Cause
from guards.breaker import Breaker
from guards.cache import Cache
from guards.guard import Guard
from guards.judgement import Form, Judgement, NoJudgement, Raw
from guards.question import Question
from guards.skill.reading import Reading
from guards.turns import Turns

LONGEST_S: Final = 0.3
CHECK_S: Final = 60.0  # a server that has just started is slow
CLOSE_S: Final = 3.0
SPARED_S: Final = 0.02  # of what is left, so that the decision itself is not late
# The guard works, and this question has no answer all the same.
_WELL: Final = (Cause.NOT_A_LABEL, Cause.LOW_LABEL_MASS, Cause.INPUT_TOO_LONG, Cause.FACTS_MISSING)
# Nobody asked the guard, or it is not known to be broken.
_SILENT: Final = (Cause.OVERLOAD, Cause.BREAKER_OPEN, Cause.GUARD_CANARY)
Asks = Callable[[], Question]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heard:
    """Who is told of each judgement, and of faults that nobody foresaw."""

    noted: Callable[[str, Judgement], None] = lambda _name, _judgement: None
    fault: Callable[[str, Exception], None] = lambda _name, _error: None


class Asker:
    """Asks one guard. It never raises: what went wrong is the cause of an unknown."""

    def __init__(
        self,
        name: str,
        guard: Guard,
        reading: Reading,
        *,
        longest_s: float = LONGEST_S,
        heard: Heard | None = None,
    ) -> None:
        self.name = name
        self.guard = guard
        self.reading = reading
        reading.fit(guard.key)  # as far as it can be told before the guard was asked
        self.breaker = Breaker()
        self._longest = longest_s
        self._turns = Turns()
        self._cache = Cache()
        self.heard = heard or Heard()
        self.unwell: Cause | None = Cause.GUARD_CANARY  # nobody looked yet
        self._model: str | None = None
        self._prompt: str | None = None

    @property
    def is_well(self) -> bool:
        """Tell whether it would be asked now."""
        return self.unwell is None and not self.breaker.is_open

    async def ask(
        self, form: Form, asks: Asks, tenant: str, seconds: float, *, enforced: bool = True
    ) -> Judgement:
        """Return what the guard says within so many seconds, read by what it is good at.

        The question is made here, so that one which cannot be made is an unknown as well.
        """
        began = time.monotonic()
        try:
            question = asks()
            self._refuse(question, enforced=enforced)
            raw, cached = await self._raw(question, tenant, seconds)
            made = self.reading.read(question, raw, enforced=enforced)
            p, cause, calibration = made.p, made.cause, made.calibration
        except Exception as error:  # noqa: BLE001 - a guard may fail in any way; nobody knows then
            raw, cached, p, calibration = None, False, None, None
            cause = self._cause(error)
        judgement = Judgement(
            form,
            self.name,
            p,
            cause,
            None if raw is None else raw.logit,
            None if raw is None else raw.label_mass,
            self._model,
            self._prompt,
            calibration,
            round((time.monotonic() - began) * 1000, 3),
            cached,
        )
        self.heard.noted(self.name, judgement)
        return judgement

    async def check(self) -> None:
        """Ask what is known; from then on the guard is asked, or it is not until the next check."""
        try:
            async with asyncio.timeout(CHECK_S):
                await _of_guard(self.guard.open())
                await _of_guard(self.guard.check())
            self._model, self._prompt = self.guard.model, self.guard.prompt
            self.reading.fit(self.guard.key)
        except Exception as error:  # noqa: BLE001 - as above
            self.unwell = self._cause(error)
            self._cache = Cache()  # since when it is another guard, nobody knows
            self.breaker.open()
            return
        self.unwell = None
        self.breaker.close()

    async def close(self) -> None:
        """Have the guard let go of everything; one that does not is left."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await _of_guard(self.guard.close())
        except Exception as error:  # noqa: BLE001 - as above
            self.heard.fault(self.name, error)

    def _refuse(self, question: Question, *, enforced: bool) -> None:
        """Raise, before anything is asked, where the answer could not be used."""
        if self.unwell is not None:
            raise NoJudgement(self.unwell)
        if question.form not in self.guard.answers:
            raise NoJudgement(Cause.NO_GUARD)
        self.reading.refuse(question, enforced=enforced)

    async def _raw(self, question: Question, tenant: str, seconds: float) -> tuple[Raw, bool]:
        key, cache = self._key(question), self._cache
        if (kept := cache.find(tenant, key)) is not None:
            return kept, True
        if self.breaker.is_open:
            raise NoJudgement(Cause.BREAKER_OPEN)
        limit = min(self._longest, seconds - SPARED_S)
        if limit <= 0:
            raise NoJudgement(Cause.TIMEOUT)
        raw = await self._asked(question, tenant, limit)
        if self._cache is not cache:  # a check went wrong meanwhile
            raise NoJudgement(self.unwell or Cause.GUARD_CANARY)
        cache.keep(tenant, key, raw)
        return raw, False

    async def _asked(self, question: Question, tenant: str, limit: float) -> Raw:
        waited = True
        try:
            async with asyncio.timeout(limit) as timer, self._turns.turn(tenant) as waited:
                raw = _answer(await _of_guard(self.guard.judge(question, limit)))
        except NoJudgement as error:
            self._went(error.cause)
            raise
        except Exception as error:
            if timer.expired() and (waited or limit < self._longest):
                raise  # the guard was not given its whole time: a caller's deadline may be short
            self._went(Cause.TIMEOUT if isinstance(error, TimeoutError) else Cause.FAULT)
            raise
        self.breaker.went(well=True)
        return raw

    def _went(self, cause: Cause) -> None:
        """Note a fault; a server that is dead for good is not asked again."""
        if cause is Cause.ENGINE_DEAD:
            self.breaker.open()
        elif cause not in _SILENT:
            self.breaker.went(well=cause in _WELL)

    def _cause(self, error: Exception) -> Cause:
        if isinstance(error, NoJudgement):
            return error.cause
        if isinstance(error, TimeoutError):
            return Cause.TIMEOUT
        self.heard.fault(self.name, error)
        return Cause.FAULT

    def _key(self, question: Question) -> str:
        told = [self.name, self._model, self._prompt, self.reading.key, question.digest]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


async def _of_guard(work: Awaitable[T]) -> T:
    """Return what a guard comes to. One that is cancelled while nobody cancels who asks has failed.

    It may wait for work of its own that was: left as it is, that would end the decision, or the
    checks of all guards, as if they were to end. Nor does a guard's `sys.exit()` end the gateway.
    """
    try:
        return await work
    except SystemExit as error:
        raise RuntimeError("a guard asked the process to end") from error
    except asyncio.CancelledError as error:
        asks = asyncio.current_task()
        if asks is None or asks.cancelling():
            raise
        raise RuntimeError("a guard was cancelled by itself") from error


def _answer(said: object) -> Raw:
    """Return an answer that is one, whatever the guard's promises are worth."""
    if not isinstance(said, Raw):
        raise NoJudgement(Cause.BAD_SHAPE)
    return said
