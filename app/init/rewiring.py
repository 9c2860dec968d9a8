"""Puts `drawbar mcp wrap` before the servers in a client's file, and takes it away again."""

import json
import shutil
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.cli.writing import rewrite
from app.init.config import WRAP, found_in, unwrapped
from app.init.tools_list import read_json
from app.policy import policies
from dsl.errors import DrawbarError

SUFFIX: Final = ".before-drawbar"


@dataclass(frozen=True, slots=True)
class Wiring:
    """How the servers of a file are wrapped."""

    drawbar: str
    policies: Path
    data: Path

    def command(self, name: str, words: list[str]) -> list[str]:
        """Return the command that stands before a server's own."""
        own = ["--local", "--name", name, "--policies", str(self.policies)]
        own += ["--data", str(self.data)]
        return [self.drawbar, *WRAP, *own, "--", *words]


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The servers that now go through Drawbar, and those that still do not."""

    keys: tuple[str, ...]
    unguarded: tuple[str, ...]


def wrap(path: Path, wiring: Wiring, name: Callable[[str], str], known: Container[str]) -> Wrapped:
    """Let servers that a client starts go through `drawbar mcp wrap`: those whose tools are known.

    The file as it was stays beside it. One that is wrapped already is wrapped as said now.
    """
    before, tree = _read(path)
    servers = found_in(tree, path)
    started = {key: words for key, entry in servers.items() if (words := _words(entry))}
    mine = {key: words for key, words in started.items() if name(key) in known}
    if not mine:
        raise DrawbarError(
            f"`{wiring.policies}` has no pinned tools of a server in `{path}`; "
            "first run this without `--write-config`"
        )
    if all(unwrapped(words) == words for words in started.values()):
        _keep(path)
    for key, words in mine.items():
        command, *args = wiring.command(name(key), unwrapped(words))
        servers[key] |= {"command": command, "args": args}
    _write(path, before, tree)
    return Wrapped(tuple(mine), tuple(key for key in servers if not _is_wrapped(servers[key])))


def _is_wrapped(entry: Any) -> bool:
    words = _words(entry)
    return bool(words) and unwrapped(words) != words


def undo(path: Path) -> list[str]:
    """Take `drawbar mcp wrap` away again; return the keys of the servers.

    What else was changed in the file meanwhile stays. Where nothing was, the file becomes what it
    was, to the byte.
    """
    before, tree = _read(path)
    servers = found_in(tree, path)
    found = {key: _words(entry) for key, entry in servers.items()}
    mine = {key: plain for key, words in found.items() if (plain := unwrapped(words)) != words}
    if not mine:
        raise DrawbarError(f"no server in `{path}` goes through `drawbar mcp wrap`")
    for key, (command, *args) in mine.items():
        servers[key] |= {"command": command, "args": args}
    kept = _backup(path)
    if kept.is_file() and _plain(read_json(kept)) == _plain(tree):
        rewrite(path, policies.read_source(kept).text)
        kept.unlink()
    else:
        _write(path, before, tree)
    return list(mine)


def _plain(tree: Any) -> str:
    """Return a file's content so that an absent list of arguments equals an empty one."""
    for entry in found_in(tree, Path("-")).values():
        if _words(entry):
            entry.setdefault("args", [])
    return json.dumps(tree, sort_keys=True, default=str)


def _read(path: Path) -> tuple[str, Any]:
    read_json(path)  # what can be read in two ways is refused
    text = policies.read_source(path).text
    return text, json.loads(text)


def _words(entry: Any) -> list[str]:
    if not isinstance(entry, dict) or not isinstance(entry.get("command"), str):
        return []
    args = entry.get("args") or []
    plain = isinstance(args, list) and all(isinstance(one, str) for one in args)
    return [entry["command"], *args] if plain else []


def _backup(path: Path) -> Path:
    whole = path.resolve()
    return whole.with_name(whole.name + SUFFIX)


def _keep(path: Path) -> None:
    """Copy the file with its permissions: it may hold keys."""
    try:
        shutil.copy2(path, _backup(path))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DrawbarError(f"`{_backup(path)}` cannot be written: {reason}") from error


def _write(path: Path, before: str, tree: Any) -> None:
    end = "\n" if before.endswith("\n") else ""
    rewrite(path, json.dumps(tree, indent=2, ensure_ascii=False) + end)
