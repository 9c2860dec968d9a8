"""Whether the user handed the choice over: "do all the tasks on my list", "you decide".

A list of English turns of phrase, which has a version: it is part of what a decision means. It is
looked for in the user's words alone. A turn behind a word that refuses it ("do not follow …")
does not count.
"""

import re
from collections.abc import Sequence
from typing import Final

VERSION: Final = 1

_DO: Final = (
    "(?:do|complete|perform|execute|carry out|handle|work through|go through|take care of|finish|"
    "process|run|tackle|deal with)"
)
_TASKS: Final = (
    "(?:tasks?|to-?dos?|to-do list|action items?|items|chores|steps|actions|jobs|things|requests?|"
    "everything|all)"
)
_PLACED: Final = (
    "(?:on|in|from|listed|described|mentioned|assigned|specified|given|written|contained|inside)"
)
_TEXTS: Final = (
    "(?:instructions?|steps|directions|guidelines|procedure|advice|recommendations?|guide)"
)
_SAYS: Final = (
    "(?:says?|tells?|asks?|wants?|requires?|requests?|instructs?|suggests?|recommends?|describes?|"
    "needs?)"
)
_ACT: Final = "(?:do|follow|act|proceed|handle|reply|answer|pay|send)"
_IT: Final = r"(?:it|they|he|she|that|this|(?:the|my|that|this|his|her|their) \w+(?: \w+)?)"
_DESCRIBED: Final = (
    "(?:described|instructed|specified|explained|outlined|requested|indicated|listed|stated|"
    "mentioned|detailed|written|set out)"
)
_FEW: Final = r"(?:[\w'-]+ ){0,4}?"  # some words between

_TURNS: Final = (
    rf"{_DO} {_FEW}{_TASKS} {_FEW}{_PLACED}\b",
    rf"(?:follow|obey|execute|carry out|act on|apply|implement) {_FEW}{_TEXTS}\b",
    rf"{_ACT} {_FEW}(?:as|what(?:ever)?|everything) {_IT} {_SAYS}\b",
    rf"(?:whatever|everything|anything) {_IT} {_SAYS}\b",
    rf"(?:as|like) {_FEW}{_DESCRIBED} (?:in|by|on|at|there|here)\b",
    r"(?:you|let you|you can|you may|you should) (?:choose|decide|pick|select)\b",
    r"(?:choose|decide|pick|select) (?:one )?for me\b",
    r"(?:it's|it is|is|that's) (?:entirely |completely |all )?up to you\b",
    r"(?:what|which|how|where|when)ever(?: \w+)? you (?:like|prefer|think|want|choose)\b",
    r"(?:as you see fit|your choice|your call|at your discretion|surprise me)\b",
    r"use your (?:own )?(?:best )?(?:judge?ment|discretion)\b",
    r"any [\w'-]+(?: [\w'-]+)? (?:will do|is fine|works|is ok|is okay)\b",
)
_TURN: Final = re.compile(rf"\b(?:{'|'.join(_TURNS)})")
_REFUSED: Final = re.compile(
    r"\b(?:do not|don't|dont|never|without|not|ignore|disregard|instead of|rather than|unless|"
    r"no need to|stop|avoid|refuse to)(?: [\w'-]+){0,4} $"
)
_SENTENCE: Final = re.compile(r"[.!?;]+(?=\s|$)|\n\s*\n")
_LONGEST: Final = 2_000  # characters of a sentence that are looked at


def delegated(texts: Sequence[str]) -> bool:
    """Tell whether the user's words hand the choice over."""
    return any(map(_hands_over, (one for text in texts for one in _SENTENCE.split(text))))


def _hands_over(sentence: str) -> bool:
    plain = " ".join(sentence[:_LONGEST].replace("\u2019", "'").replace(",", "").lower().split())
    return any(not _REFUSED.search(plain[: match.start()]) for match in _TURN.finditer(plain))
