"""What a draft would do: lint, tests, the difference to others, and a replay. Nothing changes."""

import asyncio
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from app.api.drafts import Named
from app.auth import BEARER
from app.policy.comparing import difference
from app.problems import responses
from app.publishing import checking
from app.publishing.bench import WAIT_S, WORK_S
from app.publishing.checking import Sound
from app.publishing.replays import REPLAY_S, Replayed, replay
from app.publishing.requests import NoWords, ReadRoute, SaidView, acting, shown, who
from app.shapes import Strict
from app.wiring import Gateway
from memory.keys import Scope
from memory.revisions.revision import File

WHOLE_S: Final = WAIT_S + WORK_S
MOST_REPLAYED: Final = 500
_FAILURES: Final = responses(401, 403, 404, 408, 412, 413, 415, 422, 503)
router = APIRouter(
    prefix="/v1/drafts", route_class=ReadRoute, tags=["drafts"], dependencies=[Depends(BEARER)]
)


class LintView(BaseModel):
    """What the linter says."""

    publishable: bool = Field(description="Whether no error is among it.")
    findings: list[SaidView]


class TestView(BaseModel):
    """What came of one test."""

    __test__ = False  # a noun of ours, not a test class of pytest

    policy: str
    name: str
    passed: bool
    failures: list[str]


class TestsView(BaseModel):
    """What came of all tests of a draft."""

    __test__ = False  # as above

    passed: bool
    tests: list[TestView]


class DraftDiffView(BaseModel):
    """What is written otherwise in a draft."""

    against: str | None = Field(description="The digest of the revision; null: of nothing.")
    diff: str = Field(description="A unified diff; empty where no word differs.")


class ReplayRequest(Strict):
    """How many decisions are judged."""

    most: int = Field(MOST_REPLAYED, ge=1, le=MOST_REPLAYED)


class ChangeExample(BaseModel):
    """A decision that would come out otherwise."""

    decision: str
    tool: str


class ChangesView(BaseModel):
    """Decisions that would come out otherwise in the same way."""

    before: str
    after: str
    rule: str = Field(description="The rule that would decide, with its policy.")
    number: int
    examples: list[ChangeExample]


class ReplayView(BaseModel):
    """What would have come out otherwise; what becomes allowed comes first."""

    judged: int
    same: int
    whole: bool = Field(description="Whether there was time for all that were asked for.")
    changes: list[ChangesView]
    left_out: dict[str, int] = Field(description="How many could not be judged, by the reason.")


@router.post("/{name}/lint", summary="Lint a draft", responses=_FAILURES)
async def lint(name: Named, body: NoWords, request: Request) -> LintView:
    """Answer with all findings; one of the level `error` keeps it from being published."""
    del body
    gateway, _ = who(request)
    async with acting(gateway, WHOLE_S):
        _, files = await gateway.desk.drafts.get(name)
        said = await gateway.desk.workbench(partial(checking.lint, files, gateway.now()))
    fine = all(one.level != "error" for one in said)
    return LintView(publishable=fine, findings=[shown(one) for one in said])


@router.post("/{name}/test", summary="Run the tests of a draft", responses=_FAILURES)
async def test(name: Named, body: NoWords, request: Request) -> TestsView:
    """Run the tests that live with its policies."""
    del body
    gateway, _ = who(request)
    async with acting(gateway, WHOLE_S):
        _, files = await gateway.desk.drafts.get(name)
        said = await gateway.desk.workbench(partial(checking.tested, files))
    tests = [TestView.model_validate(one, from_attributes=True) for one in said]
    return TestsView(passed=all(one.passed for one in said), tests=tests)


@router.get("/{name}/diff", summary="Compare a draft", responses=_FAILURES)
async def diff(
    name: Named,
    request: Request,
    against: Annotated[
        str | None, Query(max_length=90, description="A revision; else what is in force here.")
    ] = None,
) -> DraftDiffView:
    """Answer with what is written otherwise in the draft than in a revision."""
    gateway, _ = who(request)
    async with acting(gateway):
        _, files = await gateway.desk.drafts.get(name)
        if against is None and not gateway.live.current.bound:
            old: tuple[File, ...] = ()
            digest = None
        else:
            found = await gateway.revisions.get(against or _written_by_people(gateway))
            old, digest = found.texts.files, found.digest
        said = await asyncio.to_thread(difference, old, files)
    return DraftDiffView(against=digest, diff=said)


def _written_by_people(gateway: Gateway) -> str:
    """Name what is in force here, without what memory added where that is kept by itself."""
    current = gateway.live.current
    published = gateway.settings.policy_source == "store"
    return current.people if published and current.people is not None else current.digest


@router.post("/{name}/replay", summary="Replay decisions under a draft", responses=_FAILURES)
async def replay_(name: Named, body: ReplayRequest, request: Request) -> ReplayView:
    """Judge the newest recorded decisions of the key's tenant by the draft; needs `audit` too."""
    gateway, caller = who(request)
    caller.require(Scope.AUDIT)
    async with acting(gateway, WHOLE_S + REPLAY_S):
        _, files = await gateway.desk.drafts.get(name)
        sound: Sound = await gateway.desk.workbench(partial(checking.loaded, files))
        found = await replay(gateway, caller.key.tenant, sound.policies, body.most)
    return replayed_view(found)


def replayed_view(found: Replayed) -> ReplayView:
    """Show what would have come out otherwise."""
    told = found.replay
    changes = [
        ChangesView(
            before=before,
            after=after,
            rule=rule,
            number=told.changes[before, after, rule],
            examples=[
                ChangeExample(decision=one.record, tool=one.tool)
                for one in told.examples[before, after, rule]
            ],
        )
        for before, after, rule in told.ordered()
    ]
    left_out = dict(told.left_out)
    return ReplayView(
        judged=told.judged, same=told.same, whole=found.whole, changes=changes, left_out=left_out
    )
