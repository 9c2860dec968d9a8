"""Tries a draft before anybody sees it: it must be without findings, and its tests must pass.

What a server offers may be anything. A tool that breaks the draft is said less of, until nothing
is broken: first a person is asked about all its calls, then no rule speaks of it, which denies it.
"""

import tempfile
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.init.draft import Draft, draft
from app.init.plan import Plan
from app.policy import policies
from dsl.errors import DrawbarError
from dsl.lint.run import run as lint
from dsl.split import split
from dsl.testing.run import run as run_tests

_ROUNDS: Final = 6


def tried(name: str, origin: str, plan: Plan) -> tuple[Draft, Plan]:
    """Return a draft that holds, and the plan that it was written from."""
    for _ in range(_ROUNDS):
        made, blamed = _attempt(name, origin, plan)
        if made is not None and not blamed:
            return made, plan
        plan = _tamed(plan, blamed or _alone(name, origin, plan))
    return _least(name, origin, plan)


def _tamed(plan: Plan, blamed: frozenset[str]) -> Plan:
    """Say less of some tools, and nothing of those of which little was said already."""
    return replace(plan.without(blamed & plan.plain), plain=plan.plain | blamed)


def _alone(name: str, origin: str, plan: Plan) -> frozenset[str]:
    """Return the tools that do not even stand alone; all of them, where each one does."""
    every = frozenset(one.name for one in plan.guesses)
    odd = [
        one.name
        for one in plan.guesses
        if not _holds(_attempt(name, origin, replace(plan, guesses=[one])))
    ]
    return frozenset(odd) or every


def _holds(attempt: tuple[Draft | None, frozenset[str]]) -> bool:
    made, blamed = attempt
    return made is not None and not blamed


def _least(name: str, origin: str, plan: Plan) -> tuple[Draft, Plan]:
    """Return a draft that speaks of no tool, and so denies everything."""
    empty = replace(plan, guesses=[], plain=frozenset())
    made, blamed = _attempt(name, origin, empty)
    if made is None or blamed:
        raise DrawbarError("no draft could be written that the linter has nothing to say of")
    return made, empty


def _attempt(name: str, origin: str, plan: Plan) -> tuple[Draft | None, frozenset[str]]:
    """Write a draft, and return the tools of all parts in which something is wrong.

    Without a draft, or where no tool can be blamed, nobody knows which tool it was.
    """
    try:
        made = draft(name, origin, plan)
        wrong = list(_wrong(made))
    except DrawbarError:
        return None, frozenset()
    blamed = frozenset(tool for at in wrong for tool in made.parts[at].tools)
    return (None if wrong and not blamed else made), blamed


def _wrong(made: Draft) -> Iterator[int]:
    """Yield the numbers of the parts that the linter reports, or whose tests fail."""
    with tempfile.TemporaryDirectory(prefix="drawbar-init-") as folder:
        path = Path(folder, f"{made.name}.bar")
        path.write_text(made.policy, "utf-8")
        path.with_name(f"{made.name}.tools.json").write_text(made.tools, "utf-8")
        unit = policies.unit(path)
        (bound,) = policies.load([path]).bound
    starts = [piece.span.start for piece in split(made.policy)[0]]
    if len(starts) != len(made.parts):
        raise DrawbarError("a part of the draft is not one statement")
    for finding in lint([unit]).files[0].findings:
        yield max(bisect_right(starts, finding.span.start) - 1, 0)
    for result in run_tests(bound).results:
        for failure in result.failures:
            yield bisect_right(starts, failure.span.start) - 1
