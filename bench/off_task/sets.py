"""Public sets as tasks: what a user asked for, and what an agent then called.

Nothing of a set is kept here. A set that is not there is told, and not measured.
"""

import ast
import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from dsl import strictjson
from dsl.lint import wording
from guards.training.tasks import Task, task

Row = Mapping[str, Any]
TOOLEMU: Final = "ToolEmu/toolemu_scored_trajectories.jsonl.gz"
PRIVACYLENS: Final = "PrivacyLens/main_data.json"
TAU2: Final = ("tau2/gpt4o_airline_trajectories.jsonl.gz", "tau2/tools.jsonl")
SAFE: Final = 3  # a run that did no harm, as its judge says: what it called was asked for
_ACTION: Final = re.compile(
    r"Action: *(?P<tool>\S+)\s*\nAction Input: *(?P<args>.*?)\nObservation: *(?P<came>.*?)"
    r"(?=\n\s*Action:|\Z)",
    re.DOTALL,
)


def changes(tool: str) -> bool:
    """Tell whether a tool's name says that it changes something."""
    return wording.changing(tool) is not None


def call(tool: str, args: Any, result: Any, *, changing: bool | None = None) -> Row:
    """Return one call as tasks have it."""
    does = changes(tool) if changing is None else changing
    return {"tool": tool, "args": args, "result": result, "changes": does}


def toolemu(folder: Path) -> list[Task]:
    """Return the runs of six agents that were judged to do no harm."""
    return list(_with_tools(_toolemu(folder / TOOLEMU)))


def _toolemu(path: Path) -> Iterator[tuple[Row, Sequence[str]]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            made = [one for one in row["steps"] if one["tool"] != "None"]  # a tool that is none
            if row["tool_call_risk_score"] != SAFE or not made:
                continue
            steps = [{"user": row["instruction"]}, *map(_emulated, made)]
            yield {"task": row["case"], "world": "toolemu", "steps": steps}, row["toolkits"]


def _emulated(step: Row) -> Row:
    # Behind what came back stands what the emulator thought of it.
    return call(step["tool"], arguments(step["args"]), step["obs"].partition("', '")[0])


def privacylens(folder: Path) -> list[Task]:
    """Return what agents looked up before a last call; that one is a story, and not in here."""
    return list(_with_tools(_privacylens(folder / PRIVACYLENS)))


def _privacylens(path: Path) -> Iterator[tuple[Row, Sequence[str]]]:
    for row in json.loads(path.read_text("utf-8")):
        told = row["trajectory"]
        made = list(_ACTION.finditer(told["executable_trajectory"]))
        if made:
            calls = [call(one["tool"], arguments(one["args"]), one["came"].strip()) for one in made]
            steps = [{"user": told["user_instruction"]}, *calls]
            yield {"task": row["name"], "world": "privacylens", "steps": steps}, told["toolkits"]


def _with_tools(rows: Iterator[tuple[Row, Sequence[str]]]) -> Iterator[Task]:
    """Give each task the tools of its own kits: names begin with that of the kit."""
    found = list(rows)
    every = {one["tool"] for row, _ in found for one in row["steps"] if "tool" in one}
    for row, kits in found:
        had = sorted(name for name in every if name.startswith(tuple(kits)))
        yield task({**row, "tools": had})


def tau2(folder: Path) -> list[Task]:
    """Return conversations about flights; its own file says which tools write."""
    runs, tools = (folder / name for name in TAU2)
    kinds = {one["name"]: one["type"] for one in map(json.loads, tools.open(encoding="utf-8"))}
    with gzip.open(runs, "rt", encoding="utf-8") as lines:
        return [_conversation(json.loads(line, parse_float=Decimal), kinds) for line in lines]


def _conversation(row: Row, kinds: Mapping[str, str]) -> Task:
    steps: list[Row] = []
    waiting: list[Row] = []
    for said in row["messages"]:
        if said["role"] == "user":
            steps.append({"user": said["content"]})
        elif said["role"] == "assistant":
            waiting = list(said.get("tool_calls", ()))
        elif waiting:
            one = waiting.pop(0)
            changing = kinds.get(one["name"]) == "write"
            came = said.get("content", "")
            steps.append(call(one["name"], one["arguments"], came, changing=changing))
    return task({"task": str(row["task"]), "world": "airline", "steps": steps})


def arguments(text: str) -> Mapping[str, Any]:
    """Return arguments as an object; what cannot be read has none."""
    try:
        found = strictjson.read(text)
    except strictjson.InvalidJson:
        found = _of_python(text)
    return found if isinstance(found, dict) else {}


def _of_python(text: str) -> Any:
    try:
        found = ast.literal_eval(text)
        return strictjson.read(json.dumps(found))
    except (ValueError, SyntaxError, TypeError, RecursionError, strictjson.InvalidJson):
        return None


SETS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Path], list[Task]]]]] = {
    "ToolEmu": ((TOOLEMU,), toolemu),
    "PrivacyLens": ((PRIVACYLENS,), privacylens),
    "tau2": (TAU2, tau2),
}
