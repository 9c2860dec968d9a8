"""Who may confirm what somebody asked: another person, by a key that was there before."""

from dataclasses import dataclass
from datetime import datetime

from memory.glass.glass import Glass, NotYours
from memory.publishing.draft import Who


@dataclass(frozen=True, slots=True)
class Confirming:
    """Who confirms, and since when the key is there."""

    who: Who
    key_made_at: datetime


def refuse_same_person(asked: Glass, by: Confirming) -> None:
    """Refuse whoever asked, also by another key, and a key that may have been made for this."""
    if by.who.key == asked.asked_by.key:
        raise NotYours("the key that asked for it cannot confirm it")
    if by.who.subject == asked.asked_by.subject:
        raise NotYours("who asked for it cannot confirm it, by whatever key")
    if by.key_made_at >= asked.asked_at:
        raise NotYours("a key that was made after it was asked for cannot confirm it")
