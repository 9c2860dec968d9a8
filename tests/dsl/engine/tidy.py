"""Draws what people write: rules of plain tests, and calls that bring what these look at.

Of such calls the index knows everything, and the verdict is one that is kept.
"""

from decimal import Decimal
from typing import Any

from dsl.model import ToolCall
from tests.dsl.engine.drawing import (
    GLOBS,
    NUMBERS,
    PATTERNS,
    SELECTORS,
    TEXTS,
    TOOLS,
    Writer,
)

_ODD = 0.03  # of the values of a call


class TidyWriter(Writer):
    """Writes rules that only their arguments decide."""

    def test(self) -> str:
        """Write a test of an argument for what it is."""
        number, one = f"args.b {self._one(('<', '<=', '>', '>=', '==', '!='))}", self._one
        text = one(("args.a", "args.c"))
        listed = self._several(self._text)
        return str(
            one(
                (
                    f"{number} {self._number()}",
                    f"{number} {self._number()}",
                    f"{text} {one(('==', '!='))} {self._text()}",
                    f"{text} {self._in()} {listed}",
                    f"{text} {one(('starts_with', 'ends_with', 'contains'))} {self._text()}",
                    f"{text} matches /{one(PATTERNS).replace('/', chr(92) + '/')}/",
                    f'{text} like "{one(GLOBS)}"',
                    f"{self._text()} {self._in()} args.list",
                    "present(args.d)",
                    "narrow",
                )
            )
        )

    def _selector(self) -> str:
        return str(self._one(SELECTORS))

    def _judging(self, name: str) -> str:
        return f"rule {name}: {self._one(('ask', 'deny'))} {self._one(TOOLS)} when {self.test()};"

    def _clauses(self, effect: str) -> str:
        drawn = (
            (0.3, f" priority {self._one((1, 2, -1))}"),
            (0.1, f' reply "{effect}"'),
            (0.1, " mode shadow"),
        )
        return "".join(clause for share, clause in drawn if self._chance(share))

    def _value(self, name: str) -> Any:
        if self._chance(_ODD):
            return super()._value(name)
        match name:
            case "b":
                return self._near(self._one(NUMBERS))
            case "list":
                return [self._written() for _ in range(self._random.randint(0, 3))]
            case "d":
                return {"e": Decimal(1)}
            case _:
                return self._written()

    def _written(self) -> str:
        return str(self._one(TEXTS)).replace("\\n", "\n")

    def call(self) -> ToolCall:
        """Make a call that brings all that rules look at, but for one in a few dozen."""
        server, _, tool = self._one(TOOLS).rpartition("/")
        names = [name for name in ("a", "b", "c", "list") if not self._chance(_ODD)]
        names += ["d"] if self._chance(0.5) else []
        return ToolCall("c", tool, {name: self._value(name) for name in names}, server or None)


def writer(seed: int) -> Writer:
    """Return a writer; one in three is tidy."""
    return Writer(seed) if seed % 3 else TidyWriter(seed)
