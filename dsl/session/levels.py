"""How far a policy trusts what an earlier call gave back."""

from typing import Final

from dsl import selectors, syntax
from dsl.session.leaves import Place, covers
from dsl.state import Outcome, PastCall

_WORST: Final = ("untrusted", "internal", "trusted")


def level(policy: syntax.Policy, one: PastCall, place: Place) -> tuple[str, bool]:
    """Return the level of a field, and whether it counts as an entire leaf alone.

    The nearest declaration counts, of two that are as near the worse one. None is untrusted, and so
    is what a call that failed gives back. Of untrusted text any part counts.
    """
    if one.outcome is Outcome.FAILED:
        return "untrusted", False
    found = [
        (len(field.steps), source.level, source.whole)
        for source in policy.sources
        for field in source.fields
        if selectors.names(field.tool, one.server, one.tool) and covers(field, place)
    ]
    if not found:
        return "untrusted", False
    nearest = max(length for length, _, _ in found)
    at_nearest = [(level, whole) for length, level, whole in found if length == nearest]
    worst, whole = min(at_nearest, key=lambda one: (_WORST.index(one[0]), not one[1]))
    return worst, whole and worst != "untrusted"


def levels(policy: syntax.Policy, one: PastCall) -> set[str]:
    """Return the levels that a tool's results may have, whichever fields come back."""
    declared = {
        source.level
        for source in policy.sources
        for field in source.fields
        if selectors.names(field.tool, one.server, one.tool)
    }
    failed = one.outcome is Outcome.FAILED and one.result is not None
    untouched = (PastCall(one.tool, one.args, one.at, server=one.server), ())
    return {level(policy, *untouched)[0], *declared, *(("untrusted",) if failed else ())}
