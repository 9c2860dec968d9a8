"""What each idea of the language is worth: the policies without it, played again.

A policy is rewritten, and nothing in the engine is weakened. A condition that is taken out becomes
true in an `allow` and false in an `ask` or `deny`: the rule no longer minds it. A question by which
policies accept more may also be answered no everywhere: that shows what it is good for. Laws of the
session are no part of a policy, so the bench has sessions of its own without them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from app.policy.policies import PolicySet
from bench.agentdojo.dojo import Dojo
from bench.agentdojo.guard import Gateway
from bench.agentdojo.replay import Answer, Case, Way, World, play
from bench.agentdojo.score import Cases
from bench.agentdojo.scripts import ORDERS, Script
from bench.agentdojo.sessions import Echoing, Loose
from bench.agentdojo.suites import Suite
from dsl import syntax, walk
from dsl.interpret import Bound
from dsl.model import Effect
from memory.sessions.session import Session

Taken = Callable[[syntax.Condition], bool]
PREFIX: Final = "without "
_ALL: Final = (syntax.ToolField("*"),)
UNATTENDED: Final[Answer] = "nobody"


@dataclass(frozen=True, slots=True)
class Variant:
    """A policy without something: which conditions are taken out, and what becomes of sources.

    With `never` they are not taken out but false; `session` is the session that is asked.
    """

    name: str
    words: str
    taken: Taken = lambda _: False
    sources: Callable[[syntax.Policy], tuple[syntax.SourceLevel, ...]] | None = None
    never: bool = False
    session: type[Session] = Session

    @property
    def arm(self) -> str:
        """Name what decides."""
        return PREFIX + self.name

    def of(self, policies: PolicySet) -> PolicySet:
        """Return policies as this variant has them."""
        return replace(policies, bound=tuple(map(self._of, policies.bound)))

    def _of(self, bound: Bound) -> Bound:
        lets = {one.name: one.value for one in bound.policy.lets}
        kept = tuple(
            self._rule(one, lets) if isinstance(one, syntax.Rule) else one
            for one in bound.policy.statements
            if self.sources is None or not isinstance(one, syntax.SourceLevel)
        )
        statements = (*kept, *(self.sources(bound.policy) if self.sources else ()))
        return replace(bound, policy=replace(bound.policy, statements=statements, starts=()))

    def _rule(self, rule: syntax.Rule, lets: Mapping[str, Any]) -> syntax.Rule:
        if rule.condition is None:
            return rule
        minded = rule.effect is Effect.ALLOW
        rewriting = _Rewriting(self.taken, lets, minded=minded, never=self.never)
        return replace(rule, condition=rewriting.condition(rule.condition))

    def guard(self, policies: PolicySet, now: datetime) -> Gateway:
        """Return who decides by policies that were rewritten."""
        return Gateway(policies, now, self.session)


@dataclass(frozen=True, slots=True)
class _Rewriting:
    """Takes conditions out of one rule; named ones are looked into, each rule for itself."""

    taken: Taken
    lets: Mapping[str, Any]
    minded: bool  # what a condition becomes that is taken out
    never: bool = False

    def condition(self, one: Any, *, turned: bool = False) -> Any:
        """Return a condition; `turned` by a `not`, what is taken out is the other way round."""
        if self.taken(one):
            return syntax.Holds(syntax.Constant(not self.never and self.minded != turned))
        match one:
            case syntax.Not(inner=inner):
                return replace(one, inner=self.condition(inner, turned=not turned))
            case syntax.And(parts=parts) | syntax.Or(parts=parts):
                rewritten = tuple(self.condition(part, turned=turned) for part in parts)
                return replace(one, parts=rewritten)
            case syntax.Quantifier(kind=kind, body=body):
                turns = turned != (kind == "none")
                return replace(one, body=self.condition(body, turned=turns))
            case syntax.Holds(inner=syntax.Path(root=root, steps=())) if root in self.lets:
                return self.condition(_as_condition(self.lets[root]), turned=turned)
            case _:
                return one


def _as_condition(named: Any) -> Any:
    """Return what a name stands for as a condition: a value such as `called(pay)` is one too."""
    joined = isinstance(named, syntax.Test | syntax.Not | syntax.And | syntax.Or)
    return named if joined else syntax.Holds(named)


def _asks(one: syntax.Condition, *names: str) -> bool:
    """Tell whether a condition is a question of one of these names."""
    inner = one.inner if isinstance(one, syntax.Holds) else None
    return isinstance(inner, syntax.CallOf) and inner.name in names


def _origin(one: syntax.Condition) -> bool:
    return isinstance(one, syntax.From) or _asks(one, "directed")


def _mandate(one: syntax.Condition) -> bool:
    return isinstance(one, syntax.UserSaid) or _asks(one, "user_delegated")


def _delegated(one: syntax.Condition) -> bool:
    return _asks(one, "user_delegated")


def _near(one: syntax.Condition) -> bool:
    return _asks(one, "near")


def _record(one: syntax.Condition) -> bool:
    return isinstance(one, syntax.From) and any(
        isinstance(origin, syntax.OfRecord) for origin in one.origins
    )


def _entities(one: syntax.Condition) -> bool:
    items = one.items if isinstance(one, syntax.Quantifier) else None
    return isinstance(items, syntax.CallOf) and items.name == "entities"


def _history(one: syntax.Condition) -> bool:
    if isinstance(one, syntax.Not | syntax.And | syntax.Or):
        return False
    return any(True for _ in walk.nodes(one, syntax.Past))


def _sums(one: syntax.Condition) -> bool:
    return isinstance(one, syntax.Comparison) and _history(one)


def _believed(policy: syntax.Policy) -> tuple[syntax.SourceLevel, ...]:
    """Return every result at a level that the policy accepts values from."""
    accepted = {one.name for one in walk.nodes(policy.statements, syntax.Level)}
    return (syntax.SourceLevel(_ALL, "internal" if "internal" in accepted else "trusted"),)


def _in_parts(policy: syntax.Policy) -> tuple[syntax.SourceLevel, ...]:
    """Return every source, and none that counts as a whole alone."""
    sources = (one for one in policy.statements if isinstance(one, syntax.SourceLevel))
    return tuple(replace(one, whole=False) for one in sources)


VARIANTS: Final = (
    Variant("nothing", "the policies as they are"),
    Variant("labels", "no labels", lambda one: isinstance(one, syntax.Has)),
    Variant("origin", "no origin of values: no `from`", _origin),
    Variant("mandate", "no user's words: no `user_said`, no `user_delegated`", _mandate),
    Variant("entities", "no values inside texts: no `entities`", _entities),
    Variant("history", "no earlier calls: no `called`, `last`, `count` and `sum`", _history),
    Variant("sums", "no `count` and `sum`", _sums),
    Variant("near", "no `near`", _near),
    Variant("record", "no `record`", _record),
    Variant("record_never", "nothing accepted by `record`", _record, never=True),
    Variant("delegated", "no `user_delegated`", _delegated),
    Variant("delegated_never", "nothing accepted by `user_delegated`", _delegated, never=True),
    Variant("whole", "no `whole`: parts of names count", sources=_in_parts),
    Variant("echo", "no echo rule: what a tool gives back counts", session=Echoing),
    Variant("words", "letters found inside other words", session=Loose),
    Variant("trust", "every result untrusted: no `source`", sources=lambda _: ()),
    Variant("distrust", "every result believed", sources=_believed),
)


def play_suite(
    dojo: Dojo, suite: Suite, scripts: Iterable[Script], policies: PolicySet
) -> Iterator[Case]:
    """Play a suite by every variant of its policy."""
    of = variants(policies)
    for script in scripts:
        dojo.open(script)
        yield from play_all(dojo, suite, script, of)


def play_all(
    world: World, suite: Suite, script: Script, policies: Mapping[str, PolicySet]
) -> Iterator[Case]:
    """Play a script by every variant, unattended; a task that nobody attacks also with a person.

    What was decided call by call is kept of such tasks alone, to count the asks.
    """
    for variant in VARIANTS:
        set_ = policies[variant.arm]
        if script.attack is None:
            for answer in ("person", "nobody"):
                way = Way(variant.arm, "U", answer)
                yield play(world, script, way, variant.guard(set_, suite.now))
            continue
        for order in ORDERS:
            way = Way(variant.arm, order, UNATTENDED)
            case = play(world, script, way, variant.guard(set_, suite.now))
            yield replace(case, steps=())


@dataclass(frozen=True, slots=True)
class Worth:
    """What came of one variant in some suites."""

    attacks_first: int
    attacks_after: int
    pairs: int
    tasks: int
    tasks_alone: int
    of_tasks: int
    asks: int


def worth(cases: Cases, variant: Variant) -> Worth:
    """Count what came of a variant."""
    first, after = (cases.counts(order, UNATTENDED, variant.arm) for order in ORDERS)
    attended = cases.counts_benign("person", variant.arm)
    alone = cases.counts_benign("nobody", variant.arm)
    return Worth(
        first.attack_succeeded,
        after.attack_succeeded,
        after.n,
        attended.utility,
        alone.utility,
        attended.n,
        attended.asks,
    )


def variants(policies: PolicySet) -> dict[str, PolicySet]:
    """Return every variant of policies, by the name of what decides."""
    return {one.arm: one.of(policies) for one in VARIANTS}
