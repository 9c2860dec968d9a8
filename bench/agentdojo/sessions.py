"""Sessions of the bench alone, each without one law of origin, to see what that law is worth.

The gateway has no switch for these: an origin that can be talked round is none.
"""

from collections.abc import Iterator
from typing import Any

from dsl import syntax
from dsl.session.asked import Asked
from dsl.session.leaves import leaves
from dsl.session.levels import level
from dsl.state import Argument, Origins, PastCall
from dsl.types import Unknown
from memory.sessions.index.search import Met
from memory.sessions.session import Session


class Echoing(Session):
    """A session to which an echo proves something: it forgets what tools were given."""

    def _find(self, wanted: Asked) -> dict[int, Met]:
        found = super()._find(wanted)
        return {place: met for place, met in found.items() if place != self._index.given_at}


class Loose(Session):
    """A session that finds a value wherever its letters stand, also inside other words."""

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins | Unknown:
        """Return where a value was met, in whatever neighbourhood."""
        found = super().origins(policy, value, kind, at)
        letters = str(value).casefold()
        if isinstance(found, Unknown) or not letters:
            return found
        met = {(one.tool, of_level) for one, of_level in self._holding(policy, letters)}
        levels = dict(found.levels) | {of_level: True for _, of_level in met}
        if any(letters in text.casefold() for text in self.texts):
            levels["user"] = True
        return Origins(levels, dict(found.tools) | {tool: True for tool, _ in met})

    def _holding(self, policy: syntax.Policy, letters: str) -> Iterator[tuple[PastCall, str]]:
        """Yield calls whose results hold some letters, that they were not given themselves."""
        given = ""
        for let in self._past.values():
            given += "\n".join(str(leaf).casefold() for _, leaf in leaves(let.call.args))
            for place, leaf in leaves(let.call.result):
                if letters in str(leaf).casefold() and letters not in given:
                    yield let.call, level(policy, let.call, place)[0]
