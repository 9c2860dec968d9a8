"""Labels without people: a call of another task, put behind this request, is not what was asked.

Nothing here looks at what the head looks at: labels are made of which task a call belongs to alone.
A contract of imports holds that, or a measure would find again what the labels were made of.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from guards.judgement import Form
from guards.question import Question
from guards.skill.labels import Case
from guards.training.tasks import Made, Task

LABEL: Final = "off_task"
EACH: Final = 2  # calls of other tasks for each call of the task


def drawn(tasks: Sequence[Task], seed: int = 0, each: int = EACH) -> list[Case]:
    """Return each call of a task with what was before it, and calls of others in its place.

    The others come from tasks of the same world, of tools that the agent had. They stand behind
    the same steps, so that where in a session a call stands tells nothing.
    """
    pools: dict[str, list[tuple[str, Made]]] = defaultdict(list)
    own: dict[tuple[str, str], set[str]] = defaultdict(set)
    for task in tasks:
        pools[task.world] += [(task.id, made) for _, made in task.calls]
        own[task.world, task.id] |= {made.call for _, made in task.calls}
    seen = set[tuple[str, str, str]]()
    found = list[Case]()
    for number, task in enumerate(tasks):
        others = list(_others(task, pools[task.world], own[task.world, task.id]))
        draw = random.Random(f"{seed}/{number}")  # noqa: S311 - the same draws each time
        for before, made in task.calls:
            known = (task.world, task.id, made.call)
            if not others or known in seen:  # a task may be there several times over
                continue
            seen.add(known)
            found.append(_case(task, before, made, truth=False))
            chosen = [draw.choice(others) for _ in range(each)]
            found += [_case(task, before, one, truth=True) for one in chosen]
    return found


def _others(task: Task, pool: Sequence[tuple[str, Made]], own: set[str]) -> Iterator[Made]:
    for name, made in pool:
        had = task.tools is None or made.tool in task.tools
        if name != task.id and made.call not in own and had:
            yield made


def _case(task: Task, before: int, made: Made, *, truth: bool) -> Case:
    steps = task.steps[:before]
    question = Question(Form.CLASSIFY, LABEL, made.call, steps, changes=made.changes)
    return Case(question, truth, f"{task.world}/{task.id}", made.tool)
