"""Cases with their numbers, worked out once and measured many times."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from guards.classifier.embedded.off_task.features import COSINES, PLAIN, Cosines, features
from guards.judgement import NoJudgement
from guards.skill.labels import Case

PLAIN_ONES: Final = len(PLAIN)
NOWHERE: Final = PLAIN.index("nowhere")


@dataclass(frozen=True, slots=True)
class Known:
    """A case, its numbers with and without cosines, and the time they took the processor."""

    case: Case
    plain: tuple[float, ...]
    alike: tuple[float, ...]
    seconds: float

    def row(self, *, with_cosines: bool) -> tuple[float, ...]:
        """Return the numbers that trees look at."""
        return (*self.plain, *self.alike) if with_cosines else self.plain


def known(cases: Sequence[Case], cosines: Cosines | None) -> list[Known]:
    """Work out the numbers of cases; those without are left out, and there are few."""
    found = []
    for one in cases:
        began = time.thread_time()
        try:
            plain = features(one.question)
        except NoJudgement:
            continue
        took = time.thread_time() - began
        more = () if cosines is None else features(one.question, cosines)[PLAIN_ONES:]
        found.append(Known(one, plain, more, took))
    return found


@dataclass(frozen=True, slots=True)
class Subset:
    """Some of the cases of a set."""

    name: str
    holds: Callable[[Case], bool]


CHANGING: Final = Subset("changing", lambda one: one.question.changes)
ALL: Final = Subset("all", lambda _: True)
COSINE_NAMES: Final = COSINES
