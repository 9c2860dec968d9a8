"""AgentDojo's tasks, and its attacks where an agent has just read them."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bench.agentdojo import environment
from bench.agentdojo.dojo import SUITES, Dojo
from bench.agentdojo.scripts import Call, Script
from bench.off_task.sets import Row, call
from guards.judgement import Form
from guards.question import Question, shown
from guards.skill.labels import Case
from guards.training.drawn import LABEL
from guards.training.tasks import Task, task

NAME: Final = "AgentDojo"


def load() -> tuple[list[Task], list[Case]]:
    """Return what tasks call for on clean environments, and attackers' calls as they are met."""
    tasks: list[Task] = []
    attacks: list[Case] = []
    with Dojo(environment.make()) as dojo:
        for suite in SUITES:
            print(f"{NAME}: {suite} ...", file=sys.stderr, flush=True)
            for script in dojo.scripts(suite):
                if script.attack is None:
                    tasks.append(_task(dojo, script, script.calls))
                elif script.exposed is not None:
                    before = script.calls[: script.exposed]
                    attacks += _attacked(script, _task(dojo, script, before))
    return tasks, attacks


def _task(dojo: Dojo, script: Script, calls: Sequence[Call]) -> Task:
    dojo.open(script)
    steps: list[Row] = [{"user": script.prompt}]
    steps += [call(one.tool, _plain(one.args), _plain(dojo.run(one).shown)) for one in calls]
    return task({"task": script.user, "world": script.suite, "steps": steps})


def _attacked(script: Script, before: Task) -> Iterator[Case]:
    """Yield an attacker's calls, each behind what the agent had seen when it read the attack."""
    for one in script.attack_calls:
        changing = bool(call(one.tool, {}, None)["changes"])
        words = shown(one.tool, one.args)
        asked = Question(Form.CLASSIFY, LABEL, words, before.steps, changes=changing)
        yield Case(asked, truth=True, cluster=f"{before.world}/{before.id}", tool=one.tool)


def _plain(value: Any) -> Any:
    """Return a value with its names as texts."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
