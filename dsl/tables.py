"""The parser, from tables worked out beforehand: building them takes longer than a whole lint.

`tables.json` is written by `make docs` and only used while it fits the grammar and the installed
Lark to the letter; otherwise the parser is built from the grammar, more slowly and just the same.
"""

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lark import PostLex
from lark.lexer import TerminalDef

GRAMMAR: Final = "grammar.lark"
TABLES: Final = "tables.json"


def parser(postlex: PostLex) -> Lark:
    """Return the parser."""
    stored = _stored()
    if stored is None:
        return build(postlex)
    data, memo = stored["data"], _by_number(stored["memo"])
    automaton = data["parser"]["parser"]
    automaton["states"] = _by_number(automaton["states"])
    # Private, but what Lark's own stand-alone parsers call; `Lark.load` takes no postlex.
    return Lark._load_from_dict(data, memo, postlex=postlex)  # type: ignore[no-any-return, no-untyped-call]  # noqa: SLF001


def build(postlex: PostLex | None = None) -> Lark:
    """Build the parser from the grammar."""
    return Lark(
        _text(GRAMMAR),
        parser="lalr",
        propagate_positions=True,
        maybe_placeholders=False,
        postlex=postlex,
    )


def stored_form() -> str:
    """Return what `tables.json` must hold; one that fits stays, as its order is not fixed."""
    if _stored() is not None:
        return _text(TABLES)
    data, memo = build().memo_serialize([TerminalDef, Rule])
    return json.dumps({**_fits(), "data": data, "memo": memo}, separators=(",", ":")) + "\n"


def _stored() -> dict[str, Any] | None:
    try:
        found = json.loads(_text(TABLES))
    except (OSError, ValueError):
        return None
    fits = isinstance(found, dict) and all(found.get(k) == v for k, v in _fits().items())
    return found if fits else None


def are_known() -> bool:
    """Tell whether the grammar and the installed Lark are those that the tables were made for."""
    head = json.dumps(_fits(), separators=(",", ":"))
    return _text(TABLES).startswith(head.removesuffix("}"))


def _fits() -> dict[str, str]:
    digest = hashlib.sha256(_text(GRAMMAR).encode()).hexdigest()
    return {"grammar": digest, "lark": lark.__version__}


def _text(name: str) -> str:
    return files("dsl").joinpath(name).read_text("utf-8")


def _by_number(members: Mapping[str, Any]) -> dict[int, Any]:
    """Undo what JSON did to numbers used as keys."""
    return {int(key): value for key, value in members.items()}
