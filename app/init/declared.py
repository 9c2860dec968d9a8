"""Which of the offered tools a policy can speak of, and what of them goes into the tools file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.init.offered import Catalogue, Offered
from app.init.written import exact
from dsl import parse, strictjson, toolspec
from dsl.errors import DrawbarError, Source, printable
from dsl.toolspec import Tool

MOST_TOOLS: Final = 2_000
LONGEST_SCHEMA: Final = 64 * 1024
LONGEST_TEXT: Final = 1_000
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")  # what edges take and a rule can be written of
_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


@dataclass(frozen=True, slots=True)
class Declared:
    """One tool that a policy can speak of: the name that rules write, and its definition."""

    name: str
    entry: Mapping[str, Any]
    tool: Tool

    @property
    def hints(self) -> Mapping[str, Any]:
        """Return what the server says of its tool: words of a stranger."""
        found: Mapping[str, Any] = self.entry.get("annotations", {})
        return found


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A tool that no draft speaks of, so that every call of it is denied, and why."""

    name: str
    why: str


def declared(catalogue: Catalogue) -> tuple[list[Declared], list[LeftOut]]:
    """Sort the offered tools: those that rules can speak of, and those left out."""
    several = len({one.server for one in catalogue.tools}) > 1
    found: dict[str, Declared] = {}
    out: list[LeftOut] = []
    for one in catalogue.tools:
        made = _declared(one, qualified=several)
        if isinstance(made, Declared) and made.name in found:
            made = LeftOut(made.name, "another tool has the same name")
        elif isinstance(made, Declared) and len(found) >= MOST_TOOLS:
            made = LeftOut(made.name, f"there are more than {MOST_TOOLS} tools")
        if isinstance(made, Declared):
            found[made.name] = made
        else:
            out.append(made)
    return list(found.values()), out


def _declared(one: Offered, *, qualified: bool) -> Declared | LeftOut:
    raw = one.definition.get("name")
    name = f"{one.server}/{raw}" if qualified and one.server else str(raw)
    if not isinstance(raw, str) or not _NAME.fullmatch(raw) or not _speakable(name):
        return LeftOut(printable(name)[:80], "no rule can be written of a tool with such a name")
    try:
        entry = {"name": name, **_kept(one.definition)}
        tools = toolspec.read(Source("tools", strictjson.written([entry])))
    except (DrawbarError, TypeError, ValueError, RecursionError) as error:
        return LeftOut(name, f"its definition cannot be read: {_first_line(error)}")
    if name in tools.hidden:
        return LeftOut(name, f"no call of it can be checked: {tools.hidden[name]}")
    return Declared(name, entry, tools.by_name[name])


def _speakable(name: str) -> bool:
    """Tell whether a rule can begin with a name: some are words of the language."""
    if not name.isalpha():  # none of these words has another sign in it
        return True
    text = f"policy p version 1; rule r: ask {name};"
    return not parse.read(Source("name", text))[1]


def _first_line(error: Exception) -> str:
    return printable(str(error).split("\n", 1)[0])[:200]


def _kept(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a definition goes into the file: nothing that could pass for our own words."""
    schema = exact(definition.get("inputSchema"))
    if len(strictjson.written(schema)) > LONGEST_SCHEMA:
        raise ValueError(f"its schema is longer than {LONGEST_SCHEMA >> 10} KiB")
    kept: dict[str, Any] = {}
    for key in ("title", "description"):
        if isinstance(definition.get(key), str):
            kept[key] = _cut(definition[key])
    kept["inputSchema"] = schema
    shown = exact(definition.get("outputSchema"))
    if isinstance(shown, dict) and len(strictjson.written(shown)) <= LONGEST_SCHEMA:
        kept["outputSchema"] = shown
    hints = definition.get("annotations")
    if isinstance(hints, Mapping):
        told = {key: hints[key] for key in _HINTS if isinstance(hints.get(key), bool)}
        kept |= {"annotations": told} if told else {}
    return kept


def _cut(text: str) -> str:
    """Shorten a text; half of a surrogate pair would make the file unreadable."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole if len(whole) <= LONGEST_TEXT else whole[:LONGEST_TEXT] + " [...]"
