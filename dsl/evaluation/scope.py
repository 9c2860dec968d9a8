"""What an evaluation may look at: the call, the time, the policy's names, and how much is left."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from dsl import selectors, syntax, walk
from dsl.evaluation.identity import Same
from dsl.model import NOTHING, Effect, ToolCall
from dsl.state import NOTHING_KNOWN, Argument, State

# Steps that one rule may take for one call; nested tests over long lists meet it. A step is about
# 2.5 microseconds of this evaluator, and what is slower counts for more of them.
BUDGET: Final = 100_000
CHARACTERS: Final = 50
_NO_POLICY: Final = syntax.Policy(syntax.Header("policy", "-", 1), ())


@dataclass(slots=True)
class Purse:
    """The steps that are left; shared by every scope of one evaluation."""

    left: int = BUDGET

    def spend(self, steps: int = 1) -> bool:
        """Take some steps; tell whether there were so many left."""
        self.left -= steps
        return self.left >= 0

    def afford(self, *values: Any, steps: int = 1) -> bool:
        """Take the steps for looking at values of this size."""
        return self.spend(steps + sum(map(_size, values)))


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) // CHARACTERS
    return len(value) if isinstance(value, list | tuple) else 0


@dataclass(frozen=True, slots=True)
class Names:
    """What a policy declares, by name; worked out once a policy."""

    policy: syntax.Policy = _NO_POLICY
    zone: tzinfo = UTC
    lets: Mapping[str, syntax.Let] = field(default_factory=lambda: NOTHING)
    tables: Mapping[str, syntax.Table] = field(default_factory=lambda: NOTHING)
    facts: Mapping[str, syntax.Fact] = field(default_factory=lambda: NOTHING)
    kinds: tuple[tuple[syntax.ToolField, str], ...] = ()
    formats: tuple[tuple[syntax.ToolField, str], ...] = ()  # the kinds that tools' schemas tell
    judgements: frozenset[str] = frozenset()  # the rules that ask for a learned score
    # In the scope of one rule: its name, and what its declared sentences mean.
    rule: str = ""
    meant: Mapping[Any, syntax.Condition] = field(default_factory=lambda: NOTHING)


def names_of(
    policy: syntax.Policy, formats: tuple[tuple[syntax.ToolField, str], ...] = ()
) -> Names:
    """Collect what a policy declares."""
    lets = {let.name: let for let in policy.lets}
    return Names(
        policy,
        UTC if policy.timezone == "UTC" else ZoneInfo(policy.timezone),
        lets,
        {table.name: table for table in policy.tables},
        {fact.name: fact for fact in policy.facts},
        tuple((field, one.kind) for one in policy.kinds for field in one.fields),
        formats,
        frozenset(rule.name for rule in policy.rules if judges(rule.condition, lets)),
    )


def judges(tree: object, lets: Mapping[str, syntax.Let]) -> bool:
    """Tell whether a condition asks for a learned score, itself or through a name."""
    todo, seen = [tree], set[str]()
    while todo:
        itself, roots = asks(Same(todo.pop()))
        if itself:
            return True
        inner = [root for root in roots if root in lets and root not in seen]
        seen.update(inner)
        todo += [lets[root].value for root in inner]
    return False


@lru_cache(maxsize=1 << 15)
def asks(tree: Same) -> tuple[bool, frozenset[str]]:
    """Tell whether a tree asks for a learned score, and return the names that it reads.

    A statement's text that was read before is the same tree again, so a reload walks through
    what is new alone.
    """
    scored = next(walk.nodes(tree.one, syntax.Judged), None) is not None
    return scored, frozenset(path.root for path in walk.nodes(tree.one, syntax.Path))


@dataclass(slots=True)
class Scope:
    """One evaluation of one policy: of a call, or with `content` of what came of it.

    Nobody changes one. It is not frozen, for that takes four times as long to make, and each rule
    that is read has one made.
    """

    call: ToolCall
    now: datetime
    names: Names = Names()
    state: State = NOTHING_KNOWN
    content: Mapping[str, Any] = field(default_factory=lambda: NOTHING)  # `result` or `reply`
    effect: Effect = Effect.DENY  # of the rule that asks
    variables: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    lists: Mapping[str, syntax.Operand] = field(default_factory=lambda: NOTHING)
    purse: Purse = field(default_factory=Purse)
    facts: tuple[str, ...] = ()  # those that are being looked up

    def bind(self, name: str, value: Any, items: syntax.Operand | None = None) -> "Scope":
        """Return a scope in which a name stands for a value, maybe the element of a list."""
        inner = {**self.variables, name: value}
        lists = self.lists if items is None else {**self.lists, name: items}
        return self._with(inner, lists)

    def outside(self) -> "Scope":
        """Return the scope in which named values are evaluated: no element is bound there."""
        return self._with(NOTHING, NOTHING)

    def judging(self, effect: Effect, purse: Purse) -> "Scope":
        """Return the scope in which one rule is judged."""
        rest = (self.call, self.now, self.names, self.state, self.content)
        return Scope(*rest, effect, self.variables, self.lists, purse, self.facts)

    def of(self, names: Names) -> "Scope":
        """Return the scope of a policy's names for the same case."""
        rest = (self.state, self.content, self.effect, self.variables, self.lists, self.purse)
        return Scope(self.call, self.now, names, *rest, self.facts)

    def asking(self, fact: str) -> "Scope":
        """Return the scope in which the arguments of a fact's look-up are evaluated."""
        return replace(self.outside(), facts=(*self.facts, fact))

    def _with(self, variables: Mapping[str, Any], lists: Mapping[str, syntax.Operand]) -> "Scope":
        rest = (self.call, self.now, self.names, self.state, self.content, self.effect)
        return Scope(*rest, variables, lists, self.purse, self.facts)

    def kind(self, node: object) -> str | None:
        """Return the declared kind of the argument that stands at a path."""
        at = self.argument(node) if self.names.kinds else None
        return None if at is None else kind_of(self.names.kinds, at)

    def argument(self, node: object) -> Argument | None:
        """Return where in whose arguments a path leads, through the names on its way."""
        match node:
            case syntax.Path("args", steps):
                return Argument(self.call.server, self.call.tool, steps)
            case syntax.Path("past", ("args", *rest)) if "past" in self.variables:
                return _argument_of(self.variables["past"]["tool"], tuple(rest))
            case syntax.FieldOf(syntax.Past(_, (tool, *_)), ("args", *rest)):
                return _argument_of(tool, tuple(rest))
            case syntax.Path(root, steps) if root in self.lists:
                return self._below(self.lists[root], (syntax.EACH, *steps))
            case syntax.Path(root, steps) if root in self.names.lets:
                bound = root in self.variables
                return None if bound else self._below(self.names.lets[root].value, steps)
            case _:
                return None

    def _below(self, node: object, steps: tuple[str | int, ...]) -> Argument | None:
        at = self.argument(node)
        return None if at is None else at._replace(steps=(*at.steps, *steps))


