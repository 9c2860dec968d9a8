"""The headers a source is asked with: their secrets come from the environment or from files."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from app.config_file import SettingsError
from app.facts.settings import FromEnvironment, FromFile, Header

LONGEST: Final = 16_384
_VALUE: Final = re.compile(r"[!-~]([ !-~]*[!-~])?")


def read(where: str, headers: Mapping[str, Header]) -> dict[str, str]:
    """Return every header with its value, or say which one cannot be had, and never its value."""
    return {name: _value(f"{where}.headers.{name}", header) for name, header in headers.items()}


def _value(where: str, header: Header) -> str:
    match header:
        case SecretStr():
            found = header.get_secret_value()
        case FromEnvironment(env=variable, prefix=prefix):
            if variable not in os.environ:
                raise SettingsError(f"`{where}`: the environment has no variable `{variable}`")
            found = prefix + os.environ[variable]
        case FromFile(file=file, prefix=prefix):
            found = prefix + _content(where, file)
    if not _VALUE.fullmatch(found):
        raise SettingsError(f"`{where}`: the value cannot stand in a header")
    return found


def _content(where: str, file: str) -> str:
    try:
        with Path(file).open("rb") as opened:
            return opened.read(LONGEST).decode("ascii").rstrip("\r\n")
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise SettingsError(f"`{where}`: `{file}` cannot be read: {reason}") from error
    except UnicodeDecodeError:  # its words hold a part of the secret
        raise SettingsError(f"`{where}`: `{file}` holds more than ASCII characters") from None
