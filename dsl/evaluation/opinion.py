"""What one policy says: its rules, its default, and last what a model judges."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

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
    # What holds in each phase where no rule applies.
    bases: Mapping[syntax.Phase, Reason | None] = field(init=False, repr=False, compare=False)
    _of_rules: Mapping[str, Names] = field(init=False, repr=False, compare=False)
    # What an engine works out of it once, by the type of that.
    kept: dict[type, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = names_of(self.policy, formats(self.tools))
        object.__setattr__(self, "names", names)
        bases: dict[syntax.Phase, Reason | None] = {
            phase: _base(self.policy, phase) for phase in ("call", "result", "reply")
        }
        object.__setattr__(self, "bases", bases)
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
        return case.of(self.names)


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


Judged = tuple[syntax.Rule, Truth]


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


Kind = Literal["plain", "judged", "shadow"]


class Part(NamedTuple):
    """The rules of a policy that are weighed together: in one phase, of one kind."""

    phase: syntax.Phase
    kind: Kind


# Returns the rules of a part that apply, in their order; with an effect, such as are stricter.
Applying = Callable[[Bound, Part, Scope, Effect | None], list[Judged]]


def rules_of(names: Names, part: Part) -> list[syntax.Rule]:
    """Return the rules of a part in the order they are written."""
    return [
        rule
        for rule in names.policy.rules
        if rule.phase == part.phase and _kind(rule, names) == part.kind
    ]


def _kind(rule: syntax.Rule, names: Names) -> Kind:
    if rule.shadow:
        return "shadow"
    return "judged" if rule.name in names.judgements else "plain"


def by_reading(bound: Bound, part: Part, scope: Scope, above: Effect | None = None) -> list[Judged]:
    """Read one rule after the other: the slow and obvious way."""
    return read(bound, ((rule, False) for rule in rules_of(bound.names, part)), scope, above)


def opinion(
    bound: Bound, case: Scope, phase: syntax.Phase = "call", applying: Applying = by_reading
) -> Opinion | None:
    """Return what one policy says of a call, or of a result or reply."""
    scope = bound.scope(case)
    plain = applying(bound, Part(phase, "plain"), scope, None)
    said = _settled(bound.policy, plain, bound.bases[phase])
    if not bound.names.judgements:
        return said
    # Skipped where they could not make it stricter: a score can never rescue, and it costs time.
    judged = applying(bound, Part(phase, "judged"), scope, said.effect if said else None)
    narrowed = _settled(bound.policy, judged, None)
    if narrowed is None or said is None:
        return narrowed or said
    return replace(narrowed, acting=(*said.acting, *narrowed.acting))


def shadow(
    bound: Bound, case: Scope, phase: syntax.Phase = "call", applying: Applying = by_reading
) -> tuple[Reason, ...]:
    """Return what the rules in shadow mode would have said."""
    found = applying(bound, Part(phase, "shadow"), bound.scope(case), None)
    return tuple(by_rule(bound.policy, rule, truth) for rule, truth in found)


def read(
    bound: Bound,
    candidates: Iterable[tuple[syntax.Rule, bool]],
    scope: Scope,
    above: Effect | None = None,
) -> list[Judged]:
    """Return which candidates apply, reading those that do not surely; each has its own budget.

    Those that stand for one session share one: whoever added them pays with it for all of them.
    """
    shared = None if bound.published else Purse()
    judged: list[Judged] = []
    for rule, is_sure in candidates:
        if above is not None and rule.effect.strictness <= above.strictness:
            continue
        truth = True if is_sure else _truth(rule, bound, scope, shared or Purse())
        if truth is not None:
            judged.append((rule, truth))
    return judged


def _truth(rule: syntax.Rule, bound: Bound, scope: Scope, purse: Purse) -> Truth | None:
    if choosing.passes_over(rule, scope.call):
        return None
    asked = scope.judging(rule.effect, purse)
    names = bound.names_in(rule)
    asked = asked if names is bound.names else replace(asked, names=names)
    return choosing.applies(rule, asked, bound.tools)


def _settled(
    policy: syntax.Policy, judged: Sequence[Judged], base: Reason | None
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
    doubtful: Sequence[Judged],
    default: Reason | None,
) -> Opinion:
    """Name what decided, and what must be carried out along with it."""
    certain: list[Judged] = [(rule, True) for rule in leading if rule.effect is effect]
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
