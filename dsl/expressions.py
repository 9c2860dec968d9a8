"""The tree of a condition or value: what was written, with the place of each part."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from dsl.errors import Span

NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything written in a policy; equality ignores where it stands."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


EACH: Final = "*"  # the step `[*]`: the same for every element of a list


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A text, number, truth value, time, duration or percentage written in the policy."""

    value: Any


@dataclass(frozen=True, slots=True)
class Path(Node):
    """A named value and a place in it, as `args.items[0].price`; `optional` is its `?`."""

    root: str
    steps: tuple[str | int, ...] = ()
    optional: bool = False

    def __str__(self) -> str:
        """Return the path as it is written."""
        shown = (f"[{s}]" if isinstance(s, int) or s == EACH else f".{s}" for s in self.steps)
        return self.root + "".join(shown) + ("?" if self.optional else "")


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """A list written out: `[1, 2]`."""

    items: tuple["Operand", ...]


@dataclass(frozen=True, slots=True)
class CallOf(Node):
    """A function, or a table looked up: `host(args.url)`."""

    name: str
    arguments: tuple["Operand", ...]


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Two values added, subtracted, multiplied or divided."""

    left: "Operand"
    operator: Literal["+", "-", "*", "/"]
    right: "Operand"


@dataclass(frozen=True, slots=True)
class Minus(Node):
    """A value with its sign turned."""

    inner: "Operand"


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """One value made of a list: `sum(x in args.items: x.price)`."""

    name: str
    variable: str
    items: "Operand"
    body: "Operand | Condition"


@dataclass(frozen=True, slots=True)
class Range(Node):
    """Numbers from `low` to `high`, both included."""

    low: "Operand"
    high: "Operand"


# What was called before


Per = Literal["session", "subject", "agent", "tenant"]


@dataclass(frozen=True, slots=True)
class Window(Node):
    """Which earlier calls are meant: those that pass a test, of a time, of somebody."""

    where: "Condition | None" = None
    within: timedelta | None = None
    per: Per = "session"


@dataclass(frozen=True, slots=True)
class Past(Node):
    """A question about earlier calls: `count(pay within 1h)`, `sum(pay: past.args.amount)`."""

    name: str
    tools: tuple[str, ...]
    body: "Operand | None" = None
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, slots=True)
class FieldOf(Node):
    """A place in what a function or an earlier call gives: `last(pay).result.id`."""

    whole: "CallOf | Past"
    steps: tuple[str | int, ...]
    optional: bool = False


Operand = Constant | Path | ListOf | CallOf | Arithmetic | Minus | Aggregate | Past | FieldOf
Comparator = Literal["==", "!=", "<", "<=", ">", ">="]
TextTest = Literal["contains", "starts_with", "ends_with", "like"]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """Two values compared."""

    left: Operand
    operator: Comparator
    right: Operand


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """A value in a list or range."""

    left: Operand
    right: Operand | Range
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TextMatch(Node):
    """A text test other than a pattern."""

    left: Operand
    operator: TextTest
    right: Operand


@dataclass(frozen=True, slots=True)
class PatternMatch(Node):
    """`matches`: the whole value against an RE2 pattern."""

    left: Operand
    pattern: str


@dataclass(frozen=True, slots=True)
class Present(Node):
    """`present(path)`: the value is there and not null."""

    path: Path


@dataclass(frozen=True, slots=True)
class Holds(Node):
    """A truth value used as a condition: an argument, a function, a named condition."""

    inner: Operand


@dataclass(frozen=True, slots=True)
class Quantifier(Node):
    """`any`, `all` or `none` of a list's elements pass a condition."""

    kind: Literal["any", "all", "none"]
    variable: str
    items: Operand
    body: "Condition"


# Where a value comes from


@dataclass(frozen=True, slots=True)
class Level(Node):
    """One of the origins a value may have, as `user` or `untrusted`."""

    name: str


@dataclass(frozen=True, slots=True)
class OfTool(Node):
    """The results of some tools: `tool("get_*")`."""

    pattern: str


@dataclass(frozen=True, slots=True)
class OfRecord(Node):
    """Rows of a tool's results that pass a test: `record(get_events) where ...`."""

    tool: str
    where: "Condition"


Origin = Level | OfTool | OfRecord


@dataclass(frozen=True, slots=True)
class From(Node):
    """Whether a value was seen in one of some origins; with `only`, in no other."""

    value: Operand
    origins: tuple[Origin, ...]
    only: bool = False


@dataclass(frozen=True, slots=True)
class Has(Node):
    """Whether a value, or with none the session, carries a label."""

    value: Operand | None
    label: str


@dataclass(frozen=True, slots=True)
class Saw(Node):
    """Whether the session was shown something of a level."""

    level: str


@dataclass(frozen=True, slots=True)
class UserSaid(Node):
    """Whether a pattern occurs in what the user wrote."""

    pattern: str


# What a model judges


@dataclass(frozen=True, slots=True)
class Judged(Node):
    """A learned score against its threshold: `judge("..." as KIND forbids) >= 0.8`."""

    name: Literal["judge", "classify", "similar"]
    text: str
    operator: Literal[">=", ">"]
    threshold: int | Decimal
    value: Operand | None = None
    kind: str | None = None
    polarity: Literal["forbids", "permits"] | None = None


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite."""

    inner: "Condition"


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of at least two."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Any of at least two."""

    parts: tuple["Condition", ...]


Test = (
    Comparison
    | Membership
    | TextMatch
    | PatternMatch
    | Present
    | Holds
    | Quantifier
    | From
    | Has
    | Saw
    | UserSaid
    | Judged
)
Condition = Test | Not | And | Or
Expression = Operand | Condition
