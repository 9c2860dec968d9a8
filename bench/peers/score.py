"""What an engine's answers to a probe amount to: held, open, raised, or it cannot say."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bench.peers.probes import Probe

HELD, OPEN, RAISED, CANNOT = "held", "open", "raised", "cannot say"
NOT_ASKED: Final = "not asked"  # no policy for it was written in the engine's language
SLOWEST: Final = 1  # seconds; the suite's own tests wait no longer
REFUSED: Final = "refused"
CELLS: Final = (HELD, OPEN, RAISED, CANNOT)
STRICTNESS: Final = {"allowed": 0, "asked": 1, REFUSED: 2}
EFFECTS: Final = {"allow": "allowed", "ask": "asked", "deny": REFUSED}
Said = Mapping[str, Any]
Cell = tuple[str, str]


def run_time(probe: Probe, call: Said, twin: Said) -> Cell:
    """Judge a probe that has a call, with its twin; return the cell, and why it is no other.

    A refusal counts only if the twin passes, so that denying everything holds nothing. An answer
    that does not come, to the call or to its twin, is no decision.
    """
    answer = call["answer"]
    if answer == CANNOT:
        return CANNOT, str(call.get("detail", ""))
    if answer == RAISED:
        return RAISED, str(call.get("detail", ""))
    if STRICTNESS[answer] < STRICTNESS[EFFECTS[probe.required]]:
        return OPEN, ""
    if _late(call):
        return RAISED, _late(call)
    if probe.fields["expect"].get("reply", "") is None and call.get("said"):
        return OPEN, "it refused, in the words of a rule that does not apply"
    if twin["answer"] == RAISED or _late(twin):
        return RAISED, f"the twin: {_late(twin) or twin.get('detail', '')}"
    if twin["answer"] != EFFECTS[probe.twin_effect]:
        wanted = EFFECTS[probe.twin_effect]
        return CANNOT, f"the twin, which must be {wanted}, is {_told(twin)}"
    for key, wanted in (("reply", "said"), ("changed", "changed")):
        if key in probe.fields["twin"] and probe.fields["twin"][key] != twin.get(wanted):
            return CANNOT, f"the twin comes without what it must have, {probe.fields['twin'][key]}"
    return HELD, ""


def loading(broken: Sequence[Said], sound: Sequence[Said]) -> Cell:
    """Judge a probe whose policies must be refused when they are read.

    One that is read, and then fails at each call with an exception, has not been let through:
    that is `raised`. One that is read and then answers is `open`.
    """
    if not broken or all(one["load"] == CANNOT for one in broken):
        return CANNOT, str(broken[0].get("detail", "")) if broken else ""
    read = [one for one in broken if one["load"] == "loaded"]
    silent = [one for one in read if one["answer"] != RAISED]
    if silent:
        return OPEN, f"{len(silent)} of {len(broken)} were read without a word"
    if read:
        return RAISED, f"{len(read)} of {len(broken)} were read, and then fail at each call"
    if any(one["load"] != "loaded" for one in sound):
        return CANNOT, "the sound policy is refused too"
    return HELD, ""


def _late(said: Said) -> str:
    """Return a word on an answer that took so long that no caller waits for it."""
    seconds = said.get("ms", 0) / 1000
    return f"the answer took longer than {SLOWEST} s" if seconds > SLOWEST else ""


def _told(said: Said) -> str:
    detail = said.get("detail", "")
    return f"{said['answer']} ({detail})" if detail else str(said["answer"])
