"""What happened in a session, as guards read it: both ends of it, and never more than fits."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, Literal

from dsl.model import Cause
from dsl.state import PastCall
from dsl.types import Unknown
from guards.prompt import shortened
from guards.question import Step, came, shown
from memory.sessions.sessions import Turn

EARLIER: Final = 64  # calls of a session that travel along; the prompt has room for fewer still
END: Final = 16_384  # characters of each end: more than any prompt has room for
_Later = tuple[Literal["user", "call", "result"], Callable[[], str]]


def steps(turn: Turn) -> tuple[Step, ...]:
    """Return what happened in a session, oldest first; of no session nothing is known."""
    session = turn.session
    texts = Unknown(Cause.NO_STATE, "") if session is None else session.user_texts()
    past = Unknown(Cause.NO_STATE, "") if session is None else session.past("session", None)
    words = () if isinstance(texts, Unknown) else texts
    calls = () if isinstance(past, Unknown) else past[-EARLIER:]
    return both_ends(tuple(_in_order(words, calls)))


def _in_order(words: Sequence[str], calls: Sequence[PastCall]) -> Iterator[_Later]:
    """Yield what happened, not yet put into words."""
    by_turn: dict[int, list[PastCall]] = {}
    for one in calls:
        by_turn.setdefault(min(one.turn, len(words)), []).append(one)
    for turned in range(len(words) + 1):
        if turned:
            yield "user", partial(str, words[turned - 1])
        for one in by_turn.get(turned, ()):
            yield "call", partial(shown, one.tool, one.args)
            if one.result is not None:
                yield "result", partial(came, one.tool, one.result)


def both_ends(later: Sequence[_Later]) -> tuple[Step, ...]:
    """Return steps from both ends, in words; what lies between is not looked at."""
    ahead = _until_full(later)
    behind = _until_full(later[: len(ahead) - 1 : -1] if ahead else later[::-1])
    return (*ahead, *behind[::-1])


def _until_full(later: Iterable[_Later]) -> list[Step]:
    found, room = list[Step](), END
    for who, words in later:
        if room <= 0:
            break
        text = shortened(words(), 2 * END)
        found.append(Step(who, text))
        room -= len(text) + 1
    return found
