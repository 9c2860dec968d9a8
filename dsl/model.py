"""The nouns everything else speaks in: defined once, frozen, never subclassed per layer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from dsl import strictjson

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Effect(StrEnum):
    """What happens to a call. Strictness: allow < ask < deny."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"

    @property
    def strictness(self) -> int:
        """Return the place of this effect in the order of strictness."""
        return _STRICTNESS[self]


_STRICTNESS = {Effect.ALLOW: 0, Effect.ASK: 1, Effect.DENY: 2}


def strictest(*effects: Effect) -> Effect:
    """Return the strictest of at least one effect."""
    return max(effects, key=lambda effect: effect.strictness)


class ReasonCode(StrEnum):
    """Why a decision came out as it did; a closed list that programs may switch on."""

    RULE = "rule"
    DEFAULT = "default"
    NO_RULE = "no_rule"
    NO_POLICY = "no_policy"
    INVALID_CALL = "invalid_call"
    TRANSFORM_UNSTABLE = "transform_unstable"
    UNSUPPORTED_OBLIGATION = "unsupported_obligation"
    STILL_COUNTED = "still_counted"
    FAULT = "fault"
    DEADLINE = "deadline"
    CALL_REPLAYED = "call_replayed"
    APPROVED = "approved"
    REJECTED = "rejected"
    ASK_BUDGET = "ask_budget"
    OBSERVE = "observe"
    CANARY = "canary"
    TOOL_CHANGED = "tool_changed"
    STALE_POLICY = "stale_policy"
    FROZEN = "frozen"
    BREAK_GLASS = "break_glass"
    SOFTENED = "softened"


class By(StrEnum):
    """How a rule applied: its condition held, or could not be evaluated."""

    TRUE = "true"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why a condition could not be evaluated."""

    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    UNREADABLE = "unreadable"
    OVERFLOW = "overflow"
    DIVISION_BY_ZERO = "division_by_zero"
    TOO_MUCH = "too_much"
    NO_STATE = "no_state"
    NO_USER_EVENTS = "no_user_events"
    PENDING = "pending"
    WEAK_MATCH = "weak_match"
    SESSION_OVERFLOW = "session_overflow"
    SESSION_EXPIRED = "session_expired"
    NO_FACT = "no_fact"
    TIMEOUT = "timeout"
    NO_GUARD = "no_guard"
    ANNOTATION = "annotation"
    # Why a guard that is there did not give a score.
    KIND_UNDECLARED = "kind_undeclared"
    KIND_NOT_ENABLED = "kind_not_enabled"
    NO_USER_REQUEST = "no_user_request"
    FACTS_MISSING = "facts_missing"
    OVERLOAD = "overload"
    BREAKER_OPEN = "breaker_open"
    CONNECT = "connect"
    BAD_STATUS = "bad_status"
    ENGINE_DEAD = "engine_dead"
    BAD_SHAPE = "bad_shape"
    NOT_A_LABEL = "not_a_label"
    LOW_LABEL_MASS = "low_label_mass"
    INPUT_TOO_LONG = "input_too_long"
    UNCALIBRATED = "uncalibrated"
    IN_BAND = "in_band"
    GUARD_CANARY = "guard_canary"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Subject:
    """The person or service on whose behalf the agent acts."""

    id: str | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call an agent wants to make, as every edge hands it to `decide`."""

    call_id: str
    tool: str
    args: Mapping[str, Any]
    server: str | None = None
    subject: Subject = Subject()
    agent: str | None = None
    session: str | None = None
    context: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    _written: strictjson.Written | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def written(self) -> strictjson.Written:
        """Return the arguments in their one form, which is written once: much is made of it."""
        if self._written is None:
            written = strictjson.Written(strictjson.canonical(dict(self.args)))
            object.__setattr__(self, "_written", written)
            return written
        return self._written

    @property
    def qualified(self) -> str:
        """Return the tool with its server, as policies write it."""
        return f"{self.server}/{self.tool}" if self.server else self.tool


@dataclass(frozen=True, slots=True)
class SourceLine:
    """The sentence of a document that a rule enforces."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that decided: a rule, a default, or what was wrong with the call."""

    code: ReasonCode
    effect: Effect
    policy: str | None = None
    rule: str | None = None
    by: By | None = None
    cause: Cause | None = None
    path: str | None = None
    detail: str | None = None
    because: str | None = None
    source: SourceLine | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing the policies changed; `path` as a policy writes it."""

    path: str
    kind: Literal["set", "redact", "drop"]


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must happen along with the call, and the rule that says so.

    What is `carried` the gateway does itself.
    """

    type: Literal["notification", "call_after"]
    to: str
    policy: str
    rule: str
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """Who must approve: the person in the conversation, somebody of a role, or any person."""

    kind: Literal["user", "role", "any"]
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A rule that asks, as it is written; a default has no name."""

    policy: str
    rule: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Approval:
    """All who must approve, and how long what they say holds; `asking` are the rules that ask."""

    needs: tuple[Need, ...]
    expires: timedelta | None = None
    asking: tuple[Asking, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policies say: a pure function of policies, call, state and time.

    `changed` holds the arguments, result or reply as the policies changed them, where they did.
    `wording` is the reply as the rule says it, without the values of the call.
    What rules in shadow mode would have said stands in `shadow` and decides nothing.
    `would` is the effect if all policies enforced, where some only observe and it differs;
    the first of them begins to enforce at `observe_until`.
    """

    effect: Effect
    code: ReasonCode
    reasons: tuple[Reason, ...] = ()
    reply: str | None = None
    retryable: bool = True
    changed: Any = None
    changes: tuple[Change, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    approval: Approval | None = None
    shadow: tuple[Reason, ...] = ()
    wording: str | None = None
    would: Effect | None = None
    observe_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FactRead:
    """A fact that was looked up for a decision: what was asked for, and what came of it."""

    source: str
    args: Mapping[str, Any]
    value: Any
    cause: Cause | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Atom:
    """A question that a decision asked of what is known, and the answer it was given.

    `value` is what was asked about, or a fact that was told; the rest holds no value of the call.
    """

    question: str
    about: Mapping[str, str]
    answer: Any
    value: Any = None


@dataclass(frozen=True, slots=True)
class NeedState:
    """Who must approve, and what they said so far: `pending`, `approved` or `rejected`."""

    need: Need
    status: str


@dataclass(frozen=True, slots=True)
class Handle:
    """An approval that was asked for, as the caller comes back to it."""

    id: str
    status: str
    needs: tuple[NeedState, ...]
    expires_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with its identity: what an edge answers and what the record keeps."""

    id: str
    call_id: str
    verdict: Verdict
    message: str
    revision: str | None
    now: datetime
    dry_run: bool = False
    facts: tuple[FactRead, ...] = ()
    atoms: tuple[Atom, ...] = ()
    known: int | None = None  # how much had happened in its session, if it had one
    approval: Handle | None = None
    first: str | None = None  # the decision of the seat before, where this one takes it over
    glass: tuple[str, ...] = ()  # that was broken, where a policy judged in place of another
    advice: str | None = None  # a sentence of memory, for who asks; no record holds it

    @property
    def answer(self) -> str:
        """Return what is said to who asks."""
        return self.message if self.advice is None else f"{self.message} {self.advice}"

    @property
    def effect(self) -> Effect:
        """Return the effect that is enforced."""
        return self.verdict.effect
