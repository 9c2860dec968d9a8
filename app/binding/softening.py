"""The one exception to narrowing: where models alone denied, a person is asked instead.

Memory may be let do so (`soften = "ask"` in what binds one of its overlays). Nothing else of a
denial is in its reach: what code decided, what is unknown, and what no policy allows stay denied.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.binding.bindings import NAME, Binding, BindingsError
from dsl.evaluation.opinion import Bound
from dsl.model import By, Effect, Reason, ReasonCode, Verdict
from dsl.syntax import Policy, Rule

Judge = Callable[[Sequence[Bound]], Verdict]
_Name = tuple[str | None, str | None]  # of a policy and of its rule


def softened(softening: Sequence[Bound], bound: Sequence[Bound], judge: Judge) -> Verdict:
    """Return what policies say of a call, or that a person is asked where they deny it softly.

    Softly: the same policies without their judgement rules would not deny; each of these that does
    applies by true, and none is final. And one rule that softens must hold, by true as well.
    """
    said = judge(bound)
    if not softening or not denied_by_models(said, bound):
        return said
    if _alike([*bound, *softening]):  # reasons name policies, and sessions may bring any name
        return said
    eased = [_eased(one) for one in bound]
    # Rules in shadow decide nothing and tell how they apply: those that denied, those that soften.
    without = judge([*(one.bound for one in eased), *softening])
    denials = _denials(without, eased)
    if without.effect is Effect.DENY or denials is None:
        return said
    for one in softening:
        rule = _holding(one, without)
        if rule is not None:
            return _asked(one, rule, said, denials, judge, eased) or said
    return said


def beside(bound: Sequence[Bound], bindings: Sequence[Binding]) -> Iterator[Bound]:
    """Yield what else judges where something softens, to be made ready before calls need it."""
    if any(one.soften is not None for one in bindings):
        yield from (_eased(one).bound for one in bound if one.names.judgements)


def denied_by_models(said: Verdict, bound: Sequence[Bound]) -> bool:
    """Tell whether judgement rules denied a call, by what they found, and they alone."""
    names = {one.policy.name: one.names.judgements for one in bound}
    if said.effect is not Effect.DENY or not said.reasons:
        return False
    return all(
        one.code is ReasonCode.RULE
        and one.by is By.TRUE
        and one.policy is not None
        and one.rule in names.get(one.policy, ())
        for one in said.reasons
    )


def _alike(bound: Sequence[Bound]) -> bool:
    return len({one.policy.name for one in bound}) < len(bound)


@dataclass(frozen=True, slots=True)
class _Eased:
    """A policy whose denying judgement rules stand in shadow; `final` are those nobody softens."""

    bound: Bound
    denying: frozenset[_Name] = frozenset()
    final: frozenset[_Name] = frozenset()


def _eased(one: Bound) -> _Eased:
    """Return a policy without what its denying judgement rules decide; it is worked out once."""
    if not one.names.judgements:
        return _Eased(one)
    found: _Eased | None = one.kept.get(_Eased)
    if found is None:
        denying = [rule for rule in one.policy.rules if _denies(rule, one)]
        written = tuple(
            replace(each, shadow=True) if isinstance(each, Rule) and _denies(each, one) else each
            for each in one.policy.statements
        )
        policy = Policy(one.policy.header, written, one.policy.starts)
        found = one.kept[_Eased] = _Eased(
            Bound(policy, one.tools, one.published),
            frozenset((policy.name, rule.name) for rule in denying),
            frozenset((policy.name, rule.name) for rule in denying if rule.retryable is False),
        )
    return found


def _denies(rule: Rule, of: Bound) -> bool:
    judged = rule.name in of.names.judgements
    return judged and rule.effect is Effect.DENY and rule.phase == "call" and not rule.shadow


def _denials(without: Verdict, eased: Sequence[_Eased]) -> list[Reason] | None:
    """Return the judgement rules that denied; None where one is unknown, or final."""
    denying = frozenset[_Name]().union(*(one.denying for one in eased))
    final = frozenset[_Name]().union(*(one.final for one in eased))
    found = [one for one in without.shadow if (one.policy, one.rule) in denying]
    if any(one.by is not By.TRUE or (one.policy, one.rule) in final for one in found):
        return None
    return found or None


def _holding(one: Bound, without: Verdict) -> str | None:
    """Return the first rule that softens and holds by true: the oldest stands first."""
    held = (each for each in without.shadow if each.policy == one.policy.name)
    return next((each.rule for each in held if each.by is By.TRUE), None)


def _asked(  # noqa: PLR0913, PLR0917 - what it is made of
    one: Bound,
    rule: str,
    said: Verdict,
    denials: Sequence[Reason],
    judge: Judge,
    eased: Sequence[_Eased],
) -> Verdict | None:
    """Return what is said with that rule asking; None where it would be more than a question.

    A call that rules would change is another one then, which no model has judged.
    """
    asked = judge([*(each.bound for each in eased), _asking(one, rule)])
    if asked.effect is not Effect.ASK or asked.changed is not None:
        return None
    if (one.policy.name, rule, By.TRUE) not in {(r.policy, r.rule, r.by) for r in asked.reasons}:
        return None
    told = [
        replace(each, code=ReasonCode.SOFTENED, detail=f"`{rule}` of memory asks a person instead")
        for each in denials
    ]
    return replace(asked, reasons=(*asked.reasons, *told), shadow=said.shadow)


class _Asking(dict[str, Bound]):
    """What softens with one of its rules asking, by that rule's name."""


def _asking(one: Bound, rule: str) -> Bound:
    kept: _Asking = one.kept.setdefault(_Asking, _Asking())
    found = kept.get(rule)
    if found is None:
        written = (
            replace(each, shadow=False) if isinstance(each, Rule) else each
            for each in one.policy.statements
            if not isinstance(each, Rule) or each.name == rule
        )
        found = kept[rule] = Bound(Policy(one.policy.header, tuple(written)), one.tools)
    return found


_SHAPE: Final = "must hold rules that ask a role, stand in shadow and ask no model"


def refuse_softening(
    bindings: Sequence[Binding], bound: Mapping[str, Bound], *, learned: bool
) -> None:
    """Refuse what would soften without memory's having made it, or otherwise than memory does."""
    for one in bindings:
        if one.soften is not None:
            for fault in _faults(one, bound[one.policy], learned=learned):
                raise BindingsError(f"{NAME}: {fault}")


def _faults(one: Binding, bound: Bound, *, learned: bool) -> Iterator[str]:
    if not learned:
        hint = "`drawbar memory soften ask` lets it do so"
        yield f"`{one.policy}` has `soften`, which is memory's alone; {hint}"
    if not _is_alone(one.tenants):
        yield f"`{one.policy}` softens, so its entry names one tenant, and nothing more"
    rules = bound.policy.rules
    if not bound.policy.is_overlay or not all(_is_asking(rule, bound) for rule in rules):
        yield f"`{one.policy}` softens, so it must be an overlay; and it {_SHAPE}"


def _is_alone(tenants: Collection[str] | None) -> bool:
    return tenants is not None and len(tenants) == 1 and not any("*" in one for one in tenants)


def _is_asking(rule: Rule, of: Bound) -> bool:
    asks = rule.effect is Effect.ASK and rule.shadow and rule.name not in of.names.judgements
    return asks and rule.approver is not None and rule.approver.kind == "role"
