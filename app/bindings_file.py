"""Reads `bindings.toml`, which lies beside the policies."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.bindings import NAME, Binding, BindingsError
from dsl.errors import Source

Edge = Literal["http", "mcp"]


def _instant(value: object) -> object:
    """Return the moment at which a policy begins to enforce; a day is observed to its end."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time needs its zone, such as 2026-01-31T09:00:00Z")
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC) + timedelta(days=1)
    raise ValueError("write a day or a time without quotes, such as 2026-01-31")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    policy: str = Field(min_length=1, max_length=128)
    edges: list[Edge] | None = Field(None, min_length=1)
    observe_until: Annotated[datetime | None, BeforeValidator(_instant)] = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    bind: list[_Entry] = Field([], max_length=1_000)


def read(source: Source) -> tuple[Binding, ...]:
    """Return what a file binds, or say in one sentence why it cannot be used."""
    try:
        written = _File.model_validate(tomllib.loads(source.text))
    except tomllib.TOMLDecodeError as error:
        raise BindingsError(f"{source.name}: it cannot be read: {error}") from error
    except (ValidationError, OverflowError) as error:
        raise BindingsError(f"{source.name}: {_in_words(error)}") from None
    seen: set[str] = set()
    for one in written.bind:
        if one.policy in seen:
            raise BindingsError(f"{source.name}: `{one.policy}` is bound twice; write one entry")
        seen.add(one.policy)
        if one.edges is not None and len(set(one.edges)) < len(one.edges):
            raise BindingsError(f"{source.name}: an edge of `{one.policy}` is named twice")
    return tuple(_binding(one) for one in written.bind)


def _binding(one: _Entry) -> Binding:
    edges = None if one.edges is None else tuple(one.edges)
    return Binding(one.policy, edges, one.observe_until)


def _in_words(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "a day lies outside the calendar"
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    reason = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        known = "`policy`, `edges` and `observe_until`" if "." in place else "`bind`"
        reason = f"there is no such key; it may have {known}"
    return f"`{place}` cannot be used: {reason[:1].lower()}{reason[1:]}"


__all__ = ("NAME", "read")
