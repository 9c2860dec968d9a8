"""`/v1/memory/reviews`: what waits for a person, and how a rule becomes one of a policy."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from app.api.draft_checks import ReplayView, replayed_view
from app.api.memory import MOST, NEEDS, PREFIX, RULE, RuleView, Whose, learning_of
from app.api.memory_similar import LOOK_S, MOST_SIMILAR, SimilarView, comparing, number_of
from app.problems import responses
from app.publishing.bench import WAIT_S, WORK_S
from app.publishing.replays import REPLAY_S
from app.publishing.requests import PublishRoute, ReadRoute, SaidView, acting, shown, who
from app.shapes import Name, Strict, Tenant
from memory.keys import Scope

if TYPE_CHECKING:
    from app.learning.reviewing import Into, Looked, Reviewing

WHOLE_S: Final = 2 * (WAIT_S + WORK_S)
MOST_REPLAYED: Final = 500
LONGEST_NOTE: Final = 500
Effect = Literal["ask", "deny"]
_FAILURES: Final = responses(401, 403, 404, 408, 409, 413, 415, 422, 503)
_EFFECT: Final = "What the rule does there."


reads = APIRouter(prefix=PREFIX, route_class=ReadRoute, tags=["memory"], dependencies=NEEDS)
promotes = APIRouter(prefix=PREFIX, route_class=PublishRoute, tags=["memory"], dependencies=NEEDS)


class ReviewReportView(BaseModel):
    """A report on a call that a rule is about."""

    id: str
    label: str
    kind: str
    at: datetime
    decision_id: str


class PromotedView(BaseModel):
    """That a person put a rule into a draft."""

    policy: str
    draft: str
    at: datetime


class ReviewView(BaseModel):
    """A learned rule that a person may want to decide about."""

    kind: Literal["rule", "nomination", "no_separating_feature", "contradicted", "shadow"]
    priority: float = Field(description="L times the share of calls that it reaches.")
    rule: RuleView
    lacks: list[str] = Field(description="What it lacks for its next level.")
    findings: list[str] = Field(description="What the linter says of it.")
    agreeing: list[ReviewReportView]
    contradicting: list[ReviewReportView]
    missing: list[str] = Field(
        description="Where was looked, and nothing told contradicting calls apart: send more."
    )
    promoted: list[PromotedView]
    policies: list[str] = Field(description="The policies that it could be put into.")


class ReviewsView(BaseModel):
    """What waits for a person, what reaches farthest first."""

    reviews: list[ReviewView]
    next: str | None = Field(description="Send it as `cursor` for the next page; null: no more.")


class ProposalView(BaseModel):
    """A policy with the rule in it."""

    policy: str
    file: str
    diff: str = Field(description="A unified diff from what is in force.")
    diff_digest: str = Field(description="Names it: send it along to promote the rule.")
    publishable: bool = Field(description="Whether the linter finds no error.")
    findings: list[SaidView]
    tests: list[str] = Field(description="The tests that were written; each was run, and holds.")


class ReviewWholeView(ReviewView):
    """A learned rule, and what it would be in a policy."""

    proposal: ProposalView | None = Field(description="Where a `policy` was named.")
    replay: ReplayView | None = Field(description="Where `replay` was asked for.")
    similar: SimilarView | None = Field(
        description="Other calls that are like its own, where `similar` was asked for."
    )


class Waiting(Whose):
    """Whose rules wait, and which part of the list is looked for."""

    limit: int = Field(50, ge=1, le=MOST)
    cursor: str | None = Field(None, pattern=RULE)


class Looking(Whose):
    """Into which policy a rule would go, and how many decisions are judged by it."""

    policy: Name | None = None
    effect: Effect = Field("ask", description=_EFFECT)
    replay: int | None = Field(
        None,
        ge=1,
        le=MOST_REPLAYED,
        description="Judge so many of the newest decisions of a week with it; needs `audit` too.",
    )
    similar: int | None = Field(
        None,
        ge=1,
        le=MOST_SIMILAR,
        description="Show so many calls that are like those of the rule; needs `audit` too.",
    )


class PromoteRequest(Strict):
    """Into which policy a rule goes, and that its text was looked at."""

    policy: Name
    diff_digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    effect: Effect = Field("ask", description=_EFFECT)
    note: str = Field("", max_length=LONGEST_NOTE, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")
    tenant: Tenant | None = None


class PromotedDraftView(BaseModel):
    """The draft that was begun."""

    draft: str
    policy: str
    file: str
    version: int
    diff: str


@reads.get(
    "/reviews",
    summary="List what waits for a person",
    responses=responses(401, 403, 409, 422, 503),
)
async def reviews(wanted: Annotated[Waiting, Query()], request: Request) -> ReviewsView:
    """Answer with the rules that a person may want to decide about; needs `policy:read`."""
    one = _reviewing(request, wanted.tenant)
    async with acting(one.gateway, WHOLE_S):
        found = await one.queue(after=wanted.cursor)
    page = [ReviewView.model_validate(each) for each in found[: wanted.limit]]
    more = page[-1].rule.id if len(found) > len(page) else None
    return ReviewsView(reviews=page, next=more)


@reads.get(
    "/reviews/{rule_id}",
    summary="Look at a learned rule in a policy",
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def review(
    rule_id: Annotated[str, Path(pattern=RULE)],
    looking: Annotated[Looking, Query()],
    request: Request,
) -> ReviewWholeView:
    """Answer with the text, the difference, findings, and what would have been; `policy:read`."""
    one = _reviewing(request, looking.tenant)
    if looking.replay is not None:
        one.caller.require(Scope.AUDIT)
    near = None if looking.similar is None else comparing(request, looking.tenant)
    async with acting(one.gateway, WHOLE_S + REPLAY_S + LOOK_S):
        found = await one.one(rule_id)
        looked = replayed = None
        if looking.policy is not None:
            looked = await one.looked(rule_id, _into(looking.policy, looking.effect))
            if looking.replay is not None:
                replayed = replayed_view(await one.replayed(looked, looking.replay))
        alike = None
        if near is not None and looking.similar is not None:
            alike = await near.of_review(found, number_of(looking.similar))
    proposal = None if looked is None else _proposal(looked)
    more = {"proposal": proposal, "replay": replayed, "similar": alike}
    return ReviewWholeView.model_validate({**found, **more})


@promotes.post(
    "/rules/{rule_id}/promote",
    summary="Put a learned rule into a draft of a policy",
    status_code=201,
    responses=_FAILURES,
)
async def promote(
    rule_id: Annotated[str, Path(pattern=RULE)], body: PromoteRequest, request: Request
) -> PromotedDraftView:
    """Begin a draft of what is in force, with the rule in one policy; needs `policy:publish`.

    It decides nothing before somebody publishes that draft, as it is or edited. Not for those who
    reported on calls that the rule is about.
    """
    one = _reviewing(request, body.tenant, acts=True)
    into = _into(body.policy, body.effect)
    async with acting(one.gateway, WHOLE_S):
        draft, looked = await one.promote(rule_id, into, body.diff_digest, body.note)
    made = looked.proposal
    return PromotedDraftView(
        draft=draft.name,
        policy=body.policy,
        file=made.file,
        version=draft.version,
        diff=made.diff,
    )


def _proposal(looked: "Looked") -> dict[str, Any]:
    made = looked.proposal
    return {
        "policy": made.wish.policy,
        "file": made.file,
        "diff": made.diff,
        "diff_digest": made.digest,
        "publishable": not looked.errors,
        "findings": [shown(one) for one in looked.said],
        "tests": list(looked.tests),
    }


def _into(policy: str, effect: Effect) -> "Into":
    from app.learning.reviewing import Into  # noqa: PLC0415 - most gateways learn nothing

    return Into(policy, effect)


def _reviewing(request: Request, tenant: str | None, *, acts: bool = False) -> "Reviewing":
    from app.learning.reviewing import Reviewing  # noqa: PLC0415 - as above
    from app.learning.undoing import refuse_agents  # noqa: PLC0415 - as above

    gateway, caller = who(request)
    if acts:
        refuse_agents(caller)
    whose = caller.key.tenant if tenant is None else tenant
    return Reviewing(gateway, learning_of(gateway), caller, whose)
