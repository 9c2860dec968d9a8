"""The tasks that are played: what AgentDojo's tasks call for, and what its tools gave back."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bench.agentdojo import environment
from bench.agentdojo.dojo import Dojo
from bench.agentdojo.scripts import Script
from bench.reporting import ROOT
from dsl import strictjson

FOLDER: Final = ROOT / "var" / "loop"


def record(suite: str) -> Path:
    """Play the tasks of a suite once, without attacks, and keep every result."""
    kept = FOLDER / f"{suite}.json"
    if not kept.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        with Dojo(environment.make()) as dojo:
            tasks = [_played(dojo, one) for one in dojo.scripts(suite) if one.attack is None]
        _agree([call for task in tasks for call in task["calls"]])
        kept.write_text(strictjson.canonical(tasks), "utf-8")
    return kept


def _agree(calls: Sequence[dict[str, Any]]) -> None:
    """Give the same call the same result wherever it is made: what it gave last."""
    last = {strictjson.canonical([one["tool"], one["args"]]): one["result"] for one in calls}
    for one in calls:
        one["result"] = last[strictjson.canonical([one["tool"], one["args"]])]


def _played(dojo: Dojo, script: Script) -> dict[str, Any]:
    dojo.open(script)
    dojo.reset()
    return {"id": script.id, "prompt": script.prompt, "calls": list(_calls(dojo, script))}


def _calls(dojo: Dojo, script: Script) -> Iterator[dict[str, Any]]:
    """Yield the calls, each with the JSON of its result."""
    for call in script.calls:
        shown = dojo.run(call).shown
        yield {"tool": call.tool, "args": dict(call.args), "result": strictjson.canonical(shown)}
