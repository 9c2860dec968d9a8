"""Reads `bindings.toml`, which lies beside the policies."""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.binding.bindings import NAME, Binding, BindingsError, Rollout, entries_of
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


_Names = list[Annotated[str, Field(min_length=1, max_length=128)]]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    policy: str = Field(min_length=1, max_length=128)
    edges: list[Edge] | None = Field(None, min_length=1)
    tenants: _Names | None = Field(None, min_length=1, max_length=1_000)
    agents: _Names | None = Field(None, min_length=1, max_length=1_000)
    environments: _Names | None = Field(None, min_length=1, max_length=100)
    rollout: Literal["shadow", "canary", "enforce"] | None = None
    percent: int | None = Field(None, ge=1, le=99)
    observe_until: Annotated[datetime | None, BeforeValidator(_instant)] = None
    stands_by_for: str | None = Field(None, min_length=1, max_length=128)
    soften: Literal["ask"] | None = None


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
    found = tuple(_binding(one) for one in written.bind)
    for fault in _faults(written.bind, found):
        raise BindingsError(f"{source.name}: {fault}")
    return found


def _binding(one: _Entry) -> Binding:
    return Binding(
        one.policy,
        _tuple(one.edges),
        one.observe_until,
        _tuple(one.tenants),
        _tuple(one.agents),
        _tuple(one.environments),
        Rollout(one.rollout or Rollout.ENFORCE),
        one.percent,
        one.stands_by_for,
        one.soften,
    )


def _tuple(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


def _faults(written: Sequence[_Entry], found: Sequence[Binding]) -> Iterator[str]:
    """Yield what no entry can mean: by itself, and beside the other entries of its policy."""
    for one in written:
        yield from _meaningless(one)
    for policy, entries in entries_of(found).items():
        if len({one.whose for one in entries}) < len(entries):
            yield f"`{policy}` is bound twice for the same; write one entry"
        in_shadow = any(one.rollout is not Rollout.ENFORCE for one in entries)
        if in_shadow and any(one.observe_until is not None for one in entries):
            yield f"`{policy}` observes in one entry and has a `rollout` in another; choose one"


def _meaningless(one: _Entry) -> Iterator[str]:
    for key in _LISTS:
        names = getattr(one, key)
        if names is not None and len(set(names)) < len(names):
            yield f"{_ONE_OF[key]} of `{one.policy}` is named twice"
    if one.rollout is not None and one.observe_until is not None:
        yield f"`{one.policy}` has both `rollout` and `observe_until`; choose one"
    if one.stands_by_for is not None and (said := _first(one, _LESS)):
        yield f"`{one.policy}` stands by, and enforces once it is needed: leave `{said}` out"
    if one.soften is not None and (said := _first(one, _NARROWER)):
        yield f"`{one.policy}` softens, for one tenant: leave `{said}` out"
    if (one.rollout == "canary") != (one.percent is not None):
        yield f'`{one.policy}` needs both `rollout = "canary"` and its `percent`, or neither'


def _first(one: _Entry, keys: Sequence[str]) -> str | None:
    return next((key for key in keys if getattr(one, key) is not None), None)


_LESS: Final = ("rollout", "percent", "observe_until")
_NARROWER: Final = ("edges", "agents", "environments", *_LESS, "stands_by_for")
_ONE_OF: Final = {
    "edges": "an edge",
    "tenants": "a tenant",
    "agents": "an agent",
    "environments": "an environment",
}
_LISTS: Final = tuple(_ONE_OF)


def _in_words(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "a day lies outside the calendar"
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    reason = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        known = ", ".join(f"`{name}`" for name in _Entry.model_fields) if "." in place else "`bind`"
        reason = f"there is no such key; it may have {known}"
    return f"`{place}` cannot be used: {reason[:1].lower()}{reason[1:]}"


__all__ = ("NAME", "read")
