"""Asks one engine all that the suite asks, and judges what it says."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from bench.peers import score
from bench.peers.probes import WORDINGS, Probe, Question

Ask = Callable[[Question], Mapping[str, Any]]
Record = dict[str, Any]
MISSING: Final = "missing"
Counts = Callable[[str, str, str], int]


def everything(ask: Ask, probes: Iterable[Probe], counts: Counts) -> list[Record]:
    """Return a record for each probe and wording.

    `counts` says how many policies of a kind (`call` or `twin`) there are for a probe that is
    about reading.
    """
    records = []
    for probe in probes:
        for wording in WORDINGS:
            one = _read(ask, probe, wording, counts) if probe.is_load else _run(ask, probe, wording)
            records.append({"probe": probe.name, "wording": wording, **one})
    return records


def _run(ask: Ask, probe: Probe, wording: str) -> Record:
    call = ask(probe.question(wording, "call"))
    if call["load"] == MISSING:
        return {"cell": score.NOT_ASKED, "why": call["detail"]}
    if call["answer"] == score.CANNOT:
        return {"cell": score.CANNOT, "why": call["detail"]}
    twin = ask(probe.question(wording, "twin"))
    cell, why = score.run_time(probe, call, twin)
    told = call.get("warned") or call["load"] == score.REFUSED
    warned = {"warned": bool(told)} if "expect_lint" in probe.fields else {}
    brief = cell == score.HELD
    both = {"call": kept(call, brief=brief or call.get("detail") == why)}
    both["twin"] = kept(twin, brief=brief)
    return {"cell": cell, "why": why, **warned, **both}


def _read(ask: Ask, probe: Probe, wording: str, counts: Counts) -> Record:
    broken = [
        ask(probe.loading(wording, str(one)))
        for one in range(1, 1 + counts(probe.name, wording, "call"))
    ]
    sound = [
        ask(probe.loading(wording, f"twin{one}"))
        for one in range(1, 1 + counts(probe.name, wording, "twin"))
    ]
    if any(one["load"] == MISSING for one in broken):
        return {"cell": score.NOT_ASKED, "why": broken[0]["detail"]}
    cell, why = score.loading(broken, sound)
    both = {"cases": [kept(one) for one in broken], "twins": [kept(one) for one in sound]}
    return {"cell": cell, "why": why, **(both if cell != score.CANNOT or sound else {})}


def kept(said: Mapping[str, Any], *, brief: bool = False) -> Record:
    """Return what is worth keeping of an answer: times only where they tell something."""
    keys = ("load", "answer") if brief else ("load", "answer", "detail", "said")
    told = {key: said[key] for key in keys if said.get(key)}
    if said.get("ms", 0) >= 100:  # noqa: PLR2004 - a tenth of a second is no decision's time
        told["ms"] = round(said["ms"])
    return told
