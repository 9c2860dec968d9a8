"""Puts a question into words for a model: what strangers wrote stays data."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from dsl.model import Cause
from guards.judgement import NoJudgement
from guards.question import Question, Step

NONCE: Final = 16
CUT: Final = "\n[... left out ...]\n"
# What models read as the end of a turn, in the ways that common chat templates write it.
_RESERVED: Final = re.compile(
    r"<\|?[A-Za-z_/][A-Za-z0-9_ /]{0,40}\|?>|\[/?INST\]|\[/?SEP\]|\[CLS\]"
)
_OF_A_STEP: Final = 6  # at least so many characters are written before its text and behind
MOST_HIDDEN: Final = 4  # a text may be so many times longer than the room before it is cleaned
_WORDS: Final = {"user": "User", "call": "Call", "result": "Result"}


def prompt(template: str, question: Question, chars: int) -> str:
    """Return a question in the words of a template, with no more characters than there is room for.

    The policy and the call stand whole or the question is refused; of the steps between, the
    middle is left out and both ends stay.
    """
    if max(len(question.text), len(question.call), len(question.domain)) > MOST_HIDDEN * chars:
        raise NoJudgement(Cause.INPUT_TOO_LONG)
    policy, call = clean(question.text), clean(question.call)
    if not policy.strip() or not question.call:
        raise NoJudgement(Cause.FACTS_MISSING)
    fixed = len(template) + len(policy) + len(call) + len(question.domain) + 4 * NONCE
    room = chars - fixed
    if room < 0:
        raise NoJudgement(Cause.INPUT_TOO_LONG)
    steps = shortened(_told(question.steps, room), room)
    put = {
        "policy": policy,
        "steps": steps,
        "call": f"Call: {call}",
        "domain": clean(question.domain),
        "nonce": _nonce(question),
    }
    return _PLACE.sub(lambda found: put[found[1]], template)


_PLACE: Final = re.compile(r"\{(policy|steps|call|domain|nonce)\}")


def clean(text: str) -> str:
    """Return a text in one way of writing, without hidden characters and marks of turns."""
    seen = unicodedata.normalize("NFKC", text)
    if not seen.replace("\n", "").replace("\t", "").isprintable():  # most texts hide nothing
        seen = seen.translate({ord(char): None for char in set(seen) if not _is_seen(char)})
    return _RESERVED.sub(lambda found: found[0].replace("<", "(").replace("[", "("), seen)


def _is_seen(char: str) -> bool:
    return char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs", "Cn")


def shortened(text: str, chars: int) -> str:
    """Return a text with its middle left out where it is longer than there is room for."""
    if len(text) <= chars:
        return text
    if chars <= len(CUT):
        return ""
    ahead = (chars - len(CUT)) // 2
    behind = chars - len(CUT) - ahead
    return text[:ahead] + CUT + text[len(text) - behind :]


def _told(steps: Sequence[Step], room: int) -> str:
    """Return steps in words; of more than there can be room for, both ends alone.

    Others wait while this is done, so it must not take longer the more a stranger wrote.
    """
    if sum(len(one.text) + _OF_A_STEP for one in steps) <= 2 * room:
        return "\n".join(map(_line, steps))
    ahead = [_line(one) for one in _until(steps, room, lambda text, left: text[:left])]
    last = _until(steps[::-1], room, lambda text, left: text[max(0, len(text) - left) :])
    behind = [_line(one) for one in last][::-1]
    return "\n".join(ahead) + CUT + "\n".join(behind)


def _until(steps: Sequence[Step], room: int, cut: Callable[[str, int], str]) -> Iterator[Step]:
    """Yield steps until there is no room any more, the last one cut."""
    for one in steps:
        if room <= 0:
            return
        yield Step(one.who, cut(one.text, room))
        room -= len(one.text) + _OF_A_STEP


def _line(step: Step) -> str:
    return f"{_WORDS[step.who]}: {clean(step.text)}"


def _nonce(question: Question) -> str:
    """Return a mark that the text between two of them cannot hold: it is a digest of that text."""
    return hashlib.sha256(b"mark" + question.digest.encode()).hexdigest()[:NONCE]
