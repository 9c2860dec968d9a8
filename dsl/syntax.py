"""The tree of a policy: what was written, with the place of each part, and nothing computed."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

from dsl.errors import Span
from dsl.model import Effect, SourceLine

NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything written in a policy; equality ignores where it stands."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


# Expressions


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


Operand = Constant | Path | ListOf | CallOf | Arithmetic | Minus | Aggregate
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


Test = Comparison | Membership | TextMatch | PatternMatch | Present | Holds | Quantifier
Condition = Test | Not | And | Or
Expression = Operand | Condition


# Statements


@dataclass(frozen=True, slots=True)
class ToolPattern(Node):
    """A tool name or glob, with its server in front where one is named."""

    text: str


@dataclass(frozen=True, slots=True)
class Selector(Node):
    """The tools a rule speaks of."""

    patterns: tuple[ToolPattern, ...]
    excluded: tuple[ToolPattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Validity(Node):
    """The days on which a rule is in force, both included."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Rule(Node):
    """One rule: an effect on some tools under a condition."""

    name: str
    effect: Effect
    selector: Selector
    condition: Condition | None = None
    priority: int = 0
    because: str | None = None
    reply: str | None = None
    retryable: bool | None = None
    source: SourceLine | None = None
    valid: Validity | None = None
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Header(Node):
    """The first statement: what this file is."""

    kind: Literal["policy", "overlay"]
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class UseTools(Node):
    """Names the file with the tools' schemas."""

    file: str


@dataclass(frozen=True, slots=True)
class TimeZone(Node):
    """Names the zone in which hours and days are told."""

    name: str


@dataclass(frozen=True, slots=True)
class Let(Node):
    """Gives a value or condition a name."""

    name: str
    value: Expression
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Row(Node):
    """One row of a table."""

    key: tuple[Any, ...]
    value: Any


@dataclass(frozen=True, slots=True)
class Table(Node):
    """Values looked up by one or more keys."""

    name: str
    rows: tuple[Row, ...]
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Default(Node):
    """The effect where no rule applies."""

    effect: Effect
    because: str | None = None


@dataclass(frozen=True, slots=True)
class TestCall(Node):
    """A call made in a test."""

    tool: str
    args: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Expect(Node):
    """What the call before it must come to."""

    effect: Effect
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class GivenNow(Node):
    """The instant at which the calls after it are decided."""

    now: datetime


Step = TestCall | Expect | GivenNow


@dataclass(frozen=True, slots=True)
class TestBlock(Node):
    """A test that lives with the policy."""

    name: str
    steps: tuple[Step, ...]


Statement = Header | UseTools | TimeZone | Let | Table | Default | Rule | TestBlock


@dataclass(frozen=True, slots=True)
class Policy:
    """One file: a policy, which may allow, or an overlay, which may only narrow."""

    header: Header
    statements: tuple[Statement, ...]

    @property
    def name(self) -> str:
        """Return the policy's name."""
        return self.header.name

    @property
    def is_overlay(self) -> bool:
        """Tell whether this file may only narrow."""
        return self.header.kind == "overlay"

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules in the order they are written."""
        return tuple(s for s in self.statements if isinstance(s, Rule))

    @property
    def lets(self) -> tuple[Let, ...]:
        """Return the named values."""
        return tuple(s for s in self.statements if isinstance(s, Let))

    @property
    def tables(self) -> tuple[Table, ...]:
        """Return the tables."""
        return tuple(s for s in self.statements if isinstance(s, Table))

    @property
    def timezone(self) -> str:
        """Return the zone in which hours and days are told."""
        return next((s.name for s in self.statements if isinstance(s, TimeZone)), "UTC")

    @property
    def tests(self) -> tuple[TestBlock, ...]:
        """Return the tests in the order they are written."""
        return tuple(s for s in self.statements if isinstance(s, TestBlock))

    @property
    def default(self) -> Default | None:
        """Return the written default, if there is one."""
        return next((s for s in self.statements if isinstance(s, Default)), None)

    @property
    def tools_file(self) -> UseTools | None:
        """Return the statement that names the tools file, if there is one."""
        return next((s for s in self.statements if isinstance(s, UseTools)), None)
