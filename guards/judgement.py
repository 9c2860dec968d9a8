"""What a guard says of one call: a probability, or why there is none."""

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from dsl.model import Cause
from dsl.types import Unknown

MOST_MASS: Final = 1.001  # what is added up is a little off
DIGITS: Final = Decimal("0.000001")  # a probability is an exact number from here on
# The only reasons for which there is no probability.
CAUSES: Final = frozenset(
    {
        Cause.NO_GUARD,
        Cause.KIND_UNDECLARED,
        Cause.KIND_NOT_ENABLED,
        Cause.NO_USER_REQUEST,
        Cause.FACTS_MISSING,
        Cause.TIMEOUT,
        Cause.OVERLOAD,
        Cause.BREAKER_OPEN,
        Cause.CONNECT,
        Cause.BAD_STATUS,
        Cause.ENGINE_DEAD,
        Cause.BAD_SHAPE,
        Cause.NOT_A_LABEL,
        Cause.LOW_LABEL_MASS,
        Cause.INPUT_TOO_LONG,
        Cause.UNCALIBRATED,
        Cause.IN_BAND,
        Cause.GUARD_CANARY,
        Cause.FAULT,
    }
)


class Form(StrEnum):
    """What is asked: whether a sentence is broken, or whether a label fits."""

    JUDGE = "judge"
    CLASSIFY = "classify"


class NoJudgement(Exception):
    """A guard cannot say. It carries a cause and no words: they might be those of a call."""

    def __init__(self, cause: Cause) -> None:
        if cause not in CAUSES:
            raise ValueError(f"`{cause}` is no cause of a guard")
        self.cause = cause
        super().__init__(cause)


@dataclass(frozen=True, slots=True)
class Raw:
    """What a model answered: the logit of a violation, and how much of it was about the labels."""

    logit: float
    label_mass: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no finite number, however it came about; a library's own is made one."""
        mass = self.label_mass
        if not math.isfinite(self.logit) or (mass is not None and not 0 <= mass <= MOST_MASS):
            raise NoJudgement(Cause.BAD_SHAPE)
        object.__setattr__(self, "logit", float(self.logit))
        object.__setattr__(self, "label_mass", None if mass is None else float(mass))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of asking one guard; either `p` or `cause` is there, never both."""

    form: Form
    guard: str | None
    p: Decimal | None = None
    cause: Cause | None = None
    raw: float | None = None
    label_mass: float | None = None
    model: str | None = None
    prompt: str | None = None
    calibration: str | None = None
    ms: float = 0.0
    cached: bool = False

    def __post_init__(self) -> None:
        """Hold the one law of a judgement, and that a probability is one."""
        if (self.p is None) == (self.cause is None):
            raise ValueError("a judgement has a probability or a cause")
        if self.p is not None and not (self.p.is_finite() and 0 <= self.p <= 1):
            raise ValueError("a probability lies between 0 and 1")
        if self.cause is not None and self.cause not in CAUSES:
            raise ValueError(f"`{self.cause}` is no cause of a guard")

    @property
    def said(self) -> Any | Unknown:
        """Return the score as a condition reads it."""
        return self.p if self.cause is None else Unknown(self.cause, self.form)


def exact(probability: float) -> Decimal:
    """Return a probability as an exact number, or raise where it is none."""
    if not (math.isfinite(probability) and 0 <= probability <= 1):
        raise NoJudgement(Cause.BAD_SHAPE)
    return Decimal(probability).quantize(DIGITS)
