"""A rule that memory made, and how it is printed."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from dsl import strictjson, syntax
from memory.induction.evidence import Evidence, Side
from memory.induction.literal import Literal, both
from memory.induction.rows import Rows
from memory.induction.sheet import Sheet

_LENGTH: Final = 16


class Level(StrEnum):
    """How far a rule has come, the least first."""

    SHADOW = "shadow"
    ADVISE = "advise"
    ASK = "ask"

    @property
    def rank(self) -> int:
        """Return the place of this level."""
        return _RANKS[self]


_RANKS: Final = {level: rank for rank, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a rule says, whatever is known of it: its id is a hash of this."""

    tenant: str
    tool: str
    side: Side
    literals: tuple[Literal, ...]
    excluded: tuple[Literal, ...] = ()
    text: str = field(init=False, repr=False, compare=False)  # which tells rules apart
    id: str = field(init=False, repr=False, compare=False)  # the name that it has everywhere

    def __post_init__(self) -> None:
        texts = [one.text for one in self.literals]
        texts += [f"not ({one.text})" for one in self.excluded]
        object.__setattr__(self, "text", " and ".join(texts))
        object.__setattr__(self, "id", _name(self))

    @property
    def tests(self) -> tuple[Literal, ...]:
        """Return what must hold: a rule that softens adds where its arguments may not be from."""
        if self.side is Side.DENY:
            return self.literals
        guards = [one for literal in (*self.literals, *self.excluded) for one in literal.guards]
        return (*self.literals, *{one.text: one for one in guards}.values())

    @property
    def condition(self) -> syntax.Condition:
        """Return the condition as it is printed."""
        excluded = [syntax.Not(one.condition) for one in self.excluded]
        own = [one.condition for one in self.literals]
        guards = [one.condition for one in self.tests[len(own) :]]
        return both([*own, *excluded, *guards])

    def rows(self, sheet: Sheet) -> Rows:
        """Return the cases that it holds of."""
        return sheet.all_of(self.tests, self.excluded)


def _name(one: Shape) -> str:
    told = [one.tenant, str(one.side), one.tool, one.text]
    digest = hashlib.sha256(strictjson.canonical(told).encode()).digest()
    return "m_" + base64.b32encode(digest).decode().lower()[:_LENGTH]


def shape(
    tenant: str,
    tool: str,
    side: Side,
    literals: tuple[Literal, ...],
    excluded: tuple[Literal, ...] = (),
) -> Shape:
    """Return what a rule says, its literals in the order of their texts."""
    ordered = (tuple(sorted(some, key=lambda one: one.text)) for some in (literals, excluded))
    return Shape(tenant, tool, side, *ordered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule with its standing. `born` is the number of the refresh that first made it."""

    shape: Shape
    level: Level
    evidence: Evidence
    born_seq: int
    raised_seq: int
    raised_at: datetime
    parent: str | None = None
    separable: bool = True
    blast: int = 0  # of all calls of a week those that it would decide otherwise; ten-thousandths

    @property
    def id(self) -> str:
        """Return its name."""
        return self.shape.id

    def told(self) -> dict[str, Any]:
        """Return all of it as plain values, for the revision."""
        weight = self.evidence.weight
        return {
            "id": self.id,
            "side": str(self.shape.side),
            "tool": self.shape.tool,
            "condition": self.shape.text,
            "level": str(self.level),
            "a": weight.agreeing,
            "d": weight.contradicting,
            "n_bg": self.evidence.background,
            "L": self.evidence.bound,
            "evidence": [one.id for one in self.evidence.agreeing],
            "against": [one.id for one in self.evidence.contradicting],
            "born_seq": self.born_seq,
            "raised_seq": self.raised_seq,
            "raised_at": self.raised_at.isoformat(),
            "parent": self.parent,
            "separable": self.separable,
            "blast": self.blast,
            "origin": "symbolic",
        }
