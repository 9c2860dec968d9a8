"""Which rules may be added to one session."""

from typing import Final

from dsl.errors import Finding, Source
from dsl.evaluation.windows import windows
from dsl.lint.rule import Unit
from dsl.parse import read
from dsl.place import placed
from memory.sessions.session import Session

MOST_OVERLAYS: Final = 8  # of one session
MOST_TEXT: Final = 32 * 1024  # of all of them, in characters


def fits(text: str, session: Session) -> bool:
    """Tell whether a session may have one overlay more: each makes its decisions slower."""
    few = len(session.overlays) < MOST_OVERLAYS
    return few and session.overlay_length + len(text) <= MOST_TEXT


def faults(text: str) -> tuple[Source, list[Finding]]:
    """Return all that keeps a text from narrowing a session: it must be an overlay without error.

    An overlay holds `ask` and `deny` rules alone, so whatever it says, it allows nothing.
    """
    from dsl.lint.run import lint  # noqa: PLC0415 - the linter is large, and most narrow nothing

    source = Source("overlay", text)
    policy, broken = read(source)
    found = [one for one in lint(Unit(source, policy, tuple(broken))) if one.level == "error"]
    if policy is None or found:
        return source, found
    header = placed(policy).header
    if not policy.is_overlay:
        message = "only an `overlay` can be added to a session"
        found.append(Finding("overlay", message, header.span))
    if policy.tools_file is not None:
        message = "an overlay of a session names no tools file"
        found.append(Finding("overlay", message, header.span))
    if any(fact.lookup is not None for fact in policy.facts):
        # It could ask anything of the operator's sources, and learn it from what is denied.
        message = "an overlay of a session looks nothing up"
        found.append(Finding("overlay", message, header.span))
    if windows((policy,)):
        message = "an overlay of a session looks at its own session, not beyond it"
        found.append(Finding("overlay", message, header.span))
    return source, found
