"""Trains on some sets, and measures on those that were left out."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.off_task import dressed, ngrams, runs
from bench.off_task.cases import ALL, CHANGING, Known, Subset
from bench.off_task.dojo import NAME as DOJO
from bench.off_task.runs import Run
from bench.off_task.score import Scored, figures, told_apart
from guards.classifier.embedded.off_task import npz
from guards.classifier.embedded.off_task.trees import Trees
from guards.training.boosting import grown

FEWEST: Final = 60  # of so few cases no figure says anything
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measuring:
    """All cases by their set, attackers' calls, which are of one set, and runs people labelled."""

    sets: Mapping[str, Sequence[Known]]
    attacks: Sequence[Known]
    with_cosines: bool
    dressed: Mapping[str, Sequence[Known]] = field(default_factory=dict)  # in a task's own values
    runs: Sequence[Run] = ()

    @property
    def arms(self) -> tuple[bool, ...]:
        """Return with and without cosines, as far as there is an encoder."""
        return (False, True) if self.with_cosines else (False,)


def measured(what: Measuring, tell: Tell) -> list[dict[str, Any]]:
    """Return the rows of all measures."""
    rows = list[dict[str, Any]]()
    for test in what.sets:
        for cosines in what.arms:
            tell(f"{test}, trained on the others, {'with' if cosines else 'without'} cosines ...")
            rows += _left_out(what, test, cosines=cosines)
    tell("runs that people labelled, trained on all sets ...")
    rows += _runs(what)
    tell("trained on one set, measured on another ...")
    rows += _pairs(what)
    rows.append(speed(what))
    return rows


def _left_out(what: Measuring, test: str, *, cosines: bool) -> Iterator[dict[str, Any]]:
    """Yield the rows of a set that the trees never saw."""
    train = [one for name, cases in what.sets.items() if name != test for one in cases]
    model = _grown(train, cosines=cosines)
    words = ngrams.learned([one.case for one in train])
    about = {"measure": "left_out", "test": test, "cosines": cosines}
    for name, cases in _views(what, test).items():
        for subset in (CHANGING, ALL):
            chosen = [one for one in cases if subset.holds(one.case)]
            if _enough(chosen):
                scored = _scored(model, chosen, cosines=cosines)
                yield {**about, "view": name, "subset": subset.name, **figures(scored, words)}


def _views(what: Measuring, test: str) -> dict[str, list[Known]]:
    """Return the cases of a set: as drawn, drawn of the same tools, and with real attacks."""
    cases = what.sets[test]
    found = {"drawn": list(cases), "same tools": _of_same_tools(cases)}
    found[dressed.VIEW] = list(what.dressed.get(test, ()))
    if test == DOJO:
        found["attacks"] = [*(one for one in cases if not one.case.truth), *what.attacks]
    return found


def _of_same_tools(cases: Sequence[Known]) -> list[Known]:
    """Return own calls, and of the others those of tools that the task calls itself."""
    own: dict[str, set[str]] = {}
    for one in cases:
        if not one.case.truth:
            own.setdefault(one.case.cluster, set()).add(one.case.tool)
    return [one for one in cases if one.case.tool in own.get(one.case.cluster, ())]


def _runs(what: Measuring) -> Iterator[dict[str, Any]]:
    """Yield the rows of runs: each scored by its worst call."""
    train = [one for cases in what.sets.values() for one in cases]
    words = ngrams.learned([one.case for one in train])
    chosen = {"all": list(what.runs), "injected": [one for one in what.runs if one.injected]}
    for cosines in what.arms:
        model = _grown(train, cosines=cosines)
        for name, of in chosen.items():
            scored = [_worst(model, one, cosines=cosines) for one in of]
            if _enough([one.known for one in scored]):
                about = {"measure": "runs", "test": runs.NAME, "subset": name, "view": "runs"}
                yield {**about, "cosines": cosines, **figures(scored, words)}


def _worst(model: Trees, run: Run, *, cosines: bool) -> Scored:
    logit = max(model.logit(one.row(with_cosines=cosines)) for one in run.calls)
    return Scored(run.whole, logit)


def _pairs(what: Measuring) -> Iterator[dict[str, Any]]:
    for train in what.sets:
        model = _grown(what.sets[train], cosines=False)
        for test in what.sets:
            for subset in (CHANGING, ALL) if test != train else ():
                yield from _pair(what, (train, test), subset, model)


def _pair(
    what: Measuring, names: tuple[str, str], subset: Subset, model: Trees
) -> Iterator[dict[str, Any]]:
    train, test = names
    chosen = [one for one in what.sets[test] if subset.holds(one.case)]
    if _enough(chosen):
        about = {"measure": "pair", "train": train, "test": test, "subset": subset.name}
        yield {**about, **told_apart(_scored(model, chosen, cosines=False))}


def _enough(chosen: Sequence[Known]) -> bool:
    kinds = {one.case.truth for one in chosen}
    return len(chosen) >= FEWEST and len(kinds) == 2  # noqa: PLR2004 - what was asked for, or not


def _grown(cases: Sequence[Known], *, cosines: bool) -> Trees:
    rows = [one.row(with_cosines=cosines) for one in cases]
    return grown(rows, [one.case.truth for one in cases])


def _scored(model: Trees, cases: Sequence[Known], *, cosines: bool) -> list[Scored]:
    return [Scored(one, model.logit(one.row(with_cosines=cosines))) for one in cases]


def speed(what: Measuring) -> dict[str, Any]:
    """Return the processor time of facts and trees for one call, without cosines."""
    cases = [one for found in what.sets.values() for one in found]
    model = _grown(cases[:1000], cosines=False)
    times = []
    for one in cases:
        began = time.thread_time()
        model.logit(one.plain)
        times.append(one.seconds + time.thread_time() - began)
    times.sort()
    at = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
    found = {name: round(times[int(len(times) * share)] * 1e3, 3) for name, share in at.items()}
    size = len(npz.written(model.arrays()))
    return {"measure": "speed", "n": len(times), **found, "bytes": size}
