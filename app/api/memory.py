"""`/v1/memory`: what memory has learned, why, and how to have it learn now."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.approvals import asking_the_store
from app.auth import BEARER
from app.problems import Problem, responses
from app.publishing.requests import PublishRoute, ReadRoute, who
from app.shapes import Strict, Tenant
from app.wiring import Gateway
from dsl.errors import DrawbarError
from dsl.model import Effect
from memory.database import FAULTS

if TYPE_CHECKING:
    from app.learning.answering import Asked, Which
    from app.learning.learning import Learning

Side = Literal["deny", "soften"]
Level = Literal["shadow", "advise", "ask"]
MOST: Final = 500
RULE: Final = r"^m_[a-z2-7]{16}$"
PREFIX: Final = "/v1/memory"
NEEDS: Final = [Depends(BEARER)]
reads = APIRouter(prefix=PREFIX, route_class=ReadRoute, tags=["memory"], dependencies=NEEDS)
changes = APIRouter(prefix=PREFIX, route_class=PublishRoute, tags=["memory"], dependencies=NEEDS)


class RuleView(BaseModel):
    """A learned rule: what it says, how far it has come, and what speaks for it."""

    id: str
    side: Side = Field(
        description="`deny` asks about calls; `soften` names denials that may be wrong."
    )
    tool: str
    level: Level
    dsl: str = Field(description="The rule, or what an exception would say, in the language.")
    agreeing: float = Field(description="The weight of the reports that agree.")
    contradicting: float
    background: float = Field(description="The weight of calls like it that nobody reported.")
    bound: float = Field(description="L: the share that agrees is below it once in ten.")
    evidence: list[str] = Field(description="The reports that agree.")
    against: list[str]
    parent: str | None = Field(description="The rule that it came of, if any.")
    born_seq: int
    separable: bool = Field(description="False where nothing tells contradicting calls apart.")
    origin: str
    blast: float = Field(
        description="The share of all calls of a week that it would decide otherwise."
    )


class LacksView(BaseModel):
    """The next level of a rule, and what it lacks for it.

    Where nothing is named, it would stop too many calls, or waits for a day and a new report.
    """

    level: Level
    lacks: list[str]


class RuleWholeView(RuleView):
    """A learned rule with what it lacks."""

    next: LacksView | None
    falls_after: int | None = Field(
        description="How many new reports against it, each of another person, would take it a "
        "level down, or out of memory; null: more than 50."
    )


class RejectedView(BaseModel):
    """A rule that a person rejected, and until when it is not proposed."""

    rule: str
    side: Side
    tool: str
    at: datetime
    until: datetime = Field(description="Sooner where twice as much speaks for it.")


class RulesView(BaseModel):
    """The rules of a tenant, by their ids."""

    seq: int | None = Field(description="The revision of memory that they stand in; null: none.")
    digest: str | None
    at: datetime | None = Field(description="As of when they were made.")
    rules: list[RuleView]
    next: str | None = Field(description="Send it as `cursor` for the next page; null: no more.")
    rejected: list[RejectedView] = Field(
        description="Where rules are listed: the newest that were rejected, whatever is looked for."
    )


class ConditionView(BaseModel):
    """One condition of a rule, and whether it holds of the call."""

    condition: str
    holds: str = Field(description="`true`, `false` or `unknown`.")


class SaidView(BaseModel):
    """What one rule says of a call."""

    rule: RuleWholeView
    conditions: list[ConditionView]


class SaidReportView(BaseModel):
    """A report on the call."""

    id: str
    label: str
    kind: str
    at: datetime


class ExplainedView(BaseModel):
    """What memory knows of a call, or of a rule."""

    decision_id: str | None
    known: bool = Field(description="Whether anything is known of the call; erased is not known.")
    base: Effect | None = Field(description="What people's policies said.")
    soft: bool | None = Field(description="Whether rules that ask a model denied it, they alone.")
    effect: Effect | None = Field(description="What came of it.")
    rules: list[SaidView]
    reports: list[SaidReportView]


class ListedView(BaseModel):
    """A revision of memory, without what it says."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    digest: str
    at: datetime
    key: str


class ListView(BaseModel):
    """The revisions of a tenant's memory that are kept, the newest first."""

    revisions: list[ListedView]


class Whose(BaseModel):
    """Whose memory is meant."""

    model_config = ConfigDict(extra="forbid")

    tenant: Tenant | None = Field(None, description="Another tenant than the key's own.")


