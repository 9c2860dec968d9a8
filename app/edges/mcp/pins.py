"""Tool definitions as somebody looked at them: a digest for each, kept beside the policies.

A server that changes what a tool says of itself would otherwise talk to the model under the name
of a tool that people have approved of.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from dsl import strictjson
from dsl.errors import DrawbarError

FILE: Final = "mcp-pins.json"
MOST: Final = 16 << 20
# What a model or a rule may go by. What else stands there is shown to nobody.
PINNED: Final = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")


class PinsError(DrawbarError):
    """A file of pins that cannot be used."""


@dataclass(frozen=True, slots=True)
class Pins:
    """The digests that were pinned: of each server, by tool."""

    by_server: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def knows(self, server: str) -> bool:
        """Tell whether anything of a server was pinned."""
        return server in self.by_server

    def held(self, server: str, tool: Mapping[str, Any]) -> str | None:
        """Say why a tool is held back, or None where it is as it was pinned."""
        pinned = self.by_server.get(server, {}).get(str(tool.get("name")))
        if pinned is None:
            return "it is not pinned"
        return None if pinned == digest(tool) else "it is not as it was pinned"


def digest(tool: Mapping[str, Any]) -> str:
    """Return the digest of a definition, as `tools/list` gives it."""
    seen = {name: _exact(tool[name]) for name in PINNED if tool.get(name) is not None}
    return "sha256:" + hashlib.sha256(strictjson.canonical(seen).encode()).hexdigest()


def write(folder: Path, server: str, tools: Sequence[Mapping[str, Any]]) -> Path:
    """Pin all tools of one server in `mcp-pins.json` of a policy folder, and return the file.

    `tools` are the definitions as `tools/list` gave them, each whole. What was pinned of this
    server before is replaced, what was pinned of others stays. The file appears whole or not at
    all. Call it once somebody has looked at the tools: from then on the gateway shows them.
    """
    pinned = {str(tool["name"]): digest(tool) for tool in tools}
    all_of_them = {**read(folder).by_server, server: pinned}
    ordered = {name: dict(sorted(all_of_them[name].items())) for name in sorted(all_of_them)}
    path = folder / FILE
    draft = folder / f".{FILE}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(ordered, indent=2) + "\n", "utf-8")
        draft.replace(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PinsError(f"`{path}` cannot be written: {reason}") from error
    return path


def read(folder: Path) -> Pins:
    """Return what is pinned in a policy folder; nothing, where there is no such file."""
    path = folder / FILE
    try:
        if not path.exists():
            return Pins()
        if path.stat().st_size > MOST:
            raise PinsError(f"`{path}` is larger than {MOST >> 20} MiB")
        return Pins(_checked(json.loads(path.read_bytes(), object_pairs_hook=_once), path))
    except (OSError, ValueError, RecursionError) as error:
        raise PinsError(f"`{path}` cannot be read: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands there twice: nobody could tell which digest holds."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def _checked(tree: Any, path: Path) -> Mapping[str, Mapping[str, str]]:
    is_right = isinstance(tree, dict) and all(
        isinstance(tools, dict) and all(isinstance(one, str) for one in tools.values())
        for tools in tree.values()
    )
    if not is_right:
        raise PinsError(f"`{path}` must be an object of servers, each with its tools' digests")
    found: Mapping[str, Mapping[str, str]] = tree
    return found


def _exact(value: Any) -> Any:
    """Write floats, as ordinary decoders make them, as the numbers they stand for."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {name: _exact(one) for name, one in value.items()}
    return [_exact(one) for one in value] if isinstance(value, list | tuple) else value
