"""Reads one statement by Lark's own tables, sooner than Lark: without a tree between the two.

Lark is the law. What does not go through here without any fault is left to it, and it says what
is wrong; what goes through gives the very nodes that Lark's tree would be turned into. So a rule of
the grammar is a method of the builder here as there, and the tables are Lark's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from lark import Lark, Token
from lark.grammar import Rule

from dsl.build.scanner import Scanner, scanner_of
from dsl.build.tokens import BuildError
from dsl.errors import Span

_END: Final = "$END"


class Word(Token):
    """A token with no more than what the builder asks of it: making one of Lark's takes longer."""

    __slots__ = ()


def _word(kind: str, text: str, start: int, end: int) -> Word:
    made = str.__new__(Word, text)
    made.type, made.start_pos, made.end_pos = kind, start, end
    return made


@lru_cache(maxsize=1 << 14)
def _span(start: int, end: int) -> Span:
    """Return a place in a statement: the same few stand in most of them, and are shared."""
    return Span(start, end)


@dataclass(frozen=True, slots=True)
class _Reduction:
    """A rule of the grammar: which of its parts count, and what they become."""

    size: int
    origin: str
    kept: tuple[tuple[int, bool], ...]  # places; True: a list of parts, each counts for itself
    build: Callable[[Span, list[Any]], Any] | None = None  # None: the parts go on as a list
    hands_on: bool = False  # its only part goes on alone, or in the list that it is


# A part that was read: the state behind it, what it became, where it stands, how deep it is.
_Part = tuple[int, Any, int, int, int]


class Driver:
    """Walks the tables of a grammar; `builder` has a method for each of its rules."""

    def __init__(self, grammar: Lark, builder: object, most: int) -> None:
        frontend: Any = grammar.parser
        table = frontend.parser._parse_table  # noqa: SLF001 - Lark shows its tables to nobody
        self._builder, self._most = builder, most
        self._begin: int = table.start_states["start"]
        self._done: int = table.end_states["start"]
        self._lexers = frontend.lexer.lexer.lexers
        self._scanners: dict[int, Scanner] = {}
        self._by_lexer: dict[int, Scanner] = {}
        found = {arg for row in table.states.values() for _, arg in row.values()}
        rules = [one for one in found if isinstance(one, Rule)]
        parts = [part for rule in rules for part in rule.expansion]
        self._kept = frozenset(part.name for part in parts if part.is_term and _counts(part))
        made = {rule: self._reduction(rule) for rule in rules}
        self._actions: dict[int, dict[str, Any]] = {
            state: {name: made.get(arg, arg) for name, (_, arg) in row.items()}
            for state, row in table.states.items()
        }
        self._jumps: dict[tuple[int, int, str], tuple[int, bool]] = {}

    def read(self, text: str) -> Any | None:
        """Return the nodes of a statement; None where Lark must say what is wrong with it."""
        try:
            return self._read(text)
        except BuildError:
            return None

    def _read(self, text: str) -> Any | None:
        stack: list[_Part] = [(self._begin, None, 0, 0, 0)]
        actions, scanners, kept = self._actions, self._scanners, self._kept
        at = 0
        while True:
            state = stack[-1][0]
            scanner = scanners.get(state) or self._scanner(state)
            found = scanner.match(text, at)
            if found is None:
                return None
            group = found.lastindex
            if group is None:
                return stack[-1][1] if self._reduce(stack, _END) else None
            start, end = found.span(group)
            if start == at and at and _wordy(text[at - 1]) and _wordy(text[at]):
                return None  # two words run together
            kind, words = scanner.kinds[group]
            value = text[start:end]
            if words:
                kind = words.get(value, kind)
            target = actions[state].get(kind)
            if target.__class__ is not int:
                if not self._reduce(stack, kind):
                    return None
                target = actions[stack[-1][0]][kind]
            word = _word(kind, value, start, end) if kind in kept else None
            stack.append((target, word, start, end, 0))
            at = end

    def _reduce(self, stack: list[_Part], kind: str) -> bool:
        """Join parts until a token of some kind can follow; False where none can."""
        actions = self._actions
        while True:
            rule = actions[stack[-1][0]].get(kind)
            if rule is None:
                return False
            if rule.__class__ is int:
                return kind != _END
            if rule.hands_on:
                self._hand_on(stack, kind)
            elif not self._join(stack, rule):
                return False
            if stack[-1][0] == self._done:
                return kind == _END

    def _join(self, stack: list[_Part], rule: _Reduction) -> bool:
        """Make one part of several; False where that is too deep."""
        parts = stack[-rule.size :]
        del stack[-rule.size :]
        value: Any = []
        deepest = 0
        for place, inlined in rule.kept:
            _, part, _, _, depth = parts[place]
            if depth > deepest:  # noqa: PLR1730 - `max` would be called for each part of a text
                deepest = depth
            if not inlined:
                value.append(part)
            elif value:
                value += part
            else:
                value = part  # its own rule made this list for nobody else
        start, end = parts[0][2], parts[-1][3]
        if rule.build is not None:
            deepest += 1
            if deepest > self._most:
                return False
            value = rule.build(_span(start, end), value)
        target = self._actions[stack[-1][0]][rule.origin]
        stack.append((target, value, start, end, deepest))
        return True

    def _hand_on(self, stack: list[_Part], kind: str) -> None:
        """Go at once through all rules that only hand on what stands there."""
        state, value, start, end, depth = stack.pop()
        below = stack[-1][0]
        jump = self._jumps.get((below, state, kind))
        if jump is None:
            jump = self._jumps[below, state, kind] = self._jump(below, state, kind)
        target, wraps = jump
        stack.append((target, [value] if wraps else value, start, end, depth))

    def _jump(self, below: int, state: int, kind: str) -> tuple[int, bool]:
        wraps = False
        while state != self._done:
            rule = self._actions[state].get(kind)
            if rule.__class__ is not _Reduction or not rule.hands_on:
                break
            wraps |= rule.origin.startswith("_") and not rule.kept[0][1]
            state = self._actions[below][rule.origin]
        return state, wraps

    def _reduction(self, rule: Rule) -> _Reduction:
        kept = tuple(
            (place, _is_inlined(part))
            for place, part in enumerate(rule.expansion)
            if not part.is_term or _counts(part)
        )
        origin, size = str(rule.origin.name), len(rule.expansion)
        alone = size == len(kept) == 1
        if _is_inlined(rule.origin):
            return _Reduction(size, origin, kept, hands_on=alone)
        if rule.options.expand1:
            if not alone or kept[0][1]:
                raise _NotForUs(origin)
            return _Reduction(size, origin, kept, hands_on=True)
        method = getattr(self._builder, rule.alias or origin)
        return _Reduction(size, origin, kept, getattr(method, "base_func", method))

    def _scanner(self, state: int) -> Scanner:
        lexer = self._lexers[state]
        found = self._by_lexer.get(id(lexer))
        if found is None:
            found = self._by_lexer[id(lexer)] = scanner_of(lexer)
        self._scanners[state] = found
        return found


class _NotForUs(Exception):
    """The grammar has something that it never had: let Lark do it."""


def made(grammar: Lark, builder: object, most: int) -> Driver | None:
    """Return the driver of a grammar, or None where it is of another make than expected."""
    try:
        return Driver(grammar, builder, most)
    except (_NotForUs, AttributeError):
        return None


def _counts(terminal: Any) -> bool:
    return not terminal.filter_out


def _is_inlined(symbol: Any) -> bool:
    return not symbol.is_term and symbol.name.startswith("_")


def _wordy(char: str) -> bool:
    return char.isalnum() or char == "_"
