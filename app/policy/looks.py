"""What policies ask beyond the call, worked out once a policy: it is a walk through all rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from dsl.evaluation.windows import asks_labels, windows
from dsl.interpret import Bound
from dsl.syntax import Per


@dataclass(frozen=True, slots=True)
class Look:
    """How far beyond a session a policy looks back, and whether it asks for labels."""

    of: Bound  # kept, so that no other policy is ever taken for it
    reach: Mapping[Per, timedelta]
    labels: bool


class Looks:
    """Remembers what was worked out of published policies; those of one session come and go."""

    def __init__(self) -> None:
        self._found: dict[int, Look] = {}

    def of(self, bound: Bound) -> Look:
        """Return what one policy asks."""
        found = self._found.get(id(bound))
        if found is None:
            read = (bound.read,)
            found = Look(bound, windows(read), asks_labels(read))
            if bound.published:
                self._found[id(bound)] = found
        return found

    def reach(self, policies: Sequence[Bound]) -> Mapping[Per, timedelta]:
        """Return how far beyond a session some policies look back."""
        longest: dict[Per, timedelta] = {}
        for one in policies:
            for per, within in self.of(one).reach.items():
                longest[per] = max(longest.get(per, timedelta()), within)
        return longest

    def asks_labels(self, policies: Sequence[Bound]) -> bool:
        """Tell whether any of some policies asks for labels."""
        return any(self.of(one).labels for one in policies)
