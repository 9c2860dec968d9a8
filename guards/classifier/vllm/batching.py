"""Sends questions that come at nearly one moment as one, for servers that are faster so.

Each member keeps its own deadline. Nobody is given another's answer: rows are matched by their
numbers, and where these are not exactly those that were asked, nobody is given any.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from dsl.model import Cause
from guards.classifier.vllm.http import BAD_REQUEST, Refused
from guards.judgement import NoJudgement, Raw

MOST: Final = 32
SHARE: Final = 0.5  # of its time, that a member waits for others at most
Answered = Sequence[Raw | NoJudgement]
Send = Callable[[Sequence[str], float], Awaitable[Answered]]


@dataclass(slots=True, eq=False)
class _Member:
    """One question and who waits for its answer."""

    text: str
    until: float
    said: asyncio.Future[Raw]

    def tell(self, answer: Raw | BaseException) -> None:
        """Give the answer to whoever still waits."""
        if self.said.done():
            return
        if isinstance(answer, Raw):
            self.said.set_result(answer)
        else:
            self.said.set_exception(answer)


class Batches:
    """Gathers questions for a moment, or until there are enough."""

    def __init__(self, send: Send, wait_s: float) -> None:
        self._send = send
        self._wait_s = wait_s
        self._waiting: list[_Member] = []
        self._timer: asyncio.TimerHandle | None = None
        self._sent: set[asyncio.Task[None]] = set()

    async def ask(self, text: str, seconds: float) -> Raw:
        """Return the answer to one question within so many seconds, or raise `NoJudgement`."""
        loop = asyncio.get_running_loop()
        member = _Member(text, loop.time() + seconds, loop.create_future())
        self._waiting.append(member)
        if len(self._waiting) >= MOST:
            self._go()
        else:
            self._wake(loop.time() + min(self._wait_s, SHARE * seconds))
        try:
            async with asyncio.timeout(seconds):
                return await member.said
        except TimeoutError:
            raise NoJudgement(Cause.TIMEOUT) from None

    async def close(self) -> None:
        """Give up what is under way; whoever waits is told so."""
        self._go_quiet()
        waiting, self._waiting = self._waiting, []
        _fail(waiting, NoJudgement(Cause.CONNECT))
        for task in self._sent:
            task.cancel()
        await asyncio.gather(*self._sent, return_exceptions=True)

    def _wake(self, at: float) -> None:
        """Send at a time, or earlier where somebody has less patience."""
        if self._timer is not None and self._timer.when() <= at:
            return
        self._go_quiet()
        self._timer = asyncio.get_running_loop().call_at(at, self._go)

    def _go_quiet(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go(self) -> None:
        self._go_quiet()
        members = [one for one in self._waiting if not one.said.done()]  # some may have left
        self._waiting = []
        if members:
            self._start(members)

    def _start(self, members: Sequence[_Member]) -> None:
        task = asyncio.create_task(self._together(members))
        self._sent.add(task)
        task.add_done_callback(partial(self._ended, members))

    def _ended(self, members: Sequence[_Member], task: asyncio.Task[None]) -> None:
        """Tell members what kept them from an answer, whatever it was."""
        self._sent.discard(task)
        error = NoJudgement(Cause.CONNECT) if task.cancelled() else task.exception()
        if error is not None:
            _fail(members, error)

    async def _together(self, members: Sequence[_Member]) -> None:
        """Ask, and tell each member; one that the server refuses takes no other along."""
        try:
            found = await self._asked(members)
        except Refused as error:
            if error.status != BAD_REQUEST or len(members) == 1:
                raise
            for one in members:
                if not one.said.done():
                    self._start([one])
            return
        for one, answer in zip(members, found, strict=True):
            one.tell(answer)

    async def _asked(self, members: Sequence[_Member]) -> Answered:
        """Send questions; as long as anybody waits for one of them."""
        left = max(one.until for one in members) - asyncio.get_running_loop().time()
        if left <= 0:
            raise NoJudgement(Cause.TIMEOUT)
        found = await self._send([one.text for one in members], left)
        if len(found) != len(members):
            raise NoJudgement(Cause.BAD_SHAPE)
        return found


def _fail(members: Sequence[_Member], error: BaseException) -> None:
    for one in members:
        one.tell(NoJudgement(error.cause) if isinstance(error, NoJudgement) else error)
