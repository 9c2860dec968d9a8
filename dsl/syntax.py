"""The tree of a policy: what was written, with the place of each part, and nothing computed."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from dsl.errors import Span
from dsl.expressions import (
    EACH,
    NOWHERE,
    Aggregate,
    And,
    Arithmetic,
    CallOf,
    Comparator,
    Comparison,
    Condition,
    Constant,
    Expression,
    FieldOf,
    From,
    Has,
    Holds,
    Judged,
    Level,
    ListOf,
    Membership,
    Minus,
    Node,
    Not,
    OfRecord,
    OfTool,
    Operand,
    Or,
    Origin,
    Past,
    Path,
    PatternMatch,
    Per,
    Present,
    Quantifier,
    Range,
    Saw,
    Test,
    TextMatch,
    TextTest,
    UserSaid,
    Window,
)
from dsl.model import Effect, SourceLine

# The nodes of expressions are reached through here too.
__all__ = (
    "EACH",
    "NOWHERE",
    "Aggregate",
    "And",
    "Approver",
    "Arithmetic",
    "CallOf",
    "Comparator",
    "Comparison",
    "Condition",
    "Constant",
    "Default",
    "Drop",
    "Duty",
    "Expect",
    "Expression",
    "Fact",
    "FieldOf",
    "From",
    "Given",
    "GivenNow",
    "Has",
    "Header",
    "Holds",
    "Judged",
    "KindOf",
    "Label",
    "Let",
    "Level",
    "ListOf",
    "LookUp",
    "Membership",
    "Minus",
    "MustCall",
    "Node",
    "Not",
    "Notify",
    "OfRecord",
    "OfTool",
    "Operand",
    "Or",
    "Origin",
    "Past",
    "Path",
    "PatternMatch",
    "Per",
    "Phase",
    "Policy",
    "Present",
    "Quantifier",
    "Range",
    "Redact",
    "Returns",
    "Row",
    "Rule",
    "Saw",
    "Says",
    "Selector",
    "SetTo",
    "SourceLevel",
    "Statement",
    "Step",
    "Table",
    "Test",
    "TestBlock",
    "TestCall",
    "TextMatch",
    "TextTest",
    "TimeZone",
    "ToolField",
    "ToolPattern",
    "Transform",
    "UseTools",
    "UserSaid",
    "Validity",
    "Window",
)


@dataclass(frozen=True, slots=True)
class ToolPattern(Node):
    """A tool name or glob, with its server in front where one is named."""

    text: str


@dataclass(frozen=True, slots=True)
class Selector(Node):
    """The tools a rule speaks of: by name, or by a test on what the tools file says of them."""

    patterns: tuple[ToolPattern, ...] = ()
    excluded: tuple[ToolPattern, ...] = ()
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class Validity(Node):
    """The days on which a rule is in force, both included."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Approver(Node):
    """Who may approve a call: the person in the conversation, a role, or any person."""

    kind: Literal["user", "role", "any"]
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Redact(Node):
    """Takes out of a text what a detector finds in it."""

    path: Path
    detector: str


@dataclass(frozen=True, slots=True)
class SetTo(Node):
    """Gives an argument another value."""

    path: Path
    value: Any


@dataclass(frozen=True, slots=True)
class Drop(Node):
    """Takes an argument out."""

    path: Path


Transform = Redact | SetTo | Drop


@dataclass(frozen=True, slots=True)
class Notify(Node):
    """Somebody must be told."""

    to: str


@dataclass(frozen=True, slots=True)
class MustCall(Node):
    """Another tool must be called, before this one or after it."""

    tool: str
    when: Literal["before", "after"]


Duty = Notify | MustCall
Phase = Literal["call", "result", "reply"]


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
    phase: Phase = "call"
    approver: Approver | None = None
    expires: timedelta | None = None
    transforms: tuple[Transform, ...] = ()
    duties: tuple[Duty, ...] = ()
    owner: str | None = None
    shadow: bool = False
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
class LookUp(Node):
    """Asks a configured source for a fact."""

    source: str
    arguments: tuple[tuple[str, Operand], ...]
    within: timedelta


@dataclass(frozen=True, slots=True)
class Fact(Node):
    """Something known beside the call: looked up, or with no look-up given in the request."""

    name: str
    lookup: LookUp | None = None
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ToolField(Node):
    """A place in the arguments or results of some tools: `get_contacts.items[*].iban`."""

    tool: str
    steps: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceLevel(Node):
    """How far what tools give back can be trusted; `whole`: only as the entire value."""

    fields: tuple[ToolField, ...]
    level: Literal["trusted", "internal", "untrusted"]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class KindOf(Node):
    """What kind of value stands there, and so how it is compared."""

    fields: tuple[ToolField, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Label(Node):
    """Marks what must not leave; to the addresses of its audience it may go."""

    fields: tuple[ToolField, ...]
    name: str
    audience: Operand | None = None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Default(Node):
    """The effect where no rule applies."""

    effect: Effect
    because: str | None = None


@dataclass(frozen=True, slots=True)
class TestCall(Node):
    """A call made in a test, and what came back of it where it ran."""

    tool: str
    args: tuple[tuple[str, Any], ...] = ()
    outcome: "Returns | None" = None


@dataclass(frozen=True, slots=True)
class Returns(Node):
    """What a tool gave back; an error with `fails`."""

    value: Any = None
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Expect(Node):
    """What the step before it must come to: a call, with `result` its result, or a reply."""

    effect: Effect
    rule: str | None = None
    of_result: bool = False


@dataclass(frozen=True, slots=True)
class Says(Node):
    """Words of the user, or what the agent is about to reply."""

    who: Literal["user", "reply"]
    text: str


@dataclass(frozen=True, slots=True)
class GivenNow(Node):
    """The instant at which the calls after it are decided."""

    now: datetime


@dataclass(frozen=True, slots=True)
class Given(Node):
    """What holds for the calls after it: their context, subject, agent, a fact or a score."""

    what: Literal["context", "subject", "agent", "fact", "score"]
    name: str | None
    value: Any = None


Step = TestCall | Expect | Says | GivenNow | Given


@dataclass(frozen=True, slots=True)
class TestBlock(Node):
    """A test that lives with the policy."""

    name: str
    steps: tuple[Step, ...]


Statement = (
    Header
    | UseTools
    | TimeZone
    | Let
    | Table
    | Fact
    | SourceLevel
    | KindOf
    | Label
    | Default
    | Rule
    | TestBlock
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One file: a policy, which may allow, or an overlay, which may only narrow."""

    header: Header
    statements: tuple[Statement, ...]
    # Where each statement starts, its spans counting from there; without it they count from 0.
    starts: tuple[int, ...] = field(default=(), compare=False, repr=False)

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
    def facts(self) -> tuple[Fact, ...]:
        """Return the declared facts."""
        return tuple(s for s in self.statements if isinstance(s, Fact))

    @property
    def sources(self) -> tuple[SourceLevel, ...]:
        """Return how far each tool's results are trusted."""
        return tuple(s for s in self.statements if isinstance(s, SourceLevel))

    @property
    def kinds(self) -> tuple[KindOf, ...]:
        """Return the declared kinds of arguments."""
        return tuple(s for s in self.statements if isinstance(s, KindOf))

    @property
    def labels(self) -> tuple[Label, ...]:
        """Return the declared labels."""
        return tuple(s for s in self.statements if isinstance(s, Label))

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
