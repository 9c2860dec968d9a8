"""Finds the next token where only some may stand: one pattern, made of those that Lark has."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lark.lexer import PatternStr, TerminalDef


@dataclass(frozen=True, slots=True)
class Scanner:
    """Passes over what says nothing, and matches a token, or nothing at the end of the text."""

    match: Callable[[str, int], "re.Match[str] | None"]
    kinds: Mapping[int, tuple[str, Mapping[str, str]]]  # by group: the kind, and fixed words of it


def scanner_of(lexer: Any) -> Scanner:
    """Join the patterns of a lexer of Lark's, in the order in which it tries them."""
    ignored = [one for one in lexer.terminals if one.name in lexer.ignore_types]
    others = [one for one in lexer.terminals if one.name not in lexer.ignore_types]
    words = {one.name: _words_of(one, others) for one in others}
    known = {name for each in words.values() for name in each.values()}
    groups = [one for one in others if one.name not in known]
    skip = "|".join(one.pattern.to_regexp() for one in ignored)
    token = "|".join([*(f"(?P<{one.name}>{one.pattern.to_regexp()})" for one in groups), r"\Z"])
    pattern = re.compile(f"(?:{skip})*+(?:{token})")
    places = pattern.groupindex
    kinds = {places[one.name]: (one.name, words[one.name]) for one in groups}
    return Scanner(pattern.match, kinds)


def _words_of(terminal: TerminalDef, others: Sequence[TerminalDef]) -> dict[str, str]:
    """Return the fixed words that a pattern also matches: they are found through it."""
    if isinstance(terminal.pattern, PatternStr):
        return {}
    pattern = re.compile(terminal.pattern.to_regexp())
    return {
        one.pattern.value: one.name
        for one in others
        if isinstance(one.pattern, PatternStr)
        and one.priority == terminal.priority
        and (found := pattern.match(one.pattern.value))
        and found.group() == one.pattern.value
    }
