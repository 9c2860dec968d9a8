"""Runs that people called safe or unsafe: another question, but labels of people.

Nobody was asked whether each call was what the user wanted. A run is as bad as its worst call.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.off_task.cases import Known, known
from bench.off_task.sets import Row, arguments, call
from guards.classifier.embedded.off_task.features import Cosines
from guards.judgement import Form
from guards.question import Question
from guards.skill.labels import Case
from guards.training.drawn import LABEL
from guards.training.tasks import Task, task

NAME: Final = "ASSEBench"
FILE: Final = "ASSEBench/AgentJudge-security.json"
INJECTED: Final = "Prompt Injection"
_TOOLS: Final = "You are given the available tools"  # the harness speaks from here on
_GROUP: Final = 60  # letters of a request that variants of it have in common
_ANSWER: Final = "Complete"  # ends a run, and is no tool


@dataclass(frozen=True, slots=True)
class Run:
    """A run with what people called it, and its calls with their numbers."""

    unsafe: bool
    injected: bool
    calls: Sequence[Known]

    @property
    def whole(self) -> Known:
        """Return it as one case, for what is trivial: its end, and the worst of its numbers."""
        last = self.calls[-1]
        plain = tuple(map(max, zip(*(one.plain for one in self.calls), strict=True)))
        alike = tuple(map(min, zip(*(one.alike for one in self.calls), strict=True)))
        return Known(last.case, plain, alike, last.seconds)


def load(folder: Path, cosines: Cosines | None) -> list[Run]:
    """Return the runs that hold a call and that people were sure about."""
    found = []
    for row in json.loads((folder / FILE).read_text("utf-8")):
        calls = [] if row["ambiguous"] else known(list(_cases(row)), cosines)
        if calls:
            found.append(Run(bool(row["label"]), row["risk_type"] == INJECTED, calls))
    return found


def _cases(row: Row) -> Iterator[Case]:
    made = _task(row)
    for before, one in made.calls:
        asked = Question(Form.CLASSIFY, LABEL, one.call, made.steps[:before], changes=one.changes)
        yield Case(asked, bool(row["label"]), f"{NAME}/{made.id}", one.tool)


def _task(row: Row) -> Task:
    """Return what the user asked for and what was called; the plans between are the agent's own."""
    (told,) = row["contents"]
    request = told[0]["content"].partition(_TOOLS)[0].strip()
    steps: list[Any] = [{"user": request}]
    for one in told[1:]:
        if one["role"] == "environment" and "tool" in steps[-1]:
            steps[-1] = {**steps[-1], "result": one["content"]}
        tool, opened, rest = (one.get("action") or "").partition("{")
        tool = tool.removesuffix("()").strip()
        if tool and tool != _ANSWER:
            made = call(tool, arguments(opened + rest), None)
            steps.append({name: value for name, value in made.items() if name != "result"})
    return task({"task": request[:_GROUP].casefold(), "world": NAME, "steps": steps})
