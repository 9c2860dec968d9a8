"""What the names of tools and arguments say; the lists stand here alone."""

import re
from collections.abc import Mapping
from typing import Any, Final


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


READING: Final = _listed(
    "get read open list search find show describe view count check lookup query history status log "
    "logs info preview validate verify"
)
CHANGING: Final = _listed(
    "send delete remove drop erase destroy wipe purge pay transfer write overwrite update create "
    "edit modify execute exec deploy publish revoke grant cancel"
)
FINAL: Final = _listed("delete remove drop erase destroy wipe purge")
PAYING: Final = _listed("transfer pay")
LEADING: Final = _listed(
    "recipient recipients payee beneficiary cc bcc url urls uri link webhook endpoint host "
    "hostname iban account email emails address addresses destination dest channel path paths "
    "file filename filepath folder directory"
)
LEADING_ALONE: Final = frozenset({"to", "target"})
LEADING_FORMATS: Final = _listed(
    "uri url iri uri-reference iri-reference email idn-email hostname idn-hostname iban"
)
_CHOSEN_FROM: Final = ("enum", "const", "pattern")  # the schema says which
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name: `sendMoney`, `send-money` and `send_money` have the same."""
    return tuple(word.lower() for word in _WORD.findall(name.rpartition("/")[2]))


def changing(name: str) -> str | None:
    """Return the word of a tool's name that says that it changes something."""
    found = words(name)
    if READING.intersection(found):
        return None
    return next((word for word in found if word in CHANGING), None)


def final(name: str) -> bool:
    """Tell whether a tool's name begins by saying that it deletes or pays."""
    found = words(name)
    if found[:1] and found[0] in PAYING:
        return not READING.intersection(found)
    return found[:2] == ("send", "money") or not FINAL.isdisjoint(found[:1])


def reads_only(name: str) -> bool:
    """Tell whether a tool's name begins by saying that it reads."""
    return bool(READING.intersection(words(name)[:1]))


def leads_somewhere(name: str, schema: Any) -> bool:
    """Tell whether an argument is where something goes, and its schema leaves it open."""
    if not isinstance(schema, Mapping) or any(key in schema for key in _CHOSEN_FROM):
        return False
    items = schema.get("items")
    inner = items if isinstance(items, Mapping) else {}
    if {schema.get("format"), inner.get("format")} & LEADING_FORMATS:
        return True
    found = words(name)
    return name in LEADING_ALONE or (bool(found) and found[-1] in LEADING)
