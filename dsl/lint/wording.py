"""What the names of tools say; the lists of words stand here alone.

Names are read with care for what they may mean otherwise: a word that is often a noun (`order`,
`transfer`) counts as a verb only where no surer verb stands in the name, and not as its last word.
"""

import re
from collections.abc import Iterable
from typing import Final


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


READING: Final = _listed(
    "get read list search find show describe view count check lookup look query retrieve preview "
    "validate verify inspect examine browse track monitor analyze analyse estimate calculate "
    "compute compare predict summarize explain translate detect"
)
# What brings something from elsewhere: it changes nothing, and may carry words out in an address.
REACHING: Final = _listed("fetch download navigate visit scrape crawl curl wget request goto")
SENDING: Final = _listed(
    "send pay transfer wire withdraw remit forward reply respond share invite notify mail email "
    "message text sms dial call deliver ship publish post tell refund reimburse donate tip"
)
CHANGING: Final = SENDING | _listed(
    "delete remove drop erase destroy wipe purge write overwrite update create edit modify execute "
    "exec deploy revoke grant cancel add append insert put set reset patch replace rename move "
    "copy upload save store submit schedule reschedule buy purchase sell trade approve reject "
    "assign enable disable activate deactivate stop restart run kill terminate install uninstall "
    "import export merge push commit close archive lock unlock block unblock ban follow unfollow "
    "subscribe unsubscribe register manage control book reserve order place deposit charge mark "
    "redirect attach unlink unshare change clear sign make apply join leave click press fill setup "
    "dismiss acknowledge confirm complete resolve reopen clone fork vote"
)
# Known as verbs, so that the name of a product before them is not taken for one.
OTHER: Final = _listed("generate give access ask consult play compile render convert format parse")
FINAL: Final = _listed("delete remove drop erase destroy wipe purge")
PAYING: Final = _listed("pay transfer wire remit withdraw")
MONEY: Final = _listed(
    "money funds fund payment payments amount sum balance cash coin coins token tokens crypto "
    "ether eth btc bitcoin invoice bill salary wages stake"
)
# Often nouns, and so verbs only in need.
_NOUNS: Final = _listed(
    "order post message text email mail call book place charge share ship tip transfer wire "
    "deposit trade track preview query request count look lock block control set run "
    "commit archive register store copy sms"
)
# What a name that says no more than this looks at.
_LOOKED_AT: Final = _listed(
    "history status log logs info information details detail summary report balance settings list "
    "price prices count stats statistics"
)
# What is removed without harm: it can be put back.
_TRIFLES: Final = _listed(
    "from label labels tag tags reaction reactions filter filters formatting like star favorite "
    "favourite bookmark highlight cart wishlist"
)
_JOINING: Final = _listed("and or then")
_WORD: Final = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name: `sendMoney`, `send-money` and `send_money` have the same."""
    return tuple(word.lower() for word in _WORD.findall(name.rpartition("/")[2]))


def verb(name: str) -> str | None:
    """Return what a tool's name says that it does, where one of the known verbs says it."""
    found = words(name)
    known = READING | REACHING | CHANGING | OTHER
    sure = next((word for word in found if word in known - _NOUNS), None)
    if sure is not None:
        return _joined_to(found, sure) if sure in READING else sure
    if found[-1:] and found[-1] in _LOOKED_AT:
        return None
    return next((word for word in found[: max(len(found) - 1, 1)] if word in known), None)


def _joined_to(found: tuple[str, ...], reading: str) -> str:
    """Return the verb that stands behind `and` in a name that begins by reading."""
    for at, word in enumerate(found[1:], start=1):
        if found[at - 1] in _JOINING and word in CHANGING:
            return word
    return reading


def changing(name: str) -> str | None:
    """Return the word of a tool's name that says that it changes something."""
    said = verb(name)
    return said if said in CHANGING else None


def reads_only(name: str) -> bool:
    """Tell whether a tool's name says that it reads."""
    said, found = verb(name), words(name)
    return said in READING or (said is None and found[-1:] != () and found[-1] in _LOOKED_AT)


def final(name: str, arguments: Iterable[str] = ()) -> bool:
    """Tell whether a tool's name says that it deletes, or with its arguments, that it pays."""
    said, found = verb(name), set(words(name))
    if said in FINAL:
        return said != "remove" or not _TRIFLES & found
    if said == "pay" or (said == "send" and "money" in found):
        return True
    told = found | {word for argument in arguments for word in words(argument)}
    return said in PAYING and bool(MONEY & told or len(found) == 1)
