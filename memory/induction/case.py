"""One decided call as memory may look at it: its features, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dsl.model import NOTHING, Effect


@dataclass(frozen=True, slots=True)
class Withheld:
    """Stands in the arguments for a value that strangers may have chosen: its origin alone.

    Whether it came `from untrusted` or `from nowhere`; None where that was not known.
    """

    untrusted: bool | None = None
    nowhere: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """All of a call that a rule may be made of; a value that is tainted is `Withheld`."""

    args: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    agent: str | None = None
    roles: tuple[str, ...] = ()
    context: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Base:
    """What people's policies said; `soft`: rules that ask a model denied, and they alone."""

    effect: Effect
    soft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One decision that reports may speak of."""

    decision_id: str
    tenant: str
    tool: str
    features: Features
    base: Base
    effect: Effect
    at: datetime
