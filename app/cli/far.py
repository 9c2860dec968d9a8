"""Commands that read the store beside them, or ask a running gateway where `--url` says so."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import wraps
from itertools import count
from typing import Any, Final, TypeVar

import click

from app.cli.calling import Api
from app.cli.reaching import Given, gateway

T = TypeVar("T")
PAGE: Final = 500


def reachable(command: Callable[..., None]) -> Callable[..., None]:
    """Add how a gateway is reached; without an address the command gets no API, and the store."""

    @gateway(
        "Ask the gateway there, or at `unix:PATH`, instead of the store (variable DRAWBAR_URL, "
        "which --data overrules).",
        "With --url: an API key.",
    )
    @wraps(command)
    def run(given: Given, **options: Any) -> None:
        beside = options.get("data") is not None
        if beside and given.typed:
            raise click.UsageError("give --url or --data, not both")
        if beside or given.url is None:
            command(api=None, **options)
            return
        with given.api("with --url give an API key: DRAWBAR_KEY, --key-file or --key") as api:
            command(api=api, **options)

    return run


def paged(
    api: Api,
    path: str,
    name: str,
    limit: int,
    wanted: Mapping[str, object],
    *,
    at_once: int = PAGE,
    most: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the newest of a list, page by page, of at most so many pages."""
    asked = {key: _written(value) for key, value in wanted.items() if value is not None}
    after: Any = None
    for _ in count() if most is None else range(most):
        if limit <= 0:
            return
        some = str(min(limit, at_once))
        more = {"limit": some} | ({} if after is None else {"cursor": str(after)})
        page = api.get(path, {**asked, **more})
        yield from page[name]
        limit, after = limit - len(page[name]), page["next"]
        if after is None:
            return


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def made(kind: type[T], told: Mapping[str, Any]) -> T:
    """Return what the API told of as the store would give it; what it does not tell is None."""
    return kind(**{name: _read(name, told.get(name)) for name in _names(kind)})


def _names(kind: type[Any]) -> Sequence[str]:
    """Return the members of a dataclass, or of a struct."""
    return getattr(kind, "__struct_fields__", None) or [one.name for one in fields(kind)]


def _read(name: str, value: Any) -> Any:
    if isinstance(value, str) and (name == "at" or name.endswith("_at")):
        return datetime.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
