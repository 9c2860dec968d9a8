"""The answer to a check as bytes: the same that `http.write` and `exactly` come to."""

from typing import Final

from msgspec import Struct
from msgspec.json import Encoder

from app.edges import http
from app.edges.base import Beside, exactly
from dsl.model import Decision, Effect, Reason, ReasonCode

_ENCODER: Final = Encoder()


class _Display(Struct, frozen=True):
    """See `DisplayView`."""

    text: str
    retryable: bool = False


class _Answer(Struct, frozen=True, kw_only=True):
    """See `CheckAnswer`: all of its members in their order, of a decision that holds nothing rare.

    A `Reason` is written as it is: its members are those of `ReasonView`, in their order.
    """

    decision_id: str
    call_id: str
    effect: Effect
    reason: ReasonCode
    retryable: bool
    message: str
    reasons: tuple[Reason, ...]
    args: None = None
    changes: tuple[()] = ()
    obligations: tuple[()] = ()
    approval: None = None
    would: Effect | None
    observe_until: None = None
    shadow: tuple[Reason, ...]
    revision: str | None
    dry_run: bool
    seat_token: str | None
    display: _Display | None


def answer(decision: Decision, beside: Beside) -> bytes:
    """Write a decision."""
    verdict = decision.verdict
    rare = verdict.changes or verdict.obligations or verdict.changed is not None
    if rare or decision.approval is not None or verdict.observe_until is not None:
        return bytes(exactly(http.write(decision, beside)).body)
    return _ENCODER.encode(
        _Answer(
            decision_id=decision.id,
            call_id=decision.call_id,
            effect=verdict.effect,
            reason=verdict.code,
            retryable=verdict.retryable and verdict.effect is not Effect.ALLOW,
            message=decision.answer,
            reasons=verdict.reasons,
            would=verdict.would,
            shadow=verdict.shadow,
            revision=decision.revision,
            dry_run=decision.dry_run,
            seat_token=beside.seat_token,
            display=None if beside.display is None else _Display(beside.display.text),
        )
    )
