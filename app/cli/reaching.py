"""How commands are told where a gateway listens, and which key they ask it with."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from app.cli.calling import Api
from dsl.errors import DrawbarError

HERE: Final = "http://127.0.0.1:8484"
WHERE: Final = "Where the gateway listens, or `unix:PATH` (variable DRAWBAR_URL)."
_TYPED: Final = ParameterSource.COMMANDLINE
Command = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Given:
    """What a command was told; a file is read only where it is asked for."""

    url: str | None
    key: str | None
    key_file: Path | None
    typed: bool  # the address, on the command line

    def api(self, missing: str) -> Api:
        """Return the gateway's API; without a key the usage is wrong, and `missing` says how."""
        return Api(HERE if self.url is None else self.url, self._secret(missing))

    def _secret(self, missing: str) -> str:
        if self.key_file is not None:
            try:
                return self.key_file.read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise DrawbarError(f"the file of the key cannot be read: {error}") from error
        if self.key is None:
            raise click.UsageError(missing)
        return self.key


def gateway(url: str, key: str, *, default: str | None = None) -> Callable[[Command], Command]:
    """Add `--url`, `--key` and `--key-file` in these words; the command gets a `Given`.

    A key on a command line is seen by everybody who may list processes: the variables and the file
    are there so that none needs to stand there.
    """

    def added(command: Command) -> Command:
        @click.option(
            "--url", envvar="DRAWBAR_URL", default=default, show_default=bool(default), help=url
        )
        @click.option(
            "--key",
            envvar="DRAWBAR_KEY",
            help=f"{key} Better in the variable DRAWBAR_KEY or a file, since others see what is "
            "typed here.",
        )
        @click.option(
            "--key-file",
            envvar="DRAWBAR_KEY_FILE",
            type=click.Path(path_type=Path),
            help="A file that holds the key alone (variable DRAWBAR_KEY_FILE).",
        )
        @wraps(command)
        def run(url: str | None, key: str | None, key_file: Path | None, **options: Any) -> None:
            source = click.get_current_context().get_parameter_source
            if source("key") is _TYPED and source("key_file") is not _TYPED:
                key_file = None
            given = Given(url, key, key_file, typed=source("url") is _TYPED)
            command(given=given, **options)

        return run

    return added


def calling(scopes: str) -> Callable[[Command], Command]:
    """Add how a gateway is reached to a command that works over the API alone, and open it."""

    def added(command: Command) -> Command:
        @gateway(WHERE, f"An API key with {scopes}.", default=HERE)
        @wraps(command)
        def run(given: Given, **options: Any) -> None:
            with given.api("give an API key: DRAWBAR_KEY, --key-file or --key") as api:
                command(api, **options)

        return run

    return added
