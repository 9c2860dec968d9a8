"""Finds and reads the settings file, which `drawbar serve` and `drawbar lint` share."""

import os
import tomllib
from pathlib import Path
from typing import Any, Final

from dsl.errors import DrawbarError

VARIABLE: Final = "DRAWBAR_CONFIG"
NAME: Final = "drawbar.toml"


class SettingsError(DrawbarError):
    """A setting that does not exist or cannot have the value it was given."""


def find(config: Path | None) -> Path | None:
    """Return the file that was named, by a flag or the environment, or the one that lies here."""
    named = config or (Path(os.environ[VARIABLE]) if VARIABLE in os.environ else None)
    return named or (Path(NAME) if Path(NAME).is_file() else None)


def read(path: Path) -> dict[str, Any]:
    """Return what stands in a settings file."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"`{path}` cannot be read: {error}") from error
