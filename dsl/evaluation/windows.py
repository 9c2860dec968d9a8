"""Which earlier calls a policy may ask for beyond those of the session at hand."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from dsl import syntax, walk

_LONGEST = timedelta(days=366)  # of a window without a bound; the loader refuses those


def windows(trees: Iterable[object]) -> Mapping[syntax.Per, timedelta]:
    """Return how far back policies look, for the subject, the agent and the tenant."""
    found: dict[syntax.Per, timedelta] = {}
    for tree in trees:
        for past in walk.nodes(tree, syntax.Past):
            per = past.window.per
            if per != "session":
                within = past.window.within or _LONGEST
                found[per] = max(found.get(per, timedelta()), within)
    return found


def asks_labels(trees: Iterable[object]) -> bool:
    """Tell whether any policy asks for a label."""
    return any(True for one in trees for _ in walk.nodes(one, syntax.Has))
