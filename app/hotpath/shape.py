"""The shape of a check, recognised: whatever is taken here, `CheckRequest` takes as the same.

It need not take all that the other does. Which member is wrong, and why, the other one says.
"""

from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, ValidationError, convert

from dsl import strictjson

_MOST: Final = 1 << 20
# `\Z`, for `$` would let a line end pass here.
_Id = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+\Z")]
_Name = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.-]+\Z")]


class Subject(Struct, frozen=True, forbid_unknown_fields=True):
    """See `SubjectClaim`."""

    id: _Id
    roles: Annotated[list[_Id], Meta(max_length=100)] = []


class Agent(Struct, frozen=True, forbid_unknown_fields=True):
    """See `AgentClaim`."""

    id: _Id


class Supports(Struct, frozen=True, forbid_unknown_fields=True):
    """See `SupportsClaim`."""

    changed_args: bool = False
    obligations: Annotated[list[_Id], Meta(max_length=20)] = []


class Recognised(Struct, frozen=True, forbid_unknown_fields=True):
    """See `CheckRequest`. Raw text of a model and waiting for people are left to the other."""

    call_id: _Id
    tool: _Name
    args: dict[str, Any]
    args_text: None = None
    server: _Name | None = None
    session: _Id | None = None
    subject: Subject | None = None
    agent: Agent | None = None
    context: dict[str, Any] | None = None
    facts: dict[str, Any] | None = None
    approval: _Id | None = None
    wait_s: Literal[0] = 0
    dry_run: bool = False
    supports: Supports | None = None


def recognised(body: bytes, most: int = _MOST) -> Recognised | None:
    """Return what a body asks, or None where it is not certain to be asked well.

    What as a whole is no larger than a part of it may be needs no look at its parts.
    """
    if len(body) > most:
        return None
    try:
        return convert(strictjson.read(body), Recognised)
    except (strictjson.InvalidJson, ValidationError):
        return None