class Wanted(Whose):
    """Which rules are looked for."""

    tool: str | None = Field(None, max_length=260)
    side: Side | None = None
    level: Level | None = None
    limit: int = Field(50, ge=1, le=MOST)
    cursor: str | None = Field(None, pattern=RULE)


class About(Whose):
    """What is to be explained: a decision or a rule."""

    # OpenAPI cannot say that query parameters exclude each other.
    decision_id: str | None = Field(
        None, pattern=r"^d_[0-9A-Z]{26}$", description="Either this or `rule_id`."
    )
    rule_id: str | None = Field(
        None, pattern=RULE, description="Either this or `decision_id`, never both."
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> "About":
        if (self.decision_id is None) == (self.rule_id is None):
            raise ValueError("name a decision or a rule")
        return self


class RefreshRequest(Strict):
    """Whose rules are to be made anew."""

    tenant: Tenant | None = None


@reads.get(
    "/rules", summary="List learned rules", responses=responses(401, 403, 404, 409, 422, 503)
)
async def rules(wanted: Annotated[Wanted, Query()], request: Request) -> RulesView:
    """Answer with the rules as this gateway has them in force; needs `policy:read`."""
    told = wanted.model_dump(exclude={"tenant", "cursor"})
    asked = _asked(request, wanted.tenant)
    async with asking_the_store(asked.gateway):
        found = await asked.listed(_which(**told, after=wanted.cursor))
    return RulesView.model_validate(found)


@reads.get(
    "/rules/{rule_id}",
    summary="Read a learned rule",
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def rule(
    rule_id: Annotated[str, Path(pattern=RULE)],
    whose: Annotated[Whose, Query()],
    request: Request,
) -> RuleWholeView:
    """Answer with one rule, and what it lacks for its next level; needs `policy:read`."""
    asked = _asked(request, whose.tenant)
    async with asking_the_store(asked.gateway):
        return RuleWholeView.model_validate(await asked.rule(rule_id))


@reads.get(
    "/explain",
    summary="Explain what memory says",
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def explain(about: Annotated[About, Query()], request: Request) -> ExplainedView:
    """Say of a call or a rule what memory knows and what speaks for it; needs `policy:read`."""
    asked = _asked(request, about.tenant)
    async with asking_the_store(asked.gateway):
        if about.decision_id is not None:
            return ExplainedView.model_validate(await asked.of_decision(about.decision_id))
        return ExplainedView.model_validate(await asked.of_rule(str(about.rule_id)))


@reads.get(
    "/revisions",
    summary="List the revisions of memory",
    responses=responses(401, 403, 409, 422, 503),
)
async def revisions(whose: Annotated[Whose, Query()], request: Request) -> ListView:
    """Answer with the revisions that are kept, the newest first; needs `policy:read`."""
    asked = _asked(request, whose.tenant)
    learning = learning_of(asked.gateway)
    async with asking_the_store(asked.gateway):
        found = await learning.revisions.listed(asked.tenant)
    return ListView(revisions=[ListedView.model_validate(one) for one in found])


@changes.post(
    "/refresh",
    summary="Make the learned rules anew",
    responses=responses(401, 403, 408, 409, 413, 415, 422, 503),
)
async def refresh(body: RefreshRequest, request: Request) -> RulesView:
    """Make the rules anew now, as is done by itself in time; needs `policy:publish`."""
    asked, (gateway, caller) = _asked(request, body.tenant), who(request)
    try:  # it may take longer than a decision may
        await learning_of(gateway).refresh(asked.tenant, caller.actor, gateway.now())
    except (DrawbarError, *FAULTS) as error:
        raise Problem(503, "unavailable", "the rules cannot be made right now") from error
    return RulesView.model_validate(asked.page(_which()))


def learning_of(gateway: Gateway) -> "Learning":
    """Return what this gateway learns with, or say that it does not."""
    if gateway.learning is None:
        raise Problem(409, "not_learning", "this gateway does not learn; set `memory.learn`")
    return gateway.learning


def _asked(request: Request, tenant: str | None) -> "Asked":
    """Return a tenant's memory: the operator's people may name any tenant."""
    from app.learning.answering import Asked  # noqa: PLC0415 - most gateways learn nothing

    gateway, caller = who(request)
    learning_of(gateway)
    return Asked(gateway, caller.key.tenant if tenant is None else tenant)


def _which(**told: Any) -> "Which":
    from app.learning.answering import Which  # noqa: PLC0415 - as above

    return Which(**told)
