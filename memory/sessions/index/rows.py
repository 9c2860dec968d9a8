"""The rows of one result, by the values that stand in them beside others."""

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

from dsl.session.asked import Asked
from dsl.session.leaves import beside, rows
from memory.sessions.index import whole


class Rows:
    """Numbers of rows under the keys of their values, 12 bytes each."""

    def __init__(self, result: Any) -> None:
        found = sorted(
            {
                (key, number)
                for number, row in enumerate(rows(result))
                for leaf in beside(row)
                for key in whole.of_leaf(leaf)
            }
        )
        self._keys = array("q", [key for key, _ in found])
        self._numbers = array("I", [number for _, number in found])

    def holding(self, wanted: Asked, result: Any) -> list[Mapping[str, Any]]:
        """Return the rows that hold a value; `result` is the one that this was made of."""
        numbers: set[int] = set()
        for key in whole.of_form(wanted.kind, wanted.form):
            at = bisect_left(self._keys, key)
            while at < len(self._keys) and self._keys[at] == key:
                numbers.add(self._numbers[at])
                at += 1
        return (
            [row for number, row in enumerate(rows(result)) if number in numbers] if numbers else []
        )
