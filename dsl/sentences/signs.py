"""What the words of a sentence say about its rule: the phrases stand here alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from dsl.sentences.words import Word


class Tag(StrEnum):
    """What a sign says; the value is how it is told to people."""

    NEG = "a word that forbids"
    ONLY = "only"
    MUST = "must"
    MORE = "more than"
    AT_LEAST = "at least"
    LESS = "less than"
    AT_MOST = "at most"
    OUT = "other than"
    UNLESS = "unless"
    WITHOUT = "without"
    COND = "a condition"
    AFTER = "after"
    BEFORE = "before"
    FIRST = "first"
    WINDOW = "a time span"
    TIMES = "how often"
    APPROVAL = "approval"
    INVENTED = "made up"
    SAID = "what the user said"
    CHANGES = "changing something"
    READS = "reading only"
    SENSE = "a kind of data"
    HOLDS = "contains"
    NUMBER = "a number"
    QUOTED = "a quoted text"
    DAY = "a day"
    DOMAIN = "a domain"
    PATH = "a path"
    LET = "a named list"
    FACT = "a fact"
    VALUE = "a value of the tools file"
    ARGUMENT = "an argument"
    TOOL = "a tool"
    LABEL = "a label"
    FIELD = "a member of a fact"
    MAY = "what may be done"
    NUMBER_OF = "the number of"
    KNOWN = "a word that changes nothing"
    WORD = "a word that is not read"
    END = "another sentence"


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that a sentence says, the words that say it, and what it stands for."""

    tag: Tag
    text: str
    value: Any = None


NEUTRAL: Final = "neutral"  # may be read as what is forbidden, and as what is permitted
DAY: Final = timedelta(days=1)
_UNITS: Final = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
}
_WHOSE: Final = {"user": "subject", "person": "subject", "customer": "subject"}
_PER: Final = ("session", "subject", "agent", "tenant")

_LISTED: Final[Mapping[Tag, str]] = {
    Tag.NEG: """never / not / no / nobody / none / no one / nothing / nothing else may /
        nothing else can / nothing else is / nothing else must / nothing else should / neither /
        nor / forbidden / prohibited / banned / disallowed / off limits / refused / refuse /
        refuses / rejected / reject / denied / deny / avoid / avoided / refrain / fail / fails /
        impossible / stop / must not / may not / can not / should not / not allowed /
        not permitted / not be / is not / are not / do not / does not / will not""",
    Tag.ONLY: """only / solely / exclusively / nothing but / nothing except / nothing other than /
        nobody but / nobody except / no one but / nothing else /
        and nothing else / limited to the / restricted to / limited to""",
    Tag.MUST: """must / has to / have to / always / needs to / needs / need / required / shall /
        every / all""",
    Tag.MAY: """may / can / could / allowed / allow / permitted / permit / okay / ok / fine /
        possible""",
    Tag.NUMBER_OF: "number of / numbers of / the number of / count of",
    Tag.MORE: """more than / over / above / exceed / exceeds / exceeding / exceeded / greater than /
        higher than / larger than / bigger than / in excess of / longer than""",
    Tag.AT_LEAST: """at least / not less than / no less than / no fewer than / not fewer than /
        a minimum of / minimum of / minimum / or more / and more / or higher / or above""",
    Tag.LESS: """less than / fewer than / under / below / smaller than / lower than / short of""",
    Tag.AT_MOST: """at most / no more than / not more than / up to / a maximum of / maximum of /
        maximum / or less / or fewer / or lower / or below / not over / not above""",
    Tag.OUT: """outside / outside of / other than / except / except for / besides / apart from /
        anything but / anybody but / anyone but / but / another / different from / not one of /
        not among / not in / not at / not on / not under / not listed in / not inside /
        not lie under / not lie in / not within""",
    Tag.UNLESS: "unless / until",
    Tag.WITHOUT: "without",
    Tag.COND: "if / when / whenever / while / during / where / because / since / only if",
    Tag.AFTER: "after / following / once",
    Tag.BEFORE: "before / prior to",
    Tag.FIRST: "first / beforehand",
    Tag.TIMES: "times / time",
    Tag.APPROVAL: """approval / approve / approves / approved / confirmation / confirm / confirms /
        confirmed / asking / ask before / ask a person before / ask the user before / ask first /
        ask a person / ask the user / asking a person / asking the user / asking a human /
        consent / sign-off / permission""",
    Tag.INVENTED: """made up / made-up / make up / making up / invent / invents / invented /
        inventing / guess / guesses / guessed / guessing / hallucinate / hallucinated / fabricate /
        fabricated""",
    Tag.SAID: """user said / user says / user asked / user asks / user asked to / user asked for /
        user mentioned / user mentions / user wrote / user writes / user requested /
        customer said / customer asked / customer asked to / customer wrote / person said /
        person asked""",
    Tag.CHANGES: """change / changes / changed / changing / modify / modifies / alter / alters /
        write anything / changes""",
    Tag.READS: "read-only / read only / only read / only reads / only reading / reads only",
    Tag.HOLDS: """contain / contains / containing / include / includes / including / hold / holds /
        mention / mentions / word / words / say / says / phrase""",
}
_SENSES: Final = {
    "card": "card number / card numbers / credit card number / credit card numbers / credit cards",
    "iban": "iban / ibans / bank account number / bank account numbers",
    "phone": "phone number / phone numbers",
    "secret": "secret / secrets / credentials / api key / api keys / access key / access keys",
    "email": "email address / email addresses",
    "ssn": "social security number / social security numbers / ssn / ssns",
    "pii": "personal data / personal information / pii",
    "ip": "ip address / ip addresses",
    "url": "link / links",
    "injection": "prompt injection / prompt injections",
}
_FORBIDDEN_TOO: Final = ("no more than", "not more than", "no fewer than", "no less than")
_TABLE: Final[Mapping[tuple[str, ...], Sign]] = {
    **{
        tuple(phrase.split()): Sign(tag, phrase, NEUTRAL if phrase in _FORBIDDEN_TOO else None)
        for tag, listed in _LISTED.items()
        for phrase in (one.strip() for one in " ".join(listed.split()).split("/"))
    },
    **{
        tuple(phrase.split()): Sign(Tag.SENSE, phrase, detector)
        for detector, listed in _SENSES.items()
        for phrase in (one.strip() for one in listed.split("/"))
    },
    **{tuple(one.split()): Sign(Tag.KNOWN, one) for one in ("one of", "one of the")},
    ("once",): Sign(Tag.AFTER, "once", 1),
    ("twice",): Sign(Tag.TIMES, "twice", 2),
    ("unconfirmed",): Sign(Tag.WITHOUT, "unconfirmed", Tag.APPROVAL),
    ("unapproved",): Sign(Tag.WITHOUT, "unapproved", Tag.APPROVAL),
}
_MOST: Final = max(map(len, _TABLE))
_CUTS: Final = {
    "number": Tag.NUMBER,
    "quoted": Tag.QUOTED,
    "day": Tag.DAY,
    "domain": Tag.DOMAIN,
    "path": Tag.PATH,
    "end": Tag.END,
}
_EACH: Final = ("a", "an", "per", "each", "every")
_WITHIN: Final = ("in", "within", "over")
_RELATIVE: Final = ("who", "that", "which", "whose")
_DAILY: Final = {"daily": "day", "hourly": "hour", "weekly": "week", "monthly": "month"}


