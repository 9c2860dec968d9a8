"""Reads the file in which an MCP client names its servers."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app.init.tools_list import read_json
from dsl.errors import DrawbarError

# Where clients keep their servers: Claude Desktop, Cursor and `.mcp.json`; VS Code, in two places.
PLACES: Final = (("mcpServers",), ("servers",), ("mcp", "servers"))
WRAP: Final = ["mcp", "wrap"]
_VARIABLE: Final = re.compile(r"\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_ANY_VARIABLE: Final = re.compile(r"\$\{[^}]*\}?")
_FOLDER: Final = "${workspaceFolder}"


@dataclass(frozen=True, slots=True)
class Configured:
    """One server as a client starts it, or the address at which it reaches it."""

    key: str
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    wrapped: bool = False


def read(path: Path) -> list[Configured]:
    """Return the servers that a client's file names."""
    servers = found_in(read_json(path), path)
    return [_configured(key, entry, path) for key, entry in servers.items() if _is_on(entry)]


def _is_on(entry: Any) -> bool:
    """Tell whether a client starts a server: some keep those that they do not."""
    return not isinstance(entry, dict) or entry.get("disabled") is not True


def found_in(tree: Any, path: Path) -> dict[str, Any]:
    """Return the part of the file that names servers."""
    for place in PLACES:
        part = tree
        for step in place:
            part = part.get(step) if isinstance(part, dict) else None
        if isinstance(part, dict) and part:
            return part
    named = ", ".join(f"`{'.'.join(place)}`" for place in PLACES)
    raise DrawbarError(f"`{path}` names no servers: there is none of {named}, or nothing in it")


def _configured(key: str, entry: Any, path: Path) -> Configured:
    if not isinstance(entry, dict):
        raise DrawbarError(f"`{path}`: the server `{key}` is not an object")
    where = path.resolve().parent
    if isinstance(entry.get("url"), str):
        headers = dict(_texts(entry.get("headers"), where))
        return Configured(key, url=_filled(entry["url"], where), headers=headers)
    words = [entry.get("command"), *(entry.get("args") or [])]
    if not all(isinstance(one, str) for one in words):
        raise DrawbarError(f"`{path}`: the server `{key}` has no `command` and no `url`")
    plain = unwrapped(words)
    cwd = entry.get("cwd")
    return Configured(
        key,
        command=tuple(_filled(one, where) for one in plain),
        env=dict(_texts(entry.get("env"), where)),
        cwd=Path(_filled(cwd, where)) if isinstance(cwd, str) else None,
        wrapped=plain != words,
    )


def unwrapped(words: list[str]) -> list[str]:
    """Return the command that stands behind `drawbar mcp wrap`, or the command as it is."""
    is_ours = Path(words[0]).stem == "drawbar" and words[1:3] == WRAP and "--" in words
    return words[words.index("--") + 1 :] if is_ours else words


def _texts(entry: Any, where: Path) -> Iterator[tuple[str, str]]:
    for name, value in entry.items() if isinstance(entry, dict) else ():
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield name, _filled(str(value), where)


def _filled(text: str, where: Path) -> str:
    """Fill in variables of the environment, as clients do; what else stands so, nobody can here."""
    plain = text.replace(_FOLDER, str(where))
    return _VARIABLE.sub(lambda found: os.environ.get(found[1], found[2] or ""), plain)


def unfilled(one: Configured) -> str | None:
    """Return a variable in a server's settings that only its client can fill in.

    What stands so in the environment itself, as some tools leave it there, is plain text.
    """
    told = (value for name, value in one.env.items() if os.environ.get(name) != value)
    texts = (*one.command, *told, one.url or "", *one.headers.values())
    return next((found[0] for text in texts if (found := _ANY_VARIABLE.search(text))), None)
