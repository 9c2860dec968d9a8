"""Which arguments say where a call sends something.

An argument is a destination if its kind is an address (`email`, `url`, `host`, `iban`, `phone`),
if its value reads like one, or if its name has one of the words below. Rather one too many: a
label is lifted only where the user named all of them.
"""

import re
from typing import Any, Final

from dsl.session import addresses, forms
from dsl.session.common_words import listed

_KINDS: Final = frozenset(("email", "url", "host", "iban", "phone"))
_WORDS: Final = listed(
    "to cc bcc recipient recipients receiver receivers payee payees beneficiary beneficiaries "
    "address addresses email emails mail mails url urls uri uris link links host hosts hostname "
    "domain domains endpoint webhook callback server channel channels room rooms group groups "
    "account accounts iban phone phones mobile fax number numbers destination destinations dest "
    "target targets participant participants attendee attendees guest guests invitee invitees "
    "member members user users username person people contact contacts customer who whom with "
    "repo repository remote bucket path paths file filename folder directory"
)
_PARTS: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def is_destination(value: Any, kind: str | None, steps: tuple[str | int, ...]) -> bool:
    """Tell whether a leaf of the arguments says where something goes."""
    if kind in _KINDS:
        return True
    if isinstance(value, str) and kind is None:
        evident = forms.kind_of(value, None)
        if evident in _KINDS or addresses.is_bare(value.strip()):
            return True
    named = (word.casefold() for step in steps if isinstance(step, str) for word in _parts(step))
    return not _WORDS.isdisjoint(named)


def _parts(name: str) -> list[str]:
    return _PARTS.findall(name)
