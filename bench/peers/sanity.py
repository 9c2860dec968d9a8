"""First of all: on calls as they should be, each engine answers as Drawbar's interpreter does.

An engine that does not has been given another policy, and its row would mean nothing.
"""

import random
from pathlib import Path
from typing import Any, Final

from bench.peers.asking import Ask
from bench.peers.drawbar import decide
from bench.peers.probes import WORDINGS

CALLS: Final = 200
SEED: Final = 7
POLICY: Final = Path(__file__).parent / "policies" / "sanity.bar"
_PATHS: Final = ("/srv/x", "/srv/secret/x", "/etc/passwd", "/srv/", "srv/x", "/home/secret")


def calls() -> list[dict[str, Any]]:
    """Return calls whose arguments are all there and of the type that the policy expects."""
    dice = random.Random(SEED)  # noqa: S311 - no secret hangs on it
    return [_call(dice) for _ in range(CALLS)]


def _call(dice: random.Random) -> dict[str, Any]:
    tool = dice.choice(("send", "send", "read", "read", "drop"))
    args: dict[str, Any] = {}
    if tool == "send":
        args = {"to": dice.choice(("a", "b", "c", "eve")), "amount": dice.randint(1, 200)}
    elif tool == "read":
        args = {"path": dice.choice(_PATHS)}
    return {"tool": tool, "args": args}


def check(ask: Ask) -> dict[str, Any]:
    """Ask in both wordings; return how many answers were equal, and the first that was not."""
    asked = equal = 0
    different = ""
    text = POLICY.read_text("utf-8")
    for wording in WORDINGS:
        for call in calls():
            wanted = decide([text], None, call)["answer"]
            question = {"probe": "sanity", "wording": wording, "case": "call", "tools": None}
            got = ask({**question, "call": call})
            asked += 1
            equal += got["answer"] == wanted
            if got["answer"] != wanted and not different:
                different = f"{wording}: {call} is {wanted}, and {got}"
    return {"asked": asked, "equal": equal, **({"different": different} if different else {})}
