"""Tasks that agents worked on, as a file has them: what users asked for, and what was called."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dsl import strictjson
from guards.prompt import shortened
from guards.question import Step, came, shown

# As much of one text as a gateway reads of a session.
LONGEST: Final = 32_768


class NotATask(ValueError):
    """A line that is no task; it says which one and why."""


@dataclass(frozen=True, slots=True)
class Made:
    """A call that was made, and whether its tool changes something."""

    tool: str
    call: str
    changes: bool


@dataclass(frozen=True, slots=True)
class Task:
    """What happened in one task, in order; `world` says which tasks have the same tools."""

    id: str
    world: str
    steps: tuple[Step, ...]
    calls: tuple[tuple[int, Made], ...]  # each with how many steps were before it
    tools: frozenset[str] | None = None


def read(path: Path) -> list[Task]:
    """Return the tasks of a file, or say which line is none."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotATask(f"`{path}` cannot be read as UTF-8 text") from error
    return list(_tasks(path, lines))


def _tasks(path: Path, lines: Sequence[str]) -> Iterator[Task]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield task(strictjson.read(line))
        except (strictjson.InvalidJson, ValueError) as error:
            raise NotATask(f"{path}:{number}: {error}") from error


def task(told: Any) -> Task:
    """Return a task as JSON has it, or raise."""
    if not isinstance(told, dict) or not isinstance(told.get("steps"), list):
        raise NotATask("a task is an object with `task` and a list of `steps`")
    if unknown := sorted(set(told) - {"task", "world", "tools", "steps"}):
        raise NotATask(f"a task has no `{unknown[0]}`")
    name, world, tools = told.get("task"), told.get("world", ""), told.get("tools")
    if not isinstance(name, str) or not isinstance(world, str):
        raise NotATask("`task` and `world` are texts")
    if tools is not None and not (isinstance(tools, list) and all(map(_is_text, tools))):
        raise NotATask("`tools` is a list of names")
    steps, calls = list[Step](), list[tuple[int, Made]]()
    for one in told["steps"]:
        if made := _made(one):
            calls.append((len(steps), made))
        steps += _steps(one)
    has = None if tools is None else frozenset(tools)
    return Task(name, world, tuple(steps), tuple(calls), has)


def _made(told: Any) -> Made | None:
    if not isinstance(told, dict) or ("user" in told) == ("tool" in told):
        raise NotATask("a step has either `user` or `tool`")
    if "user" in told:
        if set(told) != {"user"} or not isinstance(told["user"], str):
            raise NotATask("what a user says is a text, and stands alone")
        return None
    tool, args, changes = told["tool"], told.get("args", {}), told.get("changes", False)
    if unknown := sorted(set(told) - {"tool", "args", "result", "changes"}):
        raise NotATask(f"a call has no `{unknown[0]}`")
    if not isinstance(tool, str) or not tool or not isinstance(args, dict):
        raise NotATask("`tool` is a name, and `args` an object")
    if not isinstance(changes, bool):
        raise NotATask("`changes` is true or false")
    return Made(tool, shown(tool, args), changes)


def _steps(told: Any) -> Iterator[Step]:
    if "user" in told:
        yield Step("user", shortened(told["user"], LONGEST))
        return
    yield Step("call", shortened(shown(told["tool"], told.get("args", {})), LONGEST))
    if "result" in told:
        yield Step("result", shortened(came(told["tool"], told["result"]), LONGEST))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
