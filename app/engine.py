"""The one function everything else serves: a call comes in, a decision goes out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from app.binding import trial
from app.binding.shadowing import with_shadows
from app.binding.softening import softened
from app.deciding.canary import is_canary
from app.deciding.wording import message
from app.guarding.resting import decisive, name_of
from app.policy.policies import PolicySet
from dsl.engine.evaluating import evaluate, evaluate_output
from dsl.evaluation.opinion import Bound
from dsl.model import Atom, Decision, Effect, Reason, ReasonCode, ToolCall, Verdict
from dsl.recording import Recording
from dsl.state import NOTHING_KNOWN, State
from memory.ids import new_id


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a decision is asked for: what the caller can carry out, and whether it will."""

    changed_args: bool = False
    obligations: frozenset[str] = frozenset()
    dry_run: bool = False
    approval: str | None = None  # that the caller comes back with
    wait_s: int = 0  # to be held until people decided
    carried: frozenset[str] = frozenset()  # whom the gateway itself can tell something


PLAIN: Final = Terms()
StateOf = Callable[[Sequence[Bound]], State]


def decide(
    policies: PolicySet,
    call: ToolCall,
    now: datetime,
    terms: Terms = PLAIN,
    state: State | StateOf = NOTHING_KNOWN,
) -> Decision:
    """Judge a call by the policies in force and what is known of its session.

    What is known may differ with who asks: policies in shadow are asked beside, each as if it
    enforced.
    """
    if policies.is_stale(now):
        code, revision = ReasonCode.STALE_POLICY, policies.revision
        return refuse(code, call, now, revision=revision, dry_run=terms.dry_run)
    known = _known(state, (*policies.bound, *policies.softening))
    noting = Recording(known, call, lambda judged: name_of(judged) in decisive(policies.bound))

    def judge(bound: Sequence[Bound], known: State = noting) -> Verdict:
        said = softened(policies.softening, bound, lambda some: evaluate(some, call, now, known))
        return _supported(_carried(said, terms), terms)

    def beside(bound: Sequence[Bound]) -> Verdict:
        return judge(bound, _known(state, (*bound, *policies.softening)))

    verdict = with_shadows(policies, trial.judged(policies, now, judge), now, beside)
    if is_canary(call):  # judged like any other call, and never let through
        verdict = Verdict(Effect.DENY, ReasonCode.CANARY, (Reason(ReasonCode.CANARY, Effect.DENY),))
    revision, dry = policies.revision, terms.dry_run
    return _decision(verdict, call, now, revision, dry_run=dry, atoms=noting.atoms)


def decide_output(
    policies: PolicySet,
    call: ToolCall,
    content: Mapping[str, Any],
    now: datetime,
    state: State | StateOf,
) -> Verdict:
    """Judge what came back of a call, or a reply, by the policies in force."""
    if policies.is_stale(now):
        code = ReasonCode.STALE_POLICY
        return Verdict(Effect.DENY, code, (Reason(code, Effect.DENY),), retryable=True)
    of_all = _known(state, policies.bound)

    def judge(bound: Sequence[Bound], known: State = of_all) -> Verdict:
        return evaluate_output(bound, call, content, now, known)

    def beside(bound: Sequence[Bound]) -> Verdict:
        return judge(bound, _known(state, bound))

    return with_shadows(policies, trial.judged(policies, now, judge), now, beside)


def _known(state: State | StateOf, bound: Sequence[Bound]) -> State:
    return state(bound) if callable(state) else state


def _carried(verdict: Verdict, terms: Terms) -> Verdict:
    """Mark the notifications that the gateway sends itself."""
    if not verdict.obligations or not terms.carried:
        return verdict
    marked = tuple(
        replace(one, carried=one.type == "notification" and one.to in terms.carried)
        for one in verdict.obligations
    )
    return replace(verdict, obligations=marked)


def _supported(verdict: Verdict, terms: Terms) -> Verdict:
    """Refuse what the seat could not carry out: it would run another call than was decided."""
    if verdict.effect is Effect.DENY:
        return verdict
    changed = verdict.changed is not None and not terms.changed_args
    beyond = ["changed arguments"] if changed else []
    # What must be called afterwards is kept by the session, not by the seat.
    told = [o for o in verdict.obligations if o.type == "notification" and not o.carried]
    beyond += [f"the {o.type} of `{o.to}`" for o in told if o.type not in terms.obligations]
    if not beyond:
        return verdict
    code = ReasonCode.UNSUPPORTED_OBLIGATION
    detail = f"the caller does not say that it supports {' and '.join(beyond)}"
    reason = Reason(code, Effect.DENY, detail=detail)
    return Verdict(Effect.DENY, code, (reason,), shadow=verdict.shadow)


# No other call fares better: only people can change that.
_FOR_GOOD: Final = (ReasonCode.TOOL_CHANGED, ReasonCode.FROZEN)


def refuse(
    why: ReasonCode | Reason,
    call: ToolCall,
    now: datetime,
    *,
    revision: str | None = None,
    dry_run: bool = False,
) -> Decision:
    """Deny a call for a reason that lies outside the policies."""
    reason = why if isinstance(why, Reason) else Reason(why, Effect.DENY)
    again = reason.code not in _FOR_GOOD
    verdict = Verdict(Effect.DENY, reason.code, (reason,), retryable=again)
    return _decision(verdict, call, now, revision, dry_run=dry_run)


def _decision(  # noqa: PLR0913 - all that a decision is made of
    verdict: Verdict,
    call: ToolCall,
    now: datetime,
    revision: str | None,
    *,
    dry_run: bool,
    atoms: tuple[Atom, ...] = (),
) -> Decision:
    return Decision(
        id=new_id("d", now),
        call_id=call.call_id,
        verdict=verdict,
        message=message(verdict, call),
        revision=revision,
        now=now,
        dry_run=dry_run,
        atoms=atoms,
    )
