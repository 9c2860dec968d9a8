"""What a server of the tests was called with, digit by digit."""

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from dsl import strictjson

SERVER: Final = str(Path(__file__).with_name("server.py"))
NUMBER: Final = "$number"


def command(tools: Path, notes: Path) -> tuple[str, ...]:
    """Return how a server is started."""
    return (sys.executable, "-S", SERVER, str(tools), str(notes))


class Notes:
    """The file that a server notes its calls in."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.notes"
        self._read = 0

    def new(self) -> list[tuple[str, str]]:
        """Return the calls that were not returned before, each in one form."""
        if not self.path.exists():
            return []
        lines = self.path.read_text("utf-8").splitlines()
        fresh, self._read = lines[self._read :], len(lines)
        return [noted(*json.loads(one, object_pairs_hook=_read)) for one in fresh]


def noted(tool: str, args: Any) -> tuple[str, str]:
    """Return a call in one form, whatever kind of numbers it holds."""
    return tool, strictjson.canonical(_exact(args))


def _read(pairs: list[tuple[str, Any]]) -> Any:
    members = dict(pairs)
    return Decimal(members[NUMBER]) if list(members) == [NUMBER] else members


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {name: _exact(one) for name, one in value.items()}
    return [_exact(one) for one in value] if isinstance(value, list | tuple) else value
