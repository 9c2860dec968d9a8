"""`POST /v1/check`: the gateway's own protocol."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from app.auth import Caller
from app.edges.base import Beside, Edge
from app.engine import PLAIN, Terms
from app.problems import FieldError, Problem
from app.shapes import (
    AgentClaim,
    ChangeView,
    Id,
    Moment,
    Name,
    ReasonView,
    Strict,
    SubjectClaim,
    view,
)
from dsl import strictjson
from dsl.model import (
    Decision,
    Effect,
    Handle,
    Obligation,
    ReasonCode,
    Subject,
    ToolCall,
    Verdict,
)
from memory.keys import Scope

if TYPE_CHECKING:
    from app.hotpath.shape import Recognised

NOTHING_BESIDE: Final = Beside()


class SupportsClaim(Strict):
    """What the caller can carry out; a decision that needs more is a deny."""

    changed_args: bool = Field(default=False, description="It runs `args` of the answer instead.")
    obligations: list[Id] = Field(
        [], max_length=20, description="Such as `notification`: it tells whom the rule names."
    )


# As JSON Schema says what `_one_form_of_arguments` holds.
_ONE_FORM: Final[JsonValue] = [
    {"properties": {"args": {"type": "object"}}, "required": ["args"]},
    {"properties": {"args_text": {"type": "string"}}, "required": ["args_text"]},
]


class CheckRequest(Strict):
    """One call an agent wants to make."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_FORM})

    call_id: Id = Field(description="The call's name, yours to choose.", examples=["c1"])
    tool: Name = Field(examples=["pay"])
    args: dict[str, Any] | None = Field(
        None, examples=[{"recipient": "GB29NWBK60161331926819", "amount": 50}]
    )
    args_text: str | None = Field(
        None, max_length=strictjson.MAX_STRING, description="The model's raw text, parsed here."
    )
    server: Name | None = Field(None, description="The tool's server, where it has one.")
    session: Id | None = Field(None, description="Needs the scope `assert.session`.")
    subject: SubjectClaim | None = None
    agent: AgentClaim | None = None
    context: dict[str, Any] | None = Field(None, description="Needs the scope `assert.context`.")
    facts: dict[str, Any] | None = Field(
        None, description="What policies read as `fact.NAME`; needs the scope `assert.facts`."
    )
    approval: Id | None = Field(
        None, description="The approval that an earlier answer to this very call named."
    )
    wait_s: int = Field(
        0, ge=0, le=50, description="Seconds to be held until people decided, if they are asked."
    )
    dry_run: bool = Field(
        default=False, description="Decide and record, but nothing may run on it."
    )
    supports: SupportsClaim | None = None

    @model_validator(mode="after")
    def _one_form_of_arguments(self) -> "CheckRequest":
        if (self.args is None) == (self.args_text is None):
            message = "give exactly one of `args` and `args_text`"
            raise ValueError(message)
        return self


class ObligationView(BaseModel):
    """What must be done along with the call."""

    id: str = Field(examples=["o1"])
    type: str = Field(examples=["notification"])
    properties: dict[str, str]


class NeedView(BaseModel):
    """Who must approve, and what they said so far."""

    kind: str = Field(description="`user`, `role` or `any`.", examples=["role"])
    role: str | None = Field(examples=["treasury"])
    status: str = Field(description="`pending`, `approved` or `rejected`.", examples=["pending"])


class HandleView(BaseModel):
    """An approval that was asked for."""

    id: str = Field(examples=["apr_01JD00000000000000000000000"])
    status: str = Field(
        description="`pending`, `approved`, `rejected`, `used` or `expired`.", examples=["pending"]
    )
    needs: list[NeedView]
    expires_at: Moment
    url: str = Field(description="Where people decide it.")


class DisplayView(BaseModel):
    """What is shown to an agent that is denied the same again and again."""

    text: str
    retryable: bool = False


class CheckAnswer(BaseModel):
    """The decision. Anything but `effect: allow` means: do not run the call."""

    decision_id: str = Field(examples=["d_01JD00000000000000000000000"])
    call_id: str = Field(examples=["c1"])
    effect: Effect
    reason: ReasonCode
    retryable: bool = Field(description="Whether a changed call may fare better.")
    message: str = Field(description="Words for the agent.")
    reasons: list[ReasonView]
    args: dict[str, Any] | None = Field(
        description="Only where rules changed the call: run it with these arguments."
    )
    changes: list[ChangeView]
    obligations: list[ObligationView]
    approval: HandleView | None = Field(
        description="Where people are asked: come back with its `id` when they have decided."
    )
    would: Effect | None = Field(
        None, description="The effect if no policy were only observing, where that is another."
    )
    observe_until: Moment | None = Field(
        None, description="When the first of these policies begins to enforce."
    )
    shadow: list[ReasonView] = Field(
        description="What rules in shadow mode would have said, and those that only observe."
    )
    revision: str | None = Field(description="The policy revision that decided.")
    dry_run: bool
    seat_token: str | None = Field(
        None,
        description="Of an allow: hand it to the next seat of this call, as `Drawbar-Decision`.",
    )
    display: DisplayView | None = Field(
        None, description="Show this instead of `message`: it was denied alike three times."
    )


