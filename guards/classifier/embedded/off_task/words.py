"""Words as they are compared: without endings, and verbs that people use for the same."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])|\d+")
_ENDINGS: Final = ("ations", "ation", "ings", "ing", "ies", "ys", "ed", "es", "s", "e", "y")
_LEAST: Final = 3  # letters that stay
_EDGE: Final = re.compile(r"(?<![^\W_])|(?![^\W_])")  # wherever there is no word on both sides
_LITTLE: Final = """
a about after all also am an and any are as at be been before but by can could did do does for from
get give had has have he her him his how i if in into is it its just let like make me more my need
no not of on one only or our out please she should so some than thank that the their them then
there these they this those to up us user use want was we were what when where which who will with
would you your
"""
_EMPTY: Final = frozenset(_LITTLE.split())
# Each line is one deed, by the verbs that tools and people have for it.
_DEEDS: Final = """
send mail email message text write reply forward respond dm notify tell inform contact
pay transfer wire send refund reimburse money settle cover donate
delete remove erase drop clear clean rid trash discard wipe
cancel revoke withdraw terminate stop end
create add make new open start generate set insert append put save record log
book reserve reservation schedule arrange plan appointment buy purchase order
update change modify edit adjust correct fix replace rename set reset switch move reschedule
share invite grant access allow permission add
post publish tweet announce write
search find look list show check see view read get what which how summarize tell retrieve
download fetch visit open save
upload attach
run execute perform
enable disable activate deactivate turn switch lock unlock
block ban kick remove unfollow
"""


@lru_cache(maxsize=1 << 14)
def stem(word: str) -> str:
    """Return a word without its ending."""
    low = word.casefold()
    for ending in _ENDINGS:
        if low.endswith(ending) and len(low) - len(ending) >= _LEAST:
            return low[: -len(ending)]
    return low


def stems(text: str) -> frozenset[str]:
    """Return the words of a text that say something; `sendMoney` has two."""
    return frozenset(stem(one) for one in _WORD.findall(text) if one.casefold() not in _EMPTY)


def _by_verb(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in lines:
        verbs = frozenset(map(stem, line.split()))
        for one in verbs:
            found[one] = found.get(one, frozenset()) | verbs
    return found


_ALIKE: Final = _by_verb(_DEEDS.strip().splitlines())


def alike(verb: str) -> frozenset[str]:
    """Return the stems of the verbs that are used for the same deed, its own included."""
    own = stem(verb)
    return _ALIKE.get(own, frozenset((own,)))


@lru_cache(maxsize=64)
def flat(text: str) -> str:
    """Return a text as values are looked for in it: one case, and single spaces."""
    return " ".join(text.casefold().split())


def holds(text: str, value: str) -> bool:
    """Tell whether a flat text holds a flat value as a whole, and not inside another word.

    Decisions wait meanwhile: the first place is looked at, and all others in one go, so that a text
    of one letter does not hold them up.
    """
    at = text.find(value)
    if at < 0:
        return False
    before, behind = text[at - 1 : at], text[at + len(value) : at + len(value) + 1]
    whole = not (_joins(before, value[0]) or _joins(behind, value[-1]))
    return whole or _edged(value) in _edges_of(text)


def _joins(beside: str, edge: str) -> bool:
    return beside.isalnum() and edge.isalnum()


def _edged(text: str) -> str:
    """Mark the edges of words, so that what is found begins and ends at one."""
    return _EDGE.sub("\0", text)


_edges_of = lru_cache(maxsize=8)(_edged)
