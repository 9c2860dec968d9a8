"""Which earlier calls a policy may ask for beyond those of the session at hand."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from dsl import syntax, walk

_LONGEST = timedelta(days=366)  # of a window without a bound; the loader refuses those


def windows(policies: Iterable[syntax.Policy]) -> Mapping[syntax.Per, timedelta]:
    """Return how far back the policies look, for the subject, the agent and the tenant."""
    found: dict[syntax.Per, timedelta] = {}
    for policy in policies:
        for past in walk.nodes(policy, syntax.Past):
            per = past.window.per
            if per != "session":
                within = past.window.within or _LONGEST
                found[per] = max(found.get(per, timedelta()), within)
    return found


def asks_labels(policies: Iterable[syntax.Policy]) -> bool:
    """Tell whether any policy asks for a label."""
    return any(True for one in policies for _ in walk.nodes(one, syntax.Has))
