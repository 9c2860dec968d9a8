"""The words around a value, where the session that it comes from still has them."""

from collections.abc import Iterator
from typing import Any, Final

from dsl.session.leaves import leaves
from dsl.types import Unknown
from memory.sessions.session import Session

MOST: Final = 3
AROUND: Final = 40  # characters on each side
MOST_LOOKED_AT: Final = 1 << 20  # characters of all texts


def snippets(session: Session, value: Any) -> list[dict[str, str]]:
    """Return where a value stands, in the spelling it has in the call, newest first."""
    wanted, found, left = str(value).casefold(), list[dict[str, str]](), MOST_LOOKED_AT
    if not wanted.strip():
        return []
    for source, text in _texts(session):
        left -= len(text)
        at = _place(text.casefold(), wanted)
        if at is not None:
            found.append({"from": source, "text": _around(text, at, len(wanted))})
        if len(found) == MOST or left <= 0:
            break
    return found


def _texts(session: Session) -> Iterator[tuple[str, str]]:
    """Yield what the user said, and then what tools gave back, the newest first."""
    for text in reversed(session.texts):
        yield "user", text
    for stray in reversed(session.strays):
        yield from (("-", str(leaf)) for _, leaf in leaves(stray))
    past = session.past("session", None)
    for call in reversed([] if isinstance(past, Unknown) else past):
        name = f"{call.server}/{call.tool}" if call.server else call.tool
        yield from ((name, str(leaf)) for _, leaf in leaves(call.result))


def _place(text: str, wanted: str) -> int | None:
    """Return where a value stands, not as a part of a longer word or number."""
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum():
            return at
        at = text.find(wanted, at + 1)
    return None


def _around(text: str, at: int, length: int) -> str:
    """Return a value with the words around it. Folding may move places a little."""
    start, end = max(0, at - AROUND), at + length + AROUND
    before, behind = "…" if start else "", "…" if end < len(text) else ""
    return before + text[start:end] + behind
