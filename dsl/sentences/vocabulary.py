"""Words that add no condition to a sentence: how things are done, and to what, in general."""

from typing import Final

from dsl.lint import wording
from dsl.sentences.words import stem


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOPS: Final = _listed(
    "a an the this that these those its it is are be been being was were am to of in on at by "
    "for from into as and or nor with than then so do does did done doing has have had may "
    "can could should would will shall might there here any some anything something somebody "
    "someone anybody anyone everybody everyone everything people person human "
    "one ones who which whom whose what each both either your you we our us they them "
    "their he she his her i my me itself please agent assistant bot tool tools call calls called "
    "calling use used using uses make made making makes let lets given gives give giving get gets "
    "got getting go goes going gone take takes taken taking put puts allowed allow permitted "
    "permit okay ok fine possible set sets mark marked value values amount amounts "
    "size list lists argument parameter field option kind type between inside within under among "
    "via through about towards receive receives received lie lies stand stands leave leaves sent "
    "paid written read listed domain domains flag flags stay stays staying"
)
# What stands behind one of these narrows a sentence: `for work`, `by mail`.
_NARROWING: Final = _listed("for by via about through with of")
_THINGS: Final = _listed(
    "payment money transfer transaction refund purchase order booking reservation flight ticket "
    "email mail message text file folder document path record row entry table page account address "
    "recipient receiver channel command euro euros dollar dollars eur usd export import search "
    "action operation data content body subject attachment passenger bag cabin role"
)
_DONE: Final = _listed("spend buying pay write mail book plan run")
STEMS: Final = frozenset(
    map(
        stem,
        STOPS
        | _THINGS
        | _DONE
        | wording.READING
        | wording.REACHING
        | wording.CHANGING
        | wording.OTHER,
    )
)


def adds_nothing(word: str, before: str = "") -> bool:
    """Tell whether a word says what is done, and not what for, or to whom alone."""
    return word in STOPS or (before not in _NARROWING and stem(word) in STEMS)
