"""What memory and the policies that people wrote come to together, as a gateway decides it.

Memory narrows: `allow < ask < deny`, and the stricter counts. The one exception, which a person
may switch on, has a person asked where a model alone denied.
"""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from app import engine
from app.policy.policy_set import PolicySet
from dsl.errors import Source
from dsl.interpret import Bound
from dsl.model import Effect, ToolCall
from dsl.parse import parse
from dsl.recording import Recording
from dsl.state import NOTHING_KNOWN
from memory.induction.case import Base

_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)  # no rule asks for it
_GUARD: Final = 'overlay guard version 1; rule model: deny * when classify("off_task") >= 0.5;'
_SOFTEN: Final = 'overlay soften version 1; rule nominated: ask * approver role "r" mode shadow;'


class _Judged(Recording):
    """A state in which the model says that a call is wrong."""

    def score(self, *_: Any, **__: Any) -> Decimal:
        return Decimal(1)


def combined(base: Base, narrow: Effect, *, softened: bool = False) -> Effect:
    """Return the effect of a decision.

    `narrow` is what memory's overlay says. `softened`: the exception is switched on, and a rule
    that softens holds by true; a rule that is unknown, or a fault, is no such thing.
    """
    return _decided(base, narrow, softened)


@cache
def _decided(base: Base, narrow: Effect, softened: bool) -> Effect:  # noqa: FBT001 - a key
    """Decide by policies that say so; there are few ways, and each is decided once."""
    texts = list(_people(base))
    if narrow is not Effect.ALLOW:
        texts.append(f"overlay narrow version 1; rule learned: {narrow} *;")
    softening = (_bound(_SOFTEN),) if softened else ()
    policies = PolicySet(tuple(map(_bound, texts)), "sha256:0", softening=softening)
    call, state = ToolCall("c", "tool", {}), _Judged(NOTHING_KNOWN)
    return engine.decide(policies, call, _NOW, state=state).effect


def _people(base: Base) -> tuple[str, ...]:
    """Return policies that say what people's said: a soft denial is one by a model alone."""
    if base.soft and base.effect is Effect.DENY:
        return "policy people version 1; rule all: allow *;", _GUARD
    return (f"policy people version 1; rule all: {base.effect} *;",)


def _bound(text: str) -> Bound:
    return Bound(parse(Source("bench", text)))
