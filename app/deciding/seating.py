"""Hands a decision from one seat to the next: the call is decided, counted and asked about once."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.deciding.question import Question
from app.policy.policies import PolicySet
from app.wiring import Gateway
from dsl import strictjson
from dsl.evaluation.opinion import Bound
from dsl.model import Decision, Effect, Reason, ReasonCode, ToolCall
from dsl.syntax import Default, Header, Policy
from memory.seats.token import Claims, Handed
from memory.seats.uses import TakeOver, is_used
from memory.sessions import events
from memory.sessions.session import Session
from memory.sessions.sessions import Turn

# What the seat before decided, as the policies of this seat alone are judged beside it.
_BEFORE: Final = Bound(
    Policy(Header("policy", "-", 1), (Default(Effect.ALLOW, "another seat decided it"),))
)


def token(gateway: Gateway, question: Question, decision: Decision) -> str | None:
    """Return what the next seat of a call takes the decision over by, if it is let through here."""
    if decision.effect is not Effect.ALLOW or decision.dry_run or decision.first is not None:
        return None
    changed = decision.verdict.changed
    args = question.call.args if changed is None else changed
    made = Claims(
        decision.id,
        question.call.call_id,
        gateway.seats.digest(Handed(question.owner.tenant, question.call, args)),
        question.edge,
        decision.verdict.code,
        decision.revision,
        decision.now.isoformat(),
        " ".join(decision.glass),
    )
    return gateway.seats.write(made)


@dataclass(frozen=True, slots=True)
class Before:
    """What the seat before decided of this very call, to be taken over."""

    claims: Claims
    policies: PolicySet  # that judge here and did not there

    def taken_over(self, decision: Decision) -> Decision:
        """Return a decision of this seat that lets the call through, as one of the seat before."""
        code = ReasonCode(self.claims.reason)
        detail = f"the seat `{self.claims.edge}` decided it as {self.claims.decision}"
        own = (one for one in decision.verdict.reasons if one.policy != _BEFORE.policy.name)
        reasons = (Reason(code, Effect.ALLOW, detail=detail), *own)
        words = "Allowed: the seat before let this call through."
        verdict = replace(decision.verdict, code=code, reasons=reasons, reply=None, wording=None)
        return replace(decision, verdict=verdict, message=words, first=self.claims.decision)

    def step(self, decision: Decision) -> TakeOver:
        """Return what uses the earlier decision up."""
        return TakeOver(self.claims.decision, decision.id, decision.now)

    def note(self, decision: Decision, call: ToolCall, turn: Turn) -> None:
        """Let the session know what this seat calls the call."""
        if turn.session is not None:
            first = turn.session.seats.first_name(self.claims.call_id)
            turn.take(events.passed(self.claims.decision, decision.now, first, call.call_id))


async def before(
    gateway: Gateway, question: Question, turn: Turn, policies: PolicySet
) -> Before | None:
    """Return what the seat before decided; None where this call is to be decided as any other.

    So is a call whose token is forged, over or used, or of another call, subject, agent, session
    or tenant; one of other policies, or decided while other glass was broken; and one that is over
    already.
    """
    claims = _claims(gateway, question)
    if claims is None or _policies(claims.revision) != _policies(policies.revision):
        return None
    if _began(policies, claims, gateway.now()):
        return None
    if question.call.session is not None and not _waits(turn.session, claims, question.call):
        return None
    if await is_used(gateway.database, claims.decision):
        return None
    here = question.whom(gateway)
    there = replace(here, edge=claims.edge)
    stood_in = policies.at(there).stood_in
    if " ".join(dict.fromkeys(one.glass for one in stood_in)) != claims.glass:
        return None  # other policies judged it there than would judge it there by now
    rest = policies.at(here, after=there)
    stood_in = tuple(dict.fromkeys((*stood_in, *rest.stood_in)))
    return Before(claims, replace(rest, bound=(*rest.bound, _BEFORE), stood_in=stood_in))


def _began(policies: PolicySet, claims: Claims, now: datetime) -> bool:
    """Tell whether a policy that only observed at the seat before enforces by now."""
    then = policies.observing(datetime.fromisoformat(claims.at))
    return bool(set(then) - set(policies.observing(now)))


def _policies(revision: str | None) -> str:
    """Return which policies a revision names; its number counts in one gateway alone."""
    return (revision or "").partition(":")[2]


def _claims(gateway: Gateway, question: Question) -> Claims | None:
    """Return what a token says, if it is of this very call."""
    if question.seat_token is None or question.terms.dry_run:
        return None
    claims = gateway.seats.read(question.seat_token, gateway.now())
    handed = Handed(question.owner.tenant, question.call, question.call.args)
    if claims is None or claims.digest != gateway.seats.digest(handed):
        return None
    return claims


def _waits(session: Session | None, claims: Claims, call: ToolCall) -> bool:
    """Tell whether the session holds the call as it was let through, and no result of it."""
    earlier = None if session is None else session.earlier(claims.call_id)
    if session is None or earlier is None or earlier.is_spent:
        return False
    named_so = call.call_id == claims.call_id or session.earlier(call.call_id) is None
    return named_so and strictjson.are_equal(earlier.released.args, call.args)
