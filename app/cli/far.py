"""Commands that read the store beside them, or ask a running gateway where `--url` says so."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource

from app.cli.calling import Api
from dsl.errors import DrawbarError

T = TypeVar("T")
PAGE: Final = 500
_GIVEN: Final = (ParameterSource.COMMANDLINE,)


def reachable(command: Callable[..., None]) -> Callable[..., None]:
    """Add how a gateway is reached; without an address the command gets no API, and the store.

    A key on a command line is seen by everybody who may list processes: the variable or a file
    are there so that none needs to stand there.
    """

    @click.option(
        "--url",
        envvar="DRAWBAR_URL",
        help="Ask the gateway there, or at `unix:PATH`, instead of the store (variable "
        "DRAWBAR_URL, which --data overrules).",
    )
    @click.option(
        "--key",
        envvar="DRAWBAR_KEY",
        help="With --url: an API key. Better in the variable DRAWBAR_KEY or a file, since others "
        "see what is typed here.",
    )
    @click.option(
        "--key-file",
        envvar="DRAWBAR_KEY_FILE",
        type=click.Path(path_type=Path),
        help="With --url: a file that holds the key alone.",
    )
    @wraps(command)
    def run(url: str | None, key: str | None, key_file: Path | None, **options: Any) -> None:
        if options.get("data") is not None and url is not None:
            if click.get_current_context().get_parameter_source("url") in _GIVEN:
                raise click.UsageError("give --url or --data, not both")
            url = None
        if url is None:
            command(api=None, **options)
            return
        with Api(url, key_of(key, key_file)) as api:
            command(api=api, **options)

    return run


def key_of(key: str | None, file: Path | None) -> str:
    """Return the key that is given, in words or in a file."""
    if file is not None:
        try:
            return file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise DrawbarError(f"the file of the key cannot be read: {error}") from error
    if key is None:
        raise click.UsageError("with --url give an API key: DRAWBAR_KEY, --key-file or --key")
    return key


def paged(
    api: Api, path: str, name: str, limit: int, wanted: Mapping[str, object]
) -> Iterator[dict[str, Any]]:
    """Yield the newest of a list, page by page."""
    asked = {key: _written(value) for key, value in wanted.items() if value is not None}
    after: Any = None
    while limit > 0:
        more = {"limit": str(min(limit, PAGE))} | ({} if after is None else {"cursor": str(after)})
        page = api.get(path, {**asked, **more})
        yield from page[name]
        limit, after = limit - len(page[name]), page["next"]
        if after is None:
            return


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def made(kind: type[T], told: Mapping[str, Any]) -> T:
    """Return what the API told of as the store would give it; what it does not tell is None."""
    members = {one.name: _read(one.name, told.get(one.name)) for one in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    return kind(**members)


def _read(name: str, value: Any) -> Any:
    if isinstance(value, str) and (name == "at" or name.endswith("_at")):
        return datetime.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
