"""Training a tiny encoder: seeded, ended at any moment, and never to the worse."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from guards.classifier.encoder import folder as folders
from guards.training import checkpoint, keeping
from guards.training.figures import Figures
from guards.training.keeping import NotATraining
from guards.training.plan import Plan
from guards.training.run import Outcome, run
from guards.training.weights import WEIGHTS
from tests.guards.encoder import tiny

pytestmark = pytest.mark.torch
QUICK = {"rate": 1e-3, "epochs": 6, "batch": 8, "patience": 6}


class Killed(Exception):
    """The process ended here."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("training")
    labels = tiny.cases(folder / "labels.jsonl", 160)
    return Plan(labels, tiny.base(folder / "base"), folder / "out", **QUICK)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def outcome(plan: Plan, told: list[str]) -> Outcome:
    return run(plan, told.append)


def test_it_learns_what_one_word_tells(outcome: Outcome) -> None:
    """On cases held back it is surely better than all that needs no model."""
    assert outcome.kept is None
    assert outcome.figures.shows_something
    assert outcome.figures.auroc > 0.95
    assert outcome.figures.off < 0.5


def test_the_folder_says_what_it_is(plan: Plan, outcome: Outcome) -> None:
    """Every file has its digest, and the card has the counts, the figures and the limits."""
    told = json.loads((plan.out / keeping.FILE).read_text())
    names = {one.name for one in plan.out.iterdir()} - {keeping.FILE}

    assert set(told["files"]) == names
    assert {"config.json", WEIGHTS, "tokenizer.json", "model.onnx", "card.md"} <= names
    for name, digest in told["files"].items():
        assert folders.sha256((plan.out / name).read_bytes()) == digest
    assert told["figures"]["bound"] == outcome.figures.bound
    card = (plan.out / "card.md").read_text()
    assert f"bound {outcome.figures.bound:.3f}" in card
    assert "## Limits" in card
    assert folders.read(plan.out).outputs == ("no_violation", "violation")
    assert not plan.work.exists()


def test_one_plan_gives_the_same_weights_also_after_kills(plan: Plan, outcome: Outcome) -> None:
    """Ended twice, in the middle of an epoch and between two, it ends with the same bytes."""
    again = replace(plan, out=plan.out.with_name("again"), save_s=0.0)
    for steps in (9, 6):
        with pytest.raises(Killed):
            _run_for(again, steps)
        assert (again.work / checkpoint.FILE).is_file()
    told: list[str] = []

    run(again, told.append)

    assert any(one.startswith("going on after epoch") for one in told)
    for name in (WEIGHTS, "model.onnx", "tokenizer.json"):
        assert (again.out / name).read_bytes() == (plan.out / name).read_bytes()
    assert outcome.figures.bound == keeping.bound(again.out)


def test_another_seed_gives_other_weights_and_takes_up_nothing(
    plan: Plan, outcome: Outcome
) -> None:
    """What a run with other settings has left behind is not gone on with."""
    other = replace(plan, out=plan.out.with_name("other"), seed=1, save_s=0.0)
    with pytest.raises(Killed):
        _run_for(replace(other, seed=2), 3)
    told: list[str] = []

    run(other, told.append)

    assert not any(one.startswith("going on") for one in told)
    assert (other.out / WEIGHTS).read_bytes() != (plan.out / WEIGHTS).read_bytes()
    assert outcome.kept is None


def test_a_worse_one_never_replaces_a_better_one(plan: Plan, outcome: Outcome) -> None:
    """A lower bound leaves the folder as it is, byte by byte, and says where the new one lies."""
    before = {one.name: one.read_bytes() for one in plan.out.iterdir()}
    worse = replace(plan, labels=_at_random(plan.labels), epochs=1)

    found = run(worse, lambda _: None)

    assert found.kept == outcome.figures.bound > found.figures.bound
    assert {one.name: one.read_bytes() for one in plan.out.iterdir()} == before
    assert found.folder.is_dir()
    assert found.folder != plan.out


def test_a_folder_of_something_else_is_left_alone(plan: Plan, tmp_path: Path) -> None:
    """Nothing is trained for hours and then put over files that are no training."""
    (tmp_path / "thesis.txt").write_text("the only copy")

    with pytest.raises(NotATraining, match="holds something else"):
        run(replace(plan, out=tmp_path), lambda _: None)

    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_bound_below_the_best_baseline_has_shown_nothing() -> None:
    """Length alone often tells generated cases apart: then a bound below it is no skill."""
    told = {"held": 40, "clusters": 10, "auroc": 0.9, "bound": 0.8, "off": 0.0}

    assert Figures(**told, baselines={"length": 0.7}).shows_something  # type: ignore[arg-type]
    assert not Figures(**told, baselines={"length": 0.85}).shows_something  # type: ignore[arg-type]


def _at_random(labels: Path) -> Path:
    """Write the same cases with labels that follow from nothing in them."""
    rows = [json.loads(line) for line in labels.read_text().splitlines()]
    for number, row in enumerate(rows):
        row["output"] = "violation" if number // 2 % 2 else "no_violation"
    path = labels.with_name("random.jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _run_for(plan: Plan, steps: int) -> None:
    """Run, and end as a kill does after so many steps were saved."""
    left = steps

    def write(*told: object) -> None:
        nonlocal left
        _write(*told)
        left -= 1
        if left < 0:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "write", write)
        run(plan, lambda _: None)


_write: Callable[..., None] = checkpoint.write
