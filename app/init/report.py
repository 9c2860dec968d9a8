"""What `drawbar init` says when it is done: short, and honest about what it could not tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from app.init.outcome import Outcome
from dsl.errors import printable

_MOST_NAMES: Final = 6
_MOST_DOUBTS: Final = 12


@dataclass(frozen=True, slots=True)
class Done:
    """What was written, and what to do next."""

    outcome: Outcome
    written: tuple[Path, ...]
    observe_until: date | None = None
    next: tuple[str, ...] = field(default=())


def as_json(done: Done) -> dict[str, Any]:
    """Return the report for programs."""
    outcome = done.outcome
    return {
        "policy": outcome.draft.name,
        "written": [str(path) for path in done.written],
        "tools": {one.name: _tool(one) for one in outcome.plan.guesses},
        "rules": outcome.sorted,
        "left_out": [{"tool": one.name, "why": one.why} for one in outcome.left_out],
        "folder": outcome.plan.wishes.folder if outcome.plan.paths else None,
        "user_words": outcome.plan.wishes.user_words,
        "untold": outcome.doubts,
        "observe_until": done.observe_until,
        "enforces": done.observe_until is None,
        "next": list(done.next),
    }


def _tool(one: Any) -> dict[str, Any]:
    return {"does": one.act.value, "risk": one.risk, "guessed_from": one.why}


def as_text(done: Done) -> Iterator[str]:
    """Yield the report for people."""
    for path in done.written:
        yield f"wrote {path}"
    yield ""
    yield from _sorted(done.outcome)
    yield from _to_review(done.outcome)
    if doubts := done.outcome.doubts:
        yield ""
        yield "What it could not tell:"
        yield from (f"  {printable(one)}" for one in doubts[:_MOST_DOUBTS])
        if len(doubts) > _MOST_DOUBTS:
            yield f"  and {len(doubts) - _MOST_DOUBTS} more; `--json` lists them all"
    if done.observe_until is not None:
        yield ""
        yield f"IT ENFORCES NOTHING until the end of {done.observe_until} (UTC): it only watches."
    yield ""
    yield "Next:"
    yield from (f"  {line}" for line in done.next)


def _sorted(outcome: Outcome) -> Iterator[str]:
    found = outcome.sorted
    total = sum(map(len, found.values()))
    yield f"{total} tool{'s' if total != 1 else ''} from {printable(outcome.catalogue.origin)}:"
    free = ("reading", "known_hosts")
    for rule, names in found.items():
        word = "allowed" if rule in free else "asked"
        yield f"  {word:8} {rule:14} {_listed(names)}"
    if outcome.left_out:
        yield f"  {'denied':8} {'(left out)':14} {_listed([one.name for one in outcome.left_out])}"
    yield "  what no rule speaks of is denied"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(one) for one in names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES} more"


def _to_review(outcome: Outcome) -> Iterator[str]:
    """Name what only people can say."""
    wishes = outcome.plan.wishes
    yield ""
    yield "These are guesses from names and schemas. Review them; above all:"
    if outcome.plan.paths:
        yield f"  the folder that paths stay in: {wishes.folder}"
    elif any(one.paths for one in outcome.plan.guesses):
        yield "  which folder paths may stay in (`--folder`); until then files are asked about"
    if outcome.plan.opening:
        yield f"  the hosts that are opened unseen: {', '.join(wishes.hosts)} is a placeholder"
    if outcome.plan.amounts:
        yield f"  the largest amount: {wishes.largest} is a placeholder"
    if outcome.plan.aims and not wishes.user_words:
        yield "  whether the host tells the gateway what the user says (`--user-words` is stricter)"
    yield "  each tool under `reading`: what only reads is allowed unseen"
