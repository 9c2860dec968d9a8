"""What stands under a label, and whether a value carries it out.

This side looks wider than the others: a labelled value is also found in other spacing, and any
four words of a labelled text in a row carry its label, whatever signs stand between them.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from dsl import kinds, selectors, syntax
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.model import ToolCall
from dsl.session import words
from dsl.session.asked import asked
from dsl.session.leaves import covers, leaves
from dsl.session.matching import UNREADABLE, meets
from dsl.session.reading import read
from dsl.state import PastCall
from dsl.types import Truth, Unreadable, any_of

ROW: Final = 4  # so many words of a labelled text in a row carry its label
_LEAST: Final = 6  # letters and digits of a value that is found in any spacing
_LONGEST_CACHED: Final = 4_096  # characters; its rows take thirty times the memory of a text
_RUN: Final = re.compile(r"[^\W_]+")
_SPACED: Final = {one: " " for one in range(128) if not chr(one).isalnum()}

Rows = frozenset[tuple[str, ...]]


def marked(
    policy: syntax.Policy, declared: syntax.Label, one: PastCall
) -> Iterator[tuple[Truth, Any]]:
    """Yield the labelled leaves of a call's result, and whether the label holds there."""
    for field in declared.fields:
        if selectors.names(field.tool, one.server, one.tool):
            for place, leaf in leaves(one.result):
                if covers(field, place):
                    yield holds(policy, declared, one), leaf


def holds(policy: syntax.Policy, declared: syntax.Label, one: PastCall) -> Truth:
    """Tell whether a label's own condition is met by a call and its result."""
    if declared.condition is None:
        return True
    call = ToolCall("c", one.tool, one.args, one.server)
    scope = Scope(call, one.at, names_of(policy), content={"result": one.result})
    return conditions.evaluate(declared.condition, scope)


def carries(value: Any, leaf: Any, free: Sequence[str] = ()) -> Truth:
    """Tell whether a value is, or holds, a labelled one that does not stand in the free texts."""
    if isinstance(leaf, Unreadable):
        return UNREADABLE
    return any_of((_holds_value(value, leaf, free), _holds_words(value, leaf, free)))


def _holds_value(value: Any, leaf: Any, free: Sequence[str]) -> Truth:
    wanted = asked(leaf, None)
    if wanted is None:
        return False
    found = meets(wanted, value)
    if found is False and isinstance(value, str) and _respaced(str(leaf), value):
        found = True
    if found is False or any(meets(wanted, text) is True for text in free):
        return False
    return found


def _respaced(leaf: str, value: str) -> bool:
    """Tell whether the letters and digits of a labelled value stand in a row of whole words."""
    wanted = "".join(word_runs(leaf))
    if not any(map(str.isdigit, wanted)) or not _LEAST <= len(wanted) <= kinds.MOST_DIGITS:
        return False
    runs = word_runs(value)
    for start in range(len(runs)):
        joined = ""
        for run in runs[start:]:
            joined += run
            if joined == wanted:
                return True
            if not wanted.startswith(joined):
                break
    return False


def _holds_words(value: Any, leaf: Any, free: Sequence[str]) -> Truth:
    if not isinstance(value, str) or not isinstance(leaf, str):
        return False
    labelled = word_rows(leaf)
    if not labelled:
        return False
    if read(value) is None:
        return UNREADABLE
    shared = labelled & word_rows(value)
    return bool(shared.difference(*map(word_rows, free)))


def word_rows(text: str) -> Rows:
    """Return all words of a text in rows of four."""
    return _cached_rows(text) if len(text) <= _LONGEST_CACHED else _rows(text)


@lru_cache(maxsize=256)
def _cached_rows(text: str) -> Rows:
    return _rows(text)


def _rows(text: str) -> Rows:
    runs = word_runs(text)
    return frozenset(tuple(runs[at : at + ROW]) for at in range(len(runs) - ROW + 1))


def word_runs(text: str) -> list[str]:
    """Return the words of a text without any signs."""
    seen = words.visible(text)
    if seen is None:
        return []
    plain = words.unescaped(seen).casefold()
    return plain.translate(_SPACED).split() if plain.isascii() else _RUN.findall(plain)