def _argument_of(qualified: str, steps: tuple[str | int, ...]) -> Argument:
    server, _, tool = qualified.rpartition("/")
    return Argument(server or None, tool, steps)


def kind_at(policy: syntax.Policy, at: Argument) -> str | None:
    """Return the kind that a policy declares of an argument, or of what lies around it."""
    declared = tuple((field, one.kind) for one in policy.kinds for field in one.fields)
    around = (at._replace(steps=at.steps[:end]) for end in range(len(at.steps), -1, -1))
    return next((kind for one in around if (kind := kind_of(declared, one))), None)


def kind_of(declared: tuple[tuple[syntax.ToolField, str], ...], at: Argument) -> str | None:
    """Return the first kind that is declared of an argument itself."""
    for one, kind in declared:
        if selectors.names(one.tool, at.server, at.tool) and _fits(one.steps, at.steps):
            return kind
    return None


def _fits(declared: tuple[str | int, ...], steps: tuple[str | int, ...]) -> bool:
    """Compare places; a kind that is declared of a list holds for its elements too."""
    wanted = tuple(syntax.EACH if isinstance(step, int) else step for step in steps)
    plain = tuple(syntax.EACH if isinstance(step, int) else step for step in declared)
    return wanted in (plain, (*plain, syntax.EACH))
