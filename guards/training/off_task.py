"""Trains the head that says whether a call is what the user asked for, and measures it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guards.classifier.embedded.off_task import head
from guards.classifier.embedded.off_task.features import VERSION, features
from guards.classifier.embedded.off_task.trees import Trees
from guards.judgement import NoJudgement
from guards.skill.bounds import RESAMPLES, Labelled, auroc, surely
from guards.skill.labels import Case
from guards.skill.measure import Answered, baselines
from guards.training.boosting import Growth, Row, grown

HELD: Final = 4  # one task of so many is held out
CARD: Final = "card.md"
Progress = Callable[[int], None]


class NotTrainable(ValueError):
    """Cases that nothing can be learned from, or be measured on."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How well calls are told apart on cases that were not trained on."""

    cases: int
    clusters: int
    auroc: float
    bound: float
    baselines: dict[str, float]

    @property
    def beats(self) -> bool:
        """Tell whether it is surely better than looking at nothing but what is trivial."""
        return self.bound > max(self.baselines.values())


@dataclass(frozen=True, slots=True)
class Trained:
    """A head, and what it showed on tasks held out: on calls that change something, and on all."""

    trees: Trees
    cases: int
    changing: Shown | None
    all: Shown


def trained(
    cases: Sequence[Case],
    seed: int = 0,
    progress: Progress = lambda _done: None,
    resamples: int = RESAMPLES,
) -> Trained:
    """Train on most tasks, measure on the others."""
    held = [one for one in cases if is_held(one.cluster, seed)]
    ours = [one for one in cases if not is_held(one.cluster, seed)]
    rows = readable(ours)
    try:
        made = grown([row for _, row in rows], [one.truth for one, _ in rows], Growth(), progress)
    except ValueError as error:
        raise NotTrainable(str(error)) from error
    whole = shown(made, held, resamples)
    if whole is None:
        raise NotTrainable("no task is left to measure on: there must be more of them")
    changing = shown(made, [one for one in held if one.question.changes], resamples)
    return Trained(made, len(rows), changing, whole)


def is_held(cluster: str, seed: int) -> bool:
    """Tell whether a task is held out: by its name alone, so that new ones move no other."""
    return hashlib.sha256(f"{seed}/{cluster}".encode()).digest()[0] % HELD == 0


def readable(cases: Sequence[Case]) -> list[tuple[Case, Row]]:
    """Return cases with their numbers; those that cannot be read are left out."""
    found: list[tuple[Case, Row]] = []
    for one in cases:
        try:
            found.append((one, features(one.question)))
        except NoJudgement:
            continue
    return found


def shown(trees: Trees, cases: Sequence[Case], resamples: int = RESAMPLES) -> Shown | None:
    """Return how well trees tell cases apart; none where only one kind is there."""
    answered = [Answered(one, trees.logit(row)) for one, row in readable(cases)]
    found = auroc([(one.logit, one.case.truth) for one in answered])
    if found is None:
        return None
    labelled = [Labelled(one.logit, one.case.truth, one.case.cluster) for one in answered]
    clusters = len({one.cluster for one in labelled})
    bound = surely(labelled, resamples=resamples)
    return Shown(len(answered), clusters, found, bound, baselines(answered))


def keep(folder: Path, made: Trained, told: dict[str, Any]) -> bool:
    """Write a head, unless one with a better bound on the same file is there; tell whether."""
    bound = made.all.bound
    known = head.told(folder)
    if known is not None and _better(known, told, bound):
        return False
    figures = {"bound": bound, "auroc": made.all.auroc, "cases": made.cases, **told}
    head.write(folder, made.trees, figures)
    (folder / CARD).write_text(card(made, told), "utf-8")
    return True


def _better(known: dict[str, Any], told: dict[str, Any], bound: float) -> bool:
    same = known.get("tasks_sha256") == told.get("tasks_sha256") and known["version"] == VERSION
    return same and float(known.get("bound", 0.0)) > bound


def card(made: Trained, told: dict[str, Any]) -> str:
    """Return what people should know of a head, as Markdown."""
    rows = [_row("all calls", made.all)]
    if made.changing is not None:
        rows.insert(0, _row("calls that change something", made.changing))
    return "\n".join(
        [
            "# A head for `off_task`",
            "",
            f"Trained on {made.cases} calls of `{told.get('tasks')}`, seed {told.get('seed')}.",
            "The labels are of nobody: calls of a task count as what its user asked for, and calls",
            "of other tasks, drawn at random, as what was not. Measured on tasks held out.",
            "",
            "| on | calls | tasks | AUROC | lower bound | best baseline |",
            "| --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            "This enforces nothing. `drawbar guard calibrate` shows on labels of people what it is",
            "good for, and until then it is heard in shadow.",
            "",
        ]
    )


def _row(name: str, one: Shown) -> str:
    best = max(one.baselines, key=lambda key: one.baselines[key])
    figures = f"{one.auroc:.3f} | {one.bound:.3f} | {best} {one.baselines[best]:.3f}"
    return f"| {name} | {one.cases} | {one.clusters} | {figures} |"
