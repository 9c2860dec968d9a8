"""Parts of requests and answers that several routes have."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from dsl.model import By, Cause, Effect, Reason, ReasonCode
from memory.key import TENANT

Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Tenant = Annotated[str, Field(pattern=f"^{TENANT}$")]
# Written here, since answers with exact numbers are not written by pydantic.
Moment = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]


def _written(given: object) -> object:
    """Refuse a number: it would be read as seconds since 1970."""
    if isinstance(given, str) and not re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", given):
        message = "write a time as 2026-01-31T09:00:00Z"
        raise ValueError(message)
    return given


# A moment in a query: written out, with its offset.
Time = Annotated[AwareDatetime, BeforeValidator(_written)]
Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.-]+$")]


class Strict(BaseModel):
    """A part of a request: nothing undeclared, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _an_object(cls, given: object) -> object:
        """Refuse what is no object: FastAPI would look for members in a number's attributes."""
        if not isinstance(given, dict | cls):
            message = "input should be an object"
            raise ValueError(message)  # noqa: TRY004 - what pydantic takes for an error of the input
        return given


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
