"""A value whose origin is asked for, made ready to be looked for in texts."""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from dsl import kinds
from dsl.canonical import path
from dsl.session import addresses, amounts, forms, moments, words
from dsl.session.common_words import WORDS
from dsl.session.reading import MOST_WORDS, Reading

_FEW_DIGITS: Final = 4
_TYPED: Final = ("email", "url", "host", "iban", "phone", "date", "time")
# Words with nothing in them or between them that `words.cut` would look at.
_PLAIN: Final = re.compile("[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*")
# A path from the root in one word: no address begins behind any sign of it.
_ROOTED: Final = re.compile("/[A-Za-z0-9](?:[A-Za-z0-9_/.-]*[A-Za-z0-9_])?")
_INTEGER: Final = re.compile("-?([0-9]+)")

Keys = frozenset[tuple[str, str]]
_NONE: Final[Keys] = frozenset()


class Asked(NamedTuple):
    """What to look for: mentions by kind and form, or a row of words.

    `unsure` are the mentions that may be the value. `short` values say little when met in a text.
    """

    kind: str
    form: str
    keys: Keys = _NONE
    unsure: Keys = _NONE
    phrase: tuple[str, ...] = ()
    exact: bool = False  # paths are told by their case
    short: bool = False

    def equals(self, leaf: Any) -> bool:
        """Tell whether an entire leaf is the value."""
        return forms.form(leaf, self.kind) == self.form

    def stands_in(self, text: Reading) -> bool | None:
        """Tell whether the value stands in a text; None if nobody can tell."""
        if self.keys & text.strong or (self.phrase and self._rows(text)):
            return True
        doubtful = self.keys & text.weak or self.unsure & (text.strong | text.weak)
        return None if doubtful else False

    def _rows(self, text: Reading) -> bool:
        return next(text.rows(self.phrase, exact=self.exact), None) is not None


def asked(value: Any, kind: str | None) -> Asked | None:
    """Make a value ready to be looked for; None if it cannot be read as its kind."""
    found, form = forms.read(value, kind)
    return None if form is None else _made(value, found, form, declared=kind is not None)


def _made(value: Any, kind: str, form: str, *, declared: bool) -> Asked:
    if kind in ("number", "money"):
        # An amount may have one zero behind its decimals, which a number has not.
        number = form[:-1] if "." in form and form.endswith("0") else form
        return Asked(kind, form, frozenset({("number", number)}), short=_is_short(number))
    if kind in _TYPED:
        return _typed(kind, form)
    if kind == "text":
        return Asked(kind, form)  # prose is compared as a whole alone
    written = value if isinstance(value, str) and kind != "path" else form
    phrase = _phrase(written, exact=kind == "path")
    keys, unsure = (_NONE, _NONE) if declared else _also(written)
    return Asked(kind, form, keys, unsure, phrase, kind == "path", _says_little(phrase))


def _typed(kind: str, form: str) -> Asked:
    keys = frozenset({(kind, form)})
    if kind in ("url", "host"):
        phrase = (form,) if kind == "host" and "." not in form else ()
        unsure = frozenset({(kind, addresses.other(form))})
        return Asked(kind, form, keys, unsure, phrase, short=_says_little(phrase))
    if kind == "date":
        return Asked(kind, form, keys, frozenset({(kind, moments.without_year(form))}))
    return Asked(kind, form, keys)


def _also(written: str) -> tuple[Keys, Keys]:
    """Return what a text without a declared kind may be beside an id: a link, or an amount."""
    if addresses.is_bare(written):
        link = str(addresses.key(written))
        keys = {("url", link)} if "/" in link else {("url", link), ("host", link)}
        return frozenset(keys), frozenset((kind, addresses.other(one)) for kind, one in keys)
    numbers = amounts.readings(written) if len(written) <= kinds.MOST_DIGITS else []
    return _NONE, frozenset(("number", form) for form, _ in numbers)


def _phrase(written: str, *, exact: bool) -> tuple[str, ...]:
    if _PLAIN.fullmatch(written) and len(written) <= kinds.LONGEST:
        found = tuple((written if exact else written.lower()).split(" "))
        return found if len(found) <= MOST_WORDS else ()
    if _ROOTED.fullmatch(written) and len(written) <= kinds.LONGEST:
        return (path.canonical(written) or written if exact else written.lower(),)
    seen = words.visible(written) if len(written) <= kinds.LONGEST else None
    if seen is None:
        return ()
    cut = words.phrase(tuple(words.cut(words.unescaped(seen), addresses.spans(seen))))
    found = tuple(word.exact if exact else word.folded for word in cut)
    return found if len(found) <= MOST_WORDS else ()


def _is_short(number: str) -> bool:
    whole = _INTEGER.fullmatch(number)
    return whole is not None and len(whole[1]) < _FEW_DIGITS


def _says_little(phrase: Sequence[str]) -> bool:
    """Tell whether a value is one short number, one letter, or one word of the common ones."""
    if len(phrase) != 1:
        return False
    word = phrase[0]
    return _is_short(word) or len(word) == 1 or word.casefold() in WORDS
