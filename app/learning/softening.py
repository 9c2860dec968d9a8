"""Lets memory soften what models deny, or no longer: the word of a person, and what comes of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.learning.naming import softening_of
from app.learning.undoing import Desk
from memory.learning.softening import Soften

if TYPE_CHECKING:
    from app.learning.learning import Learning

Plain = Mapping[str, Any]


async def switched(desk: Desk, soften: Soften, reason: str) -> Plain:
    """Say a word for a tenant's memory; from then on it counts here, and soon everywhere."""
    learning, by, now = desk.learning, desk.caller.actor, desk.gateway.now()
    await learning.softening.say(desk.tenant, soften, reason, by, now)
    await learning.take_up()
    return standing(learning, desk.tenant)


def standing(learning: "Learning", tenant: str) -> Plain:
    """Return what was said last of a tenant's memory, and what softens by it at this gateway."""
    word, why_not = learning.learned.words.get(tenant), learning.learned.why_not(tenant)
    held = learning.learned.held.get(tenant)
    nominated = () if held is None or why_not is not None else held["told"]["soften"]
    said = dict.fromkeys(("seq", "at", "by", "reason"))
    if word is not None:
        said = {"seq": word.seq, "at": word.at, "by": word.by, "reason": word.reason}
    return {
        **said,
        "tenant": tenant,
        "soften": str(Soften.OFF if word is None else word.soften),
        "why_not": why_not,
        "overlay": softening_of(tenant) if tenant in learning.learned.softening else None,
        "rules": sorted(one["rule"] for one in nominated if one["nominated"]),
    }
