"""What a guard is."""

from typing import Protocol

from guards.judgement import Form, Raw
from guards.question import Question
from guards.skill.reading import Key


class Guard(Protocol):
    """Answers questions. It may raise, hang or lie: whoever asks it makes an unknown of that."""

    @property
    def model(self) -> str:
        """Name the weights: two guards with one name are one model."""
        ...

    @property
    def prompt(self) -> str:
        """Name the version of how it is asked."""
        ...

    @property
    def key(self) -> Key:
        """Name everything that a calibration holds for, also the weights by what they answered."""
        ...

    @property
    def answers(self) -> frozenset[Form]:
        """Name the forms that it may be asked."""
        ...

    async def open(self) -> None:
        """Make ready, or raise `NoJudgement`: it is then tried again later."""
        ...

    async def judge(self, question: Question, seconds: float) -> Raw:
        """Return what the model says within so many seconds, or raise."""
        ...

    async def check(self) -> None:
        """Answer known questions as it did when it was verified, or raise `NoJudgement`."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...
