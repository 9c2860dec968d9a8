"""Commands: this program with these flags, any program with one of them, this program."""

from collections.abc import Iterator
from typing import Any

from dsl import syntax
from dsl.functions import argv
from memory.induction.ladders.step import MOST, Around, equal, is_short


def command(value: syntax.Operand, seen: Any, _around: Around) -> Iterator[syntax.Condition]:
    """Yield the program with its flags, then the flags, then the program."""
    words = argv.apply(seen) if isinstance(seen, str) else None
    if not isinstance(words, list) or not all(map(is_short, words)):
        return
    split = syntax.CallOf("argv", (value,))
    flags = tuple(syntax.Membership(syntax.Constant(one), split) for one in _flags(words[1:]))
    named = words_of(value)
    program = None if named is None else equal(syntax.Path(named, (0,)), words[0])
    if program is not None and flags:
        yield syntax.And((program, *flags))
    if flags:
        yield flags[0] if len(flags) == 1 else syntax.And(flags)
    if program is not None:
        yield program


def words_of(value: syntax.Operand) -> str | None:
    """Return the name under which the words of an argument stand in memory's overlay.

    The language counts the words of what has a name alone; an element of a list has none.
    """
    match value:
        case syntax.Path("args", steps) if all(isinstance(one, str) for one in steps):
            return "_".join(("words", *map(str, steps)))
        case _:
            return None


def _flags(words: list[str]) -> list[str]:
    """Return the few options of a command, without what is given to them."""
    found = {word.partition("=")[0] for word in words if word.startswith("-") and word != "--"}
    exact = sorted(found.intersection(words))
    return exact[:MOST]
