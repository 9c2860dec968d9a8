"""What one policy says: its rules, its default, and last what a model judges."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dsl import syntax
from dsl.evaluation import choosing
from dsl.evaluation.formats import formats
from dsl.evaluation.scope import Names, Purse, Scope, names_of
from dsl.model import NOTHING, By, Effect, Reason, ReasonCode, strictest
from dsl.sentences.rules import meanings
from dsl.sentences.slots import Meant
from dsl.toolspec import Tools
from dsl.types import Truth, Unknown


@dataclass(frozen=True, slots=True)
class Bound:
    """A policy ready to judge: its tree and, where it declares them, its tools.

    `published` is false for what stands for one session only: it may narrow and not decide alone.
    """

    policy: syntax.Policy
    tools: Tools | None = None
    published: bool = True
    names: Names = field(init=False, repr=False, compare=False)
    _of_rules: Mapping[str, Names] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = names_of(self.policy, formats(self.tools))
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "_of_rules", _of_rules(self.policy, self.tools, names))

    def names_in(self, rule: syntax.Rule) -> Names:
        """Return what the policy declares, with what the sentences of one rule mean."""
        return self._of_rules.get(rule.name, self.names) if self._of_rules else self.names

    @property
    def read(self) -> tuple[object, ...]:
        """Return all that may be evaluated: the policy, and what its declared sentences mean."""
        return (
            self.policy,
            *(one for each in self._of_rules.values() for one in each.meant.values()),
        )

    def scope(self, case: "Scope") -> Scope:
        """Return the scope of this policy's rules for the case at hand."""
        return replace(case, names=self.names)


def _of_rules(policy: syntax.Policy, tools: Tools | None, names: Names) -> Mapping[str, Names]:
    """Return the names of the rules whose sentences code decides; most policies have none."""
    if not names.judgements or tools is None:
        return NOTHING
    found: dict[str, Names] = {}
    for rule, each in meanings(policy, tools).items():
        meant = {name: one.condition for name, one in each.items() if isinstance(one, Meant)}
        if meant:
            found[rule] = replace(names, rule=rule, meant=meant)
    return found


_Judged = tuple[syntax.Rule, Truth]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one policy says; an overlay may have nothing to say.

    `winners` are the rules whose words count; `acting` those whose changes and duties do.
    """

    policy: syntax.Policy
    effect: Effect
    reasons: tuple[Reason, ...]
    winners: tuple[syntax.Rule, ...] = ()
    acting: tuple[syntax.Rule, ...] = ()


def opinion(bound: Bound, case: Scope, phase: syntax.Phase = "call") -> Opinion | None:
    """Return what one policy says of a call, or of a result or reply."""
    scope = bound.scope(case)
    rules = [rule for rule in bound.policy.rules if rule.phase == phase and not rule.shadow]
    plain = [rule for rule in rules if rule.name not in bound.names.judgements]
    said = _settled(bound.policy, _applying(plain, scope, bound), _base(bound.policy, phase))
    # Skipped where they could not make it stricter: a score can never rescue, and it costs time.
    judges = [
        rule
        for rule in rules
        if rule.name in bound.names.judgements
        and (said is None or rule.effect.strictness > said.effect.strictness)
    ]
    if not judges:
        return said
    narrowed = _settled(bound.policy, _applying(judges, scope, bound), None)
    if narrowed is None or said is None:
        return narrowed or said
    return replace(narrowed, acting=(*said.acting, *narrowed.acting))


def shadow(bound: Bound, case: Scope, phase: syntax.Phase = "call") -> tuple[Reason, ...]:
    """Return what the rules in shadow mode would have said."""
    rules = [rule for rule in bound.policy.rules if rule.phase == phase and rule.shadow]
    applying = _applying(rules, bound.scope(case), bound)
    return tuple(by_rule(bound.policy, rule, truth) for rule, truth in applying)


def _applying(rules: Iterable[syntax.Rule], scope: Scope, bound: Bound) -> list[_Judged]:
    """Return the rules that apply; each has a budget of its own.

    Those that stand for one session share one: whoever added them pays with it for all of them.
    """
    shared = None if bound.published else Purse()

    def asking(rule: syntax.Rule) -> Scope:
        asked = scope.judging(rule.effect, shared or Purse())
        names = bound.names_in(rule)
        return asked if names is bound.names else replace(asked, names=names)

    concerned = (rule for rule in rules if not choosing.passes_over(rule, scope.call))
    asked = ((rule, choosing.applies(rule, asking(rule), bound.tools)) for rule in concerned)
    return [(rule, truth) for rule, truth in asked if truth is not None]


def _settled(
    policy: syntax.Policy, judged: Sequence[_Judged], base: Reason | None
) -> Opinion | None:
    """Weigh the rules that apply: by true the highest priority, then what is unknown joins."""
    certain = [rule for rule, truth in judged if truth is True]
    top = max((rule.priority for rule in certain), default=None)
    leading = [rule for rule in certain if rule.priority == top]
    doubtful = [
        (rule, truth)
        for rule, truth in judged
        if isinstance(truth, Unknown) and (top is None or rule.priority >= top)
    ]
    effects = [rule.effect for rule in (*leading, *(rule for rule, _ in doubtful))]
    effects += [base.effect] if base is not None and not leading else []
    if not effects:
        return None
    default = base if not leading else None
    return _opinion(policy, strictest(*effects), leading, doubtful, default)


def _opinion(
    policy: syntax.Policy,
    effect: Effect,
    leading: list[syntax.Rule],
    doubtful: Sequence[_Judged],
    default: Reason | None,
) -> Opinion:
    """Name what decided, and what must be carried out along with it."""
    certain: list[_Judged] = [(rule, True) for rule in leading if rule.effect is effect]
    unsure = [(rule, truth) for rule, truth in doubtful if rule.effect is effect]
    stands = default is not None and default.effect is effect
    # An unknown matters where nothing certain decides; an ask must be satisfied all the same.
    # So is a change of what comes out of a call, the one thing allowed by unknown.
    joins = effect is not Effect.DENY or not (certain or stands)
    deciding = [*certain, *(unsure if joins else [])]
    reasons = [by_rule(policy, rule, truth) for rule, truth in deciding]
    held = strictest(*(rule.effect for rule in leading)) if leading else None
    acting = [*(r for r in leading if r.effect is held), *(rule for rule, _ in unsure)]
    return Opinion(
        policy,
        effect,
        (*([default] if default is not None and stands else []), *reasons),
        tuple(rule for rule, _ in deciding),
        tuple(acting),
    )


def _base(policy: syntax.Policy, phase: syntax.Phase) -> Reason | None:
    """Return what holds where no rule applies: the default is for calls only."""
    if policy.is_overlay:
        return None
    if phase != "call":
        return Reason(ReasonCode.NO_RULE, Effect.ALLOW, policy=policy.name)
    if policy.default is None:
        return Reason(ReasonCode.NO_RULE, Effect.DENY, policy=policy.name)
    written = policy.default
    return Reason(ReasonCode.DEFAULT, written.effect, policy=policy.name, because=written.because)


def by_rule(policy: syntax.Policy, rule: syntax.Rule, truth: Truth) -> Reason:
    """Return a rule that applied as the reason of a decision."""
    why: dict[str, Any] = {"by": By.TRUE}
    if isinstance(truth, Unknown):
        why = {"by": By.UNKNOWN, "cause": truth.cause, "path": truth.path}
    return Reason(
        ReasonCode.RULE,
        rule.effect,
        policy=policy.name,
        rule=rule.name,
        because=rule.because,
        source=rule.source,
        **why,
    )
