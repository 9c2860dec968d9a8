"""Reads what a sentence says, with the eyes of the kind that it was declared as."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dsl.sentences import signs
from dsl.sentences.kinds import FORCE, NAMES, SIZES, Kind
from dsl.sentences.signs import NEUTRAL, Sign, Tag
from dsl.sentences.vocabulary import STOPS, adds_nothing
from dsl.sentences.words import LONGEST, Word, cut, stem
from dsl.sentences.world import World

Force = Literal["forbids", "permits", "either"]
TRUTHS: Final = {"true": True, "false": False}
# What makes of `may` the only thing that is permitted.
_BOUNDING: Final = (Tag.MUST, Tag.AT_MOST, Tag.AT_LEAST, Tag.OUT, Tag.UNLESS, Tag.WITHOUT)
_FORCING: Final = FORCE - {Tag.KNOWN}
_ARTICLES: Final = ("a", "an", "the")
_VALUES: Final = (Tag.QUOTED, Tag.NUMBER)
# What `unless` and `other than` turn round.
_TURNED: Final = (
    *(Tag.LET, Tag.VALUE, Tag.QUOTED, Tag.DOMAIN, Tag.PATH, Tag.DAY, Tag.FACT, Tag.TOOL),
)
_NAMED: Final = {
    Tag.NUMBER: "no number is named",
    Tag.PATH: "no folder is named",
    Tag.TOOL: "no declared tool is named",
    Tag.SAID: "it does not say what the user must have said",
    Tag.QUOTED: "nothing is quoted",
    Tag.DAY: "no days are named",
    Tag.FACT: "no declared fact is named",
    Tag.ARGUMENT: "no argument of the tools is named",
    Tag.SENSE: "no kind of data is named that a detector finds",
    Tag.LABEL: "no declared label is named",
    Tag.INVENTED: "it does not speak of made-up values",
}


class Unread(Exception):
    """A sentence that does not mean a rule of its kind; it says why, in words for people."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The signs of a sentence, in its order."""

    signs: tuple[Sign, ...]

    def all(self, *tags: Tag) -> list[Sign]:
        """Return the signs of some tags."""
        return [one for one in self.signs if one.tag in tags]

    def has(self, *tags: Tag) -> bool:
        """Tell whether one of some tags is there."""
        return any(one.tag in tags for one in self.signs)

    def place(self, tag: Tag) -> int:
        """Return where a tag comes first; behind the end where it is not there."""
        found = (at for at, one in enumerate(self.signs) if one.tag is tag)
        return next(found, len(self.signs))

    def one(self, tag: Tag) -> Sign:
        """Return the only sign of a tag, or raise."""
        found = self.all(tag)
        if len(found) != 1:
            told = ", ".join(f"`{one.text}`" for one in found)
            raise Unread(f"more than one of these is named: {told}" if found else _NAMED[tag])
        return found[0]

    def says(self, word: str) -> bool:
        """Tell whether a word is there, as it stands."""
        return any(one.text == word for one in self.signs)

    def between(self, tag: Tag) -> list[str]:
        """Return the words that stand between the first sign of a tag and the last."""
        at = [at for at, one in enumerate(self.signs) if one.tag is tag]
        inner = self.signs[at[0] + 1 : at[-1]] if at else ()
        return [one.text for one in inner if one.tag is not tag]

    def turned(self, *tags: Tag) -> bool:
        """Tell whether `unless` or `other than` turns round what a sentence names.

        What is named must follow at once: `never mail a.com unless allowed` speaks of an exception
        from a.com, and does not permit it.
        """
        at = [at for at, one in enumerate(self.signs) if one.tag in tags]
        if not at:
            return False
        named = [at for at, one in enumerate(self.signs) if one.tag in _TURNED]
        text = self.signs[at[0]].text
        if len(at) > 1:
            raise Unread(f"`{text}` and `{self.signs[at[1]].text}` stand in one sentence")
        between = self.signs[at[0] + 1 : named[0]] if named else ()
        if named and (named[0] < at[0] or any(one.tag in _FORCING for one in between)):
            raise Unread(f"what it names does not follow `{text}`")
        return True


