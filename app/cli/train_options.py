"""What the commands of `drawbar train` share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from dsl.errors import DrawbarError

FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER: Final = click.Path(path_type=Path, file_okay=False)


def setting(
    name: str, default: float, kind: "click.ParamType[Any]", words: str
) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Return the option for a number that a run depends on."""
    return click.option(name, default=default, type=kind, show_default=True, help=words)


@contextmanager
def told(out: Path) -> Iterator[None]:
    """Say in one line what is wrong with labels, weights or folders."""
    try:
        yield
    except OSError as error:
        where = error.filename or out
        raise DrawbarError(f"`{where}`: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:  # all that is said of labels, weights and folders is one
        if type(error).__module__.partition(".")[0] != "guards":
            raise
        raise DrawbarError(str(error)) from error
