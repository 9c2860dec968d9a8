"""Parts of requests and answers that several routes have."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from dsl.model import By, Cause, Effect, Reason, ReasonCode

Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
# Written here, since answers with exact numbers are not written by pydantic.
Moment = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]
Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.-]+$")]


class Strict(BaseModel):
    """A part of a request: nothing undeclared, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SubjectClaim(Strict):
    """On whose behalf the agent acts; needs the scope `assert.subject`."""

    id: Id
    roles: list[Id] = Field([], max_length=100)


class AgentClaim(Strict):
    """Which agent acts; needs the scope `assert.subject`."""

    id: Id


class SourceView(BaseModel):
    """The sentence of a document that a rule enforces."""

    file: str
    line: int


class ReasonView(BaseModel):
    """One thing that decided."""

    code: ReasonCode
    effect: Effect
    policy: str | None
    rule: str | None
    by: By | None
    cause: Cause | None
    path: str | None
    detail: str | None
    because: str | None
    source: SourceView | None


class ChangeView(BaseModel):
    """One thing that rules changed about the call."""

    path: str
    kind: str


def view(reason: Reason) -> ReasonView:
    """Show a reason."""
    return ReasonView.model_validate(reason, from_attributes=True)
