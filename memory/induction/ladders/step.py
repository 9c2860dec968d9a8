"""What all ladders are made of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dsl import syntax

LONGEST: Final = 200  # of a text that stands in a rule
MOST: Final = 3  # steps of one way to widen


@dataclass(frozen=True, slots=True)
class Around:
    """What a ladder may know beside the value: those of other reports, and whose domains are ours.

    `others` are the values that agreeing reports have in the same place, the most frequent first.
    """

    others: Sequence[Any] = ()
    internal: Sequence[str] = ()
    partners: Sequence[str] = ()


Ladder = Callable[[syntax.Operand, Any, Around], Iterator[syntax.Condition]]


def equal(value: syntax.Operand, to: Any) -> syntax.Comparison:
    """Return that a value is one."""
    return syntax.Comparison(value, "==", syntax.Constant(to))


def is_short(value: Any) -> bool:
    """Tell whether a value can stand in a rule that people read."""
    if not isinstance(value, str):
        return True
    return 0 < len(value) <= LONGEST and _is_text(value)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a character
        return False
    return True
