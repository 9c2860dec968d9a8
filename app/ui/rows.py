"""What of an approval stands on its page, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.api.approvals import ApprovalView, ShownView
from app.approvals.difference import values

# Which levels a person may lean on; the others are where to look twice.
GOOD: Final = frozenset(("user", "approved", "trusted", "internal"))
LEVELS: Final = {
    "user": "said by the user",
    "approved": "approved before",
    "trusted": "from a trusted source",
    "internal": "from an internal source",
    "untrusted": "from an untrusted source",
    "origin": "from somewhere, nobody can tell where",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One value of the call: where it stands, what it is, where it was met, what it was before."""

    path: str
    value: str
    origin: str
    worry: bool
    snippets: tuple[tuple[str, str], ...]
    before: str | None


def rows(shown: ShownView) -> list[Row]:
    """Return every value of the arguments; none is left out, however many there are."""
    origins = {one["path"]: one for one in shown.origins}
    before = {one.path: one.before or "nothing" for one in shown.difference}
    return [
        _row(path, value, origins.get(path), before.get(path)) for path, value in values(shown.args)
    ]


def gone(shown: ShownView) -> list[tuple[str, str]]:
    """Return what stood in the last call and does not in this one."""
    return [(one.path, one.before or "") for one in shown.difference if one.now is None]


def context(shown: ShownView) -> list[tuple[str, str]]:
    """Return what the host said of the call beside its arguments."""
    return values(shown.context) if shown.context else []


def changed(shown: ShownView) -> list[tuple[str, str]]:
    """Return what rules put in, as the call would run."""
    if shown.changed is None:
        return []
    asked = dict(values(shown.args))
    return [one for one in values(shown.changed) if asked.get(one[0]) != one[1]]


def _row(path: str, value: str, origin: Mapping[str, Any] | None, before: str | None) -> Row:
    if origin is None:
        return Row(path, value, "", worry=False, snippets=(), before=before)
    words, worry = origin_in_words(origin)
    snippets = tuple((one["from"], one["text"]) for one in origin["snippets"])
    return Row(path, value, words, worry, snippets, before)


def origin_in_words(origin: Mapping[str, Any]) -> tuple[str, bool]:
    """Say where a value was met, and whether that is a reason to look twice."""
    if origin["levels"] is None:
        return "long or unreadable, not looked for", True
    sure, perhaps = origin["levels"], origin["perhaps"]
    words = [LEVELS.get(one, one) for one in sure]
    words += [f"perhaps {LEVELS.get(one, one)}" for one in perhaps]
    return ", ".join(words) or "nowhere in this session", not GOOD & set(sure)


def left(one: ApprovalView, now: datetime) -> str:
    """Say how much time is left."""
    seconds = int((one.expires_at - now).total_seconds())
    if seconds <= 0:
        return "no time left"
    hours, minutes = divmod(seconds // 60, 60)
    if hours:
        return f"{hours} h {minutes} min left"
    return f"{minutes} min left" if minutes else f"{seconds} s left"


def needs(one: ApprovalView) -> list[tuple[str, str, str | None, str | None]]:
    """Return who must approve, what they said, by whom and in what words."""
    named = {"user": "the person in the conversation", "any": "any person"}
    return [
        (named.get(need.kind, f"role {need.role}"), need.status, need.by, need.comment)
        for need in one.needs
    ]
