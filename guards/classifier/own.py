"""A guard of your own: code of a package that somebody installed, asked as every guard is.

It is loaded where the settings name it, and nowhere else. What it says of itself is read once; what
it answers is compared with what was recorded, as with guards of ours.
"""

import asyncio
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final, Protocol

from dsl.model import Cause
from guards.classifier.trying import tried
from guards.classifier.vllm import fixture
from guards.classifier.vllm.canary import CANARY, compare
from guards.judgement import Form, NoJudgement, Raw
from guards.question import Question
from guards.skill.reading import Key

GROUP: Final = "drawbar.guards"
FAMILY: Final = "own"
CHECK_S: Final = 10.0  # nobody waits to decide


class NotAGuard(ValueError):
    """A name that no package offers, or code that is no guard; it says which."""


class Code(Protocol):
    """What your code is. It may raise, hang or lie: an unknown is made of that."""

    model: str
    prompt: str

    async def open(self) -> None:
        """Make ready what is not, or raise; it is called before each check."""
        ...

    async def judge(self, question: Question, seconds: float) -> Raw:
        """Return the logit of a violation within so many seconds, or raise."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


class Own:
    """See `Guard`; it asks `judge` alone, of one package in one version."""

    answers = frozenset((Form.JUDGE,))

    def __init__(self, code: Code, entry: EntryPoint, folder: Path) -> None:
        self._code = code
        self._folder = folder
        dist = entry.dist
        self.package = f"{dist.name} {dist.version}" if dist is not None else entry.value
        self.backend = f"{FAMILY}:{entry.name}"
        self.model = _text(code, "model")
        self.prompt = f"{_text(code, 'prompt')} of {self.package}"  # another version, another guard
        self._known_by = fixture.known_by(folder)

    @property
    def key(self) -> Key:
        """See `Guard`; before it was checked, as the record tells."""
        return Key(self.model, self.prompt, FAMILY, self.backend, self._known_by)

    async def open(self) -> None:
        """Make ready what was verified, and nothing else."""
        recorded = await asyncio.to_thread(fixture.read, self._folder)
        if (recorded.model, recorded.family, recorded.prompt) != (self.model, FAMILY, self.prompt):
            raise NoJudgement(Cause.GUARD_CANARY)
        await self.load()

    async def load(self) -> None:
        """Make ready whatever is there."""
        await self._code.open()

    async def judge(self, question: Question, seconds: float) -> Raw:
        """Ask the code."""
        return await self._code.judge(question, seconds)

    async def check(self) -> None:
        """Ask the known questions, and compare."""
        recorded = await asyncio.to_thread(fixture.read, self._folder)
        compare(recorded.canary, await self.canary())
        self._known_by = recorded.digest

    async def canary(self) -> Sequence[float]:
        """Return what it says to the known questions."""
        return [(await self._known_answer(one)).logit for one in CANARY]

    async def _known_answer(self, question: Question) -> Raw:
        said: object = await self._code.judge(question, CHECK_S)
        if not isinstance(said, Raw):
            raise NoJudgement(Cause.BAD_SHAPE)
        return said

    async def close(self) -> None:
        """Let the code let go."""
        await self._code.close()


def made(name: str, folder: Path) -> Own:
    """Load the code of a name and return its guard, or say why there is none."""
    entry = found(name)
    try:
        code = _loaded(name, entry)(folder)  # what it raises ends the start, its author reads where
    except SystemExit as error:  # it would end the start without a word
        raise NotAGuard(f"the guard `{name}`: `{entry.value}` ends the process") from error
    missing = [one for one in ("open", "judge", "close") if not callable(getattr(code, one, None))]
    if missing:
        raise NotAGuard(f"the guard `{name}` of `{entry.value}` has no `{missing[0]}`")
    return Own(code, entry, folder)


def _loaded(name: str, entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        raise NotAGuard(f"the guard `{name}`: `{entry.value}` cannot be loaded") from error


def found(name: str) -> EntryPoint:
    """Return what a package offers by a name; its code is not loaded."""
    every = list(entry_points(group=GROUP, name=name))
    if not every:
        raise NotAGuard(f"no installed package offers a guard `{name}` (entry points `{GROUP}`)")
    if len({one.value for one in every}) > 1:
        raise NotAGuard(f"several installed packages offer a guard `{name}`")
    return every[0]


def _text(code: Code, name: str) -> str:
    told = getattr(code, name, None)
    if not isinstance(told, str) or not told:
        raise NotAGuard(f"a guard names its `{name}` in a text")
    return told


async def verify(guard: Own, folder: Path, tell: Callable[[str], None]) -> fixture.Fixture:
    """Ask the known questions twice and record the answers; or raise."""
    return await tried(guard, guard.package, folder, tell)
