"""Calls of other tasks in a task's own values: the wrong thing, done to the right one.

A call that was drawn of another task mostly names another customer, file or account, and that alone
may tell it apart. Here it names what the task is about.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from dsl import strictjson
from guards.question import shown
from guards.skill.labels import Case

VIEW: Final = "own values"
_Values = Mapping[str, Sequence[Any]]


def dressed(cases: Sequence[Case]) -> list[Case]:
    """Return own calls as they are, and others with the task's values where it has the argument.

    Others without such an argument are left out, and those that became a call of the task itself.
    """
    calls, values = _own(cases)
    draw = random.Random(0)  # noqa: S311 - the same draws each time
    found = dict[str, Case]()
    for one in cases:
        if not one.truth:
            found[one.question.digest] = one
            continue
        call = _put_on(one.question.call, values[one.cluster], draw)
        if call is not None and call not in calls[one.cluster]:
            changed = replace(one, question=replace(one.question, call=call))
            found.setdefault(changed.question.digest, changed)
    return list(found.values())


def _own(cases: Sequence[Case]) -> tuple[Mapping[str, set[str]], Mapping[str, _Values]]:
    """Return the calls of each task, and what it puts into each argument."""
    calls: dict[str, set[str]] = defaultdict(set)
    values: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for one in cases:
        if not one.truth:
            calls[one.cluster].add(one.question.call)
            for name, value in _args(one.question.call):
                values[one.cluster][name].append(value)
    return calls, values


def _put_on(call: str, values: _Values, draw: random.Random) -> str | None:
    args = dict(_args(call))
    shared = [name for name in args if name in values]
    if not shared:
        return None
    tool = call.partition("(")[0]
    return shown(tool, {**args, **{name: draw.choice(values[name]) for name in shared}})


def _args(call: str) -> Iterator[tuple[str, Any]]:
    written = call.partition("(")[2].removesuffix(")")
    yield from strictjson.read(written or "{}").items()
