"""An entire leaf by the forms it has under every kind, in few keys.

Most leaves are plain: visible ASCII without double spaces. Every kind but `url` and `path` reads
such a leaf without regard to case. So if some plain leaf is, in small letters, the one form of a
kind, then the leaf has this form under this kind; and one key, of the small letters, stands for
all these kinds.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from dsl import kinds
from dsl.session import forms
from memory.sessions.index import keys

_PLAIN: Final = "plain"  # these two are no kinds
_NUMBER: Final = "#"
_NUMBERS: Final = ("id", "number", "money")
_VISIBLE: Final = re.compile(r"[!-~]+(?: [!-~]+)*")
_DIGIT: Final = re.compile("[0-9]")
_HOST: Final = re.compile(r"[^/?#]*")
# A plain leaf that is read as some kind in another form than its small letters looks like this.
_ADDRESS: Final = re.compile(
    r"[^\w.-]|\.\Z|(?:\A|\.)(?:[0-9]+|0[xX][0-9A-Fa-f]*)\Z|[xX][nN]--"
).search
_LINK: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]+://)?[\w.:\[\]-]+(?:[/?#].*)?").fullmatch
_AMOUNT: Final = re.compile(
    r"-?(?:[A-Za-z$]{1,7} ?)?-?[0-9](?:[0-9.,' eE+-]*[0-9])?(?: ?[A-Za-z$]{1,7})?"
).fullmatch
_NO_PATH: Final = re.compile(r"[/\\%]").search  # without these, it is a path as it stands
_DAY: Final = re.compile("[0-9]{4}").search
_TIME: Final = re.compile("[0-9](?::[0-9]| ?[apAP])").search
_IBAN: Final = re.compile("[ -]*[A-Za-z][ -]*[A-Za-z][ -]*[0-9][ -]*[0-9]").match
_SMALL: Final = 10**15  # an integer below that is written in one way
_LEAST: Final = 15  # characters of an IBAN
_LONGEST: Final = 100  # characters of a number, a day or an account


def of_leaf(leaf: Any) -> Iterator[int]:
    """Yield the keys of all forms of a leaf."""
    if isinstance(leaf, str) and _VISIBLE.fullmatch(leaf):
        small = leaf.lower()
        yield keys.value(_PLAIN, small)
        if _NO_PATH(leaf) is None and leaf not in (".", ".."):
            yield keys.value("path", leaf)
        for kind in _in_doubt(leaf):
            form = forms.form(leaf, kind)
            if form is not None and (form != small or _by_case(kind, form)):
                yield keys.value(kind, form)
    elif isinstance(leaf, int | Decimal):
        yield from _of_number(leaf)
    else:
        for kind in kinds.NAMES:
            form = forms.form(leaf, kind)
            if form is not None:
                yield keys.value(kind, form)


def _of_number(leaf: int | Decimal) -> Iterator[int]:
    if isinstance(leaf, int) and abs(leaf) < _SMALL:
        yield keys.value(_NUMBER, str(leaf))
        return
    form, money = forms.form(leaf, "number"), forms.form(leaf, "money")
    if form is not None:
        yield keys.value(_NUMBER, form)
    if money is not None and money != form:
        yield keys.value("money", money)


def _in_doubt(leaf: str) -> Iterator[str]:
    """Yield the kinds under which a plain leaf may have another form than its small letters."""
    if _NO_PATH(leaf) or leaf in (".", ".."):
        yield "path"
    if "'" in leaf or "`" in leaf:
        yield "name"
    if _ADDRESS(leaf) and _LINK(leaf):
        yield from ("host", "url")
    if "@" in leaf:
        yield "email"
    if len(leaf) <= _LONGEST and _DIGIT.search(leaf):
        yield from _with_digits(leaf)


def _with_digits(leaf: str) -> Iterator[str]:
    if _AMOUNT(leaf):
        yield from ("number", "money")
    if _DAY(leaf):
        yield "date"
    if _TIME(leaf):
        yield "time"
    if leaf.startswith("+"):
        yield "phone"
    if len(leaf) >= _LEAST and _IBAN(leaf):
        yield "iban"


def _by_case(kind: str, form: str) -> bool:
    """Tell whether leaves may have this form in small letters alone."""
    return kind == "path" or (kind == "url" and _HOST.fullmatch(form) is None)


def of_form(kind: str, form: str) -> Iterator[int]:
    """Yield the keys of which a leaf has one if it has a form under a kind."""
    yield keys.value(kind, form)
    if not _by_case(kind, form):
        yield keys.value(_PLAIN, form)
    if kind in _NUMBERS:
        yield keys.value(_NUMBER, form)
