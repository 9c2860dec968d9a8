"""Cuts a sentence into words, numbers, days, quoted texts and names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal

Cut = Literal["word", "number", "quoted", "day", "domain", "path", "code", "end"]
LONGEST: Final = 1_000  # characters of a sentence that code reads; of a longer one it reads nothing

_CUTS: Final = re.compile(
    r"""
      "(?P<quoted>[^"]+)" | “(?P<curled>[^”]+)”
    | `(?P<code>[^`]+)`
    | (?P<day>\d{4}-\d{2}-\d{2})(?![\w-])
    | (?P<number>[$€£]?\d+(?:,\d{3})*(?:\.(?!\d{3}(?!\d))\d+)?(?:k|m)?)(?![\w.,-]*\w)
    | (?P<path>(?<![\w.:])/[\w.\-/]*\w)
    | (?P<code_like>args\.\w+)
    | (?P<domain>@?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})(?![\w-])
    | (?P<word>[^\W\d_][\w]*(?:['-]\w+)*)
    | (?P<end>[.!?;:]+)(?=\s+\S)
    | (?P<strange>[^\s,.!?;:()'"])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SHORT: Final = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "e-mail": "email",
    "e-mails": "emails",
    "e-mailed": "emailed",
}
_ONE_TO_TWELVE: Final = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMBERS: Final = {
    **{name: at for at, name in enumerate(_ONE_TO_TWELVE.split())},
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "fifty": 50,
    "hundred": 100,
    "thousand": 1000,
}
_IRREGULAR: Final = {
    "sent": "send",
    "paid": "pay",
    "made": "make",
    "bought": "buy",
    "sold": "sell",
    "written": "write",
    "wrote": "write",
    "given": "give",
    "gave": "give",
    "ran": "run",
}
_TIMES: Final = {"k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True)
class Word:
    """One word or sign: as it is compared, and what it stands for."""

    cut: Cut
    text: str
    value: Any = None


@lru_cache(maxsize=1 << 12)
def cut(sentence: str) -> tuple[Word, ...]:
    """Return the words of a sentence; a sign that nobody reads is a word of its own.

    So is `1.000`, which some write for a thousand.
    """
    return tuple(_cut(sentence))


def _cut(sentence: str) -> Iterator[Word]:
    for found in _CUTS.finditer(sentence.replace("\u2019", "'")):
        text = found[0]
        match found.lastgroup:
            case "quoted" | "curled":
                yield Word("quoted", text, text[1:-1])
            case "code":
                yield Word("code", text[1:-1].removeprefix("args."))
            case "code_like":
                yield Word("code", text.removeprefix("args."))
            case "day":
                yield _day(text)
            case "number":
                yield Word("number", text, _number(text))
            case "path" | "domain" as kind:
                yield Word(kind, text, text.lower().lstrip("@") if kind == "domain" else text)
            case "word":
                yield from _words(text)
            case "end":
                yield Word("end", text)
            case _:
                yield Word("word", text)


def _day(text: str) -> Word:
    try:
        return Word("day", text, date.fromisoformat(text))
    except ValueError:  # the 31st of February, say, is a word that nobody knows
        return Word("word", text)


def _number(text: str) -> int | Decimal:
    plain = text.lower().lstrip("$€£").replace(",", "")
    factor = _TIMES.get(plain[-1], 1)
    number = Decimal(plain.rstrip("km")) * factor
    return int(number) if number == number.to_integral_value() else number


def _words(text: str) -> Iterator[Word]:
    plain = text.lower()
    for part in _SHORT.get(plain, plain).split():
        if part.endswith("n't"):
            yield Word("word", part.removesuffix("n't"))
            yield Word("word", "not")
        elif part in _NUMBERS:
            yield Word("number", part, _NUMBERS[part])
        else:
            yield Word("word", part.removesuffix("'s"))


def stem(word: str) -> str:
    """Return what the forms of a word share: `delete`, `deletes`, `deleting`, `deleted`."""
    word = _IRREGULAR.get(word.lower(), word.lower())
    if word.endswith("ies") and len(word) > 4:  # noqa: PLR2004 - not `dies`
        word = word[:-3] + "y"
    elif word.endswith(("ches", "shes", "sses", "xes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for end in ("ing", "ed"):
        if word.endswith(end) and len(word) > len(end) + 2:
            word = word[: -len(end)]
            break
    word = word.removesuffix("e")
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word  # noqa: PLR2004 - not `add`