def at(words: Sequence[Word], start: int, *, reads: bool = False) -> tuple[Sign, int]:
    """Return what the words from a place on say, and how many of them say it.

    `only read` speaks of reading alone where that is asked: else of what is read.
    """
    first = words[start]
    if (found := _span(words, start)) is not None:
        return found
    texts = [one.text for one in words[start : start + _MOST]]
    if (size := _not_so(texts)) is not None:
        return Sign(Tag.OUT, " ".join(texts[:size])), size
    for size in range(len(texts), 0, -1):
        sign = _TABLE.get(tuple(texts[:size]))
        if sign is not None and (reads or sign.tag is not Tag.READS):
            return sign, size
    return Sign(_CUTS.get(first.cut, Tag.WORD), first.text, first.value), 1


def _not_so(texts: Sequence[str]) -> int | None:
    """Read `who is not`: what it speaks of lies outside."""
    if texts[0] not in _RELATIVE:
        return None
    size = next((at for at, text in enumerate(texts[:4]) if text == "not"), None)
    between = ("is", "are", "do", "does", "was", "were")
    if size is None or any(text not in between for text in texts[1:size]):
        return None
    return size + 1


def _span(words: Sequence[Word], start: int) -> tuple[Sign, int] | None:
    """Read `an hour`, `within 10 minutes`, `per session`, `daily`."""
    texts = [one.text for one in words[start : start + 3]]
    if texts[0] in _DAILY:
        return Sign(Tag.WINDOW, texts[0], _UNITS[_DAILY[texts[0]]]), 1
    if len(texts) > 1 and texts[0] in _EACH:
        unit = texts[1]
        if unit in _UNITS:
            return Sign(Tag.WINDOW, f"{texts[0]} {unit}", _UNITS[unit]), 2
        per = _WHOSE.get(unit, unit)
        if texts[0] == "per" and per in _PER:
            return Sign(Tag.WINDOW, f"per {unit}", per), 2
    if len(texts) > 2 and texts[0] in _WITHIN and words[start + 1].cut == "number":  # noqa: PLR2004 - three words
        length = _UNITS.get(texts[2].removesuffix("s"))
        if length is not None:
            return Sign(Tag.WINDOW, " ".join(texts), words[start + 1].value * length), 3
    return None
