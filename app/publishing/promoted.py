"""Learned rules in what is published: whoever reported for one does not bring it into force."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from memory.publishing.draft import Who
from memory.publishing.publication import NotYours, PublicationFault
from memory.revisions.revision import File

if TYPE_CHECKING:
    from app.wiring import Gateway

_RULE: Final = re.compile(r"\bm_[a-z2-7]{16}\b")  # as a rule's name, or in its provenance


async def refuse_reporters(gateway: "Gateway", files: Iterable[File], who: Who) -> None:
    """Refuse to publish a rule that is new there, for those who reported on its calls.

    A promotion names the rule and them; what nobody promoted is text like any other.
    """
    names = _named(files)
    if not names:
        return
    try:
        found = await gateway.desk.published.newest()
    except PublicationFault:  # nothing of it is taken for known
        found = None
    names -= set() if found is None else _named(found.revision.texts.files)
    for one in await gateway.feedback.promoted(sorted(names)):
        if who.subject in one.reporters:
            words = f"you reported for `{one.rule}`, so another person brings it into force"
            raise NotYours(words)


def _named(files: Iterable[File]) -> set[str]:
    return {name for one in files for name in _RULE.findall(one.text)}