def read(body: CheckRequest, caller: Caller) -> ToolCall:
    """Map a request to a call; what the key may not say, and what is too large, is refused."""
    permit(body, caller)
    return called(body, _args(body), caller)


def permit(body: "CheckRequest | Recognised", caller: Caller) -> None:
    """Refuse what the key may not say."""
    if body.session is not None:
        caller.require(Scope.ASSERT_SESSION)
    if body.context is not None:
        caller.require(Scope.ASSERT_CONTEXT)


def _args(body: CheckRequest) -> Mapping[str, Any]:
    """Return the arguments of a request, once none of its parts is too large."""
    for name in ("args", "context", "facts"):
        measured(getattr(body, name), f"/{name}")
    return body.args if body.args is not None else _parsed(body.args_text or "")


def called(body: "CheckRequest | Recognised", args: Mapping[str, Any], caller: Caller) -> ToolCall:
    """Map what is asked, and may be, to a call with some arguments."""
    claim = body.subject
    claimed = Subject(claim.id, tuple(claim.roles)) if claim else None
    return ToolCall(
        call_id=body.call_id,
        tool=body.tool,
        args=args,
        server=body.server,
        subject=caller.subject(claimed),
        agent=caller.agent(body.agent.id if body.agent else None),
        session=body.session,
        context=body.context or {},
    )


def measured(part: Any, path: str) -> None:
    """Refuse a part of a request that is too deep or too large by itself."""
    try:
        strictjson.refuse_large(part)
    except strictjson.InvalidJson as error:
        where = (FieldError(path=path + error.path, message=str(error)),)
        raise Problem(
            422, "invalid_call", "a part of the request is too large", errors=where
        ) from error


def _parsed(text: str) -> dict[str, Any]:
    """Read the arguments a model wrote."""
    try:
        args = strictjson.read(text)
    except strictjson.InvalidJson as error:
        raise _unreadable(f"{error} (in `args_text`)", error.path) from error
    if not isinstance(args, dict):
        raise _unreadable("the arguments are not an object", "")
    return args


def _unreadable(message: str, path: str) -> Problem:
    where = (FieldError(path="/args_text" + path, message=message),)
    return Problem(422, "invalid_call", "the arguments cannot be read", errors=where)


def write(decision: Decision, beside: Beside = NOTHING_BESIDE) -> CheckAnswer:
    """Map a decision to its answer."""
    verdict = decision.verdict
    return CheckAnswer(
        decision_id=decision.id,
        call_id=decision.call_id,
        effect=verdict.effect,
        reason=verdict.code,
        retryable=verdict.retryable and verdict.effect is not Effect.ALLOW,
        message=decision.answer,
        reasons=[view(reason) for reason in verdict.reasons],
        args=verdict.changed,
        changes=[ChangeView(path=one.path, kind=one.kind) for one in verdict.changes],
        obligations=[_obligation(at, one) for at, one in enumerate(_left(verdict), 1)],
        approval=_waits(decision),
        would=verdict.would,
        observe_until=verdict.observe_until,
        shadow=[view(reason) for reason in verdict.shadow],
        revision=decision.revision,
        dry_run=decision.dry_run,
        seat_token=beside.seat_token,
        display=None if beside.display is None else DisplayView(text=beside.display.text),
    )


def _waits(decision: Decision) -> HandleView | None:
    """Return what to come back with; of what was decided, the record tells."""
    if decision.approval is None or decision.effect is not Effect.ASK:
        return None
    return handle_view(decision.approval)


def handle_view(handle: Handle) -> HandleView:
    """Show what a caller comes back to an approval with."""
    needs = [
        NeedView(kind=one.need.kind, role=one.need.role, status=one.status) for one in handle.needs
    ]
    return HandleView(
        id=handle.id,
        status=handle.status,
        needs=needs,
        expires_at=handle.expires_at,
        url=handle.url,
    )


def _left(verdict: Verdict) -> list[Obligation]:
    """Return what is left for the caller to carry out."""
    return [one for one in verdict.obligations if not one.carried]


def _obligation(number: int, one: Obligation) -> ObligationView:
    return ObligationView(id=f"o{number}", type=one.type, properties={"to": one.to})


def terms(body: "CheckRequest | Recognised") -> Terms:
    """Return on what terms the caller asks."""
    claim = body.supports
    if claim is None and not (body.dry_run or body.approval or body.wait_s):
        return PLAIN
    if claim is None:
        return Terms(dry_run=body.dry_run, approval=body.approval, wait_s=body.wait_s)
    obligations = frozenset(claim.obligations)
    return Terms(claim.changed_args, obligations, body.dry_run, body.approval, body.wait_s)


def facts(body: "CheckRequest | Recognised", caller: Caller) -> Mapping[str, Any]:
    """Return the facts that the request tells, if the key may."""
    if body.facts is not None:
        caller.require(Scope.ASSERT_FACTS)
    return body.facts or {}


EDGE = Edge(
    name="http",
    path="/v1/check",
    summary="Decide one tool call",
    body=CheckRequest,
    answer=CheckAnswer,
    read=read,
    write=write,
    terms=terms,
    facts=facts,
)