def read(sentence: str, kind: Kind, world: World) -> Sentence:
    """Return what a sentence says; raise where it says something that the kind has no place for."""
    if len(sentence) > LONGEST:
        raise Unread(f"it is longer than {LONGEST} characters")
    found = Sentence(tuple(_signs(sentence, kind, world)))
    for tag in kind.needs:
        if not found.has(tag):
            raise Unread(_NAMED[tag])
    fits = kind.needs | kind.may | FORCE
    for one in found.signs:
        if one.tag is Tag.END:
            raise Unread("it is more than one sentence")
        if one.tag is Tag.WORD:
            raise Unread(f"`{one.text}` is a word that code does not read")
        if one.tag not in fits:
            raise Unread(f"`{one.text}` has no place in a sentence of this kind")
    return found


def _signs(sentence: str, kind: Kind, world: World) -> Iterator[Sign]:
    words = cut(sentence)
    wanted = (kind.needs | kind.may) & NAMES
    start, fact_open = 0, False
    while start < len(words):
        found = world.name_at(words, start, wanted) or signs.at(
            words, start, reads=kind.slot == "readers"
        )
        sign, size = found
        if sign.tag is Tag.WORD and words[start].cut == "word":
            told = _told_of(words, start, kind, world)
            sign = Sign(Tag.FIELD if told is Tag.WORD and fact_open else told, sign.text)
        fact_open = (fact_open or sign.tag is Tag.FACT) and sign.tag not in _VALUES
        yield sign
        start += size


def _told_of(words: Sequence[Word], at: int, kind: Kind, world: World) -> Tag:
    """Tell whether a word that is no sign says nothing of its own, or nobody knows what."""
    word = words[at].text
    if kind.slot == "fact" and word in TRUTHS:
        return Tag.KNOWN
    wanted = kind.needs | kind.may
    if Tag.ARGUMENT not in wanted and world.narrows(words, at):
        return Tag.WORD
    if Tag.VALUE not in wanted and world.lists_value(word):
        return Tag.WORD
    if Tag.LET not in wanted and word in world.lists:
        return Tag.WORD
    before = [one.text for one in words[:at] if one.text not in _ARTICLES][-1:]
    known = adds_nothing(word, *before) or stem(word) in world.known
    if kind.slot == "readers":  # to read files alone is more than to change nothing
        known = word in STOPS
    return Tag.KNOWN if known else Tag.WORD


def force(sentence: Sentence, kind: Kind, declared: str | None) -> Force:
    """Tell whether a sentence names what is forbidden, or the only thing that is permitted.

    Raise where that is not what was declared.
    """
    said = _force(sentence, kind)
    if said not in (declared, "either"):
        told = {"forbids": "what is forbidden", "permits": "the only thing that is permitted"}
        raise Unread(f"it names {told[said]}, so it {said}")
    return said


def _force(sentence: Sentence, kind: Kind) -> Force:
    negations, only = sentence.all(Tag.NEG), sentence.all(Tag.ONLY)
    if kind.slot == "readers" and sentence.has(Tag.READS):
        return "permits" if len(negations) <= len(sentence.all(Tag.CHANGES)) else "forbids"
    if len(negations) > 1:
        told = " and ".join(f"`{one.text}`" for one in negations)
        raise Unread(f"it forbids twice, by {told}")
    if negations and only:
        raise Unread(f"`{negations[0].text}` and `{only[0].text}` stand in one sentence")
    if negations:
        return "forbids"
    if sentence.has(Tag.MAY) and not (only or sentence.has(*_BOUNDING)):
        raise Unread("it says what may be done, and not that nothing else may")
    neutral = any(one.value == NEUTRAL for one in sentence.all(*SIZES))
    return "either" if neutral and not only and not sentence.has(Tag.MUST) else "permits"
