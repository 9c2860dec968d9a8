"""Training the head: labels that nobody gave, trees that repeat, and what is kept of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from guards.classifier.embedded.off_task import head
from guards.classifier.embedded.off_task.features import features
from guards.skill.bounds import auroc
from guards.training.boosting import Growth, grown
from guards.training.drawn import drawn
from guards.training.off_task import CARD, NotTrainable, is_held, keep, trained
from guards.training.tasks import NotATask, Task, read, task

NAMES = ["Ada", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida", "Jon", "Kim", "Lea"]


def told(number: int, world: str = "bank") -> dict[str, Any]:
    """Return a task of a world that stands for none of the public ones."""
    name, amount = NAMES[number % len(NAMES)], 100 + number
    deed = ("pay", "mail")[number % 2]
    return {
        "task": f"t{number}",
        "world": world,
        "steps": [
            {"user": f"Please {deed} {name} {amount}."},
            {"tool": "find_person", "args": {"name": name}, "result": {"id": f"p{number}"}},
            {
                "tool": f"{deed}_person",
                "args": {"id": f"p{number}", "amount": amount},
                "changes": True,
            },
        ],
    }


def tasks(number: int) -> list[Task]:
    return [task(told(one)) for one in range(number)]


def test_calls_of_others_stand_where_the_own_call_stood() -> None:
    """Each own call comes once, with so many of other tasks behind the very same steps."""
    cases = drawn(tasks(6), each=2)

    assert (len(cases), sum(one.truth for one in cases)) == (6 * 2 * 3, 6 * 2 * 2)
    for at in range(0, len(cases), 3):
        own, *others = cases[at : at + 3]
        assert not own.truth
        assert all(one.truth and one.cluster == own.cluster for one in others)
        assert all(one.question.steps == own.question.steps for one in others)
        assert all(one.question.call != own.question.call for one in others)
    assert drawn(tasks(6)) == drawn(tasks(6)) != drawn(tasks(6), seed=1)


def test_a_call_that_the_task_makes_itself_is_never_another_s() -> None:
    """What two tasks both call is what was asked for in both; a task told twice counts once."""
    shared = {"tool": "list_all", "args": {}}
    rows = [told(one) | {"steps": [*told(one)["steps"], shared]} for one in range(4)]
    cases = drawn([task(one) for one in [*rows, *rows]], each=3)

    assert not any(one.truth and one.tool == "list_all" for one in cases)
    assert sum(not one.truth for one in cases) == 4 * 3


def test_only_tools_that_the_agent_had_are_drawn_and_only_of_its_world() -> None:
    """A call that nobody could have made says nothing of a head."""
    mine = task(told(0) | {"tools": ["find_person"]})
    others = [task(told(one)) for one in range(1, 4)] + [task(told(5, world="shop"))]
    cases = [one for one in drawn([mine, *others]) if one.cluster == "bank/t0" and one.truth]

    assert {one.tool for one in cases} == {"find_person"}
    assert drawn([task(told(5, world="shop"))]) == []


ROWS = [(at * 37 % 300 / 300, at % 3 / 2, 0.0) for at in range(300)]


def test_trees_find_what_is_there_and_repeat_to_the_bit() -> None:
    """Two of three numbers tell, one is always the same; nothing depends on chance or order."""
    truths = [a + b > 1 for a, b, _ in ROWS]
    one, other = grown(ROWS, truths), grown(ROWS, truths)

    assert one == other
    assert set(one.feature) == {-1, 0, 1}
    found = auroc([(one.logit(row), truth) for row, truth in zip(ROWS, truths, strict=True)])
    assert found is not None
    assert found > 0.98


def test_trees_of_what_tells_nothing_say_nothing() -> None:
    """Rows that are all alike part nothing: both classes weigh alike, so the score is even."""
    made = grown([(1.0,)] * 40, [at < 10 for at in range(40)], Growth(trees=3))

    assert abs(made.logit((1.0,))) < 1e-9
    with pytest.raises(ValueError, match="both kinds"):
        grown([(1.0,)], [True])


def test_a_head_is_trained_measured_on_other_tasks_and_kept(tmp_path: Path) -> None:
    """It tells calls apart that it never saw, repeats to the byte, and its card says on what."""
    cases = drawn(tasks(40))
    one, other = (trained(cases, resamples=50) for _ in range(2))

    assert one == other
    assert one.changing is not None
    assert one.changing.auroc > 0.9
    assert one.changing.clusters == len({c.cluster for c in cases if is_held(c.cluster, 0)})
    about = {"tasks": "t.jsonl", "tasks_sha256": "x", "seed": 0}
    assert keep(tmp_path, one, about)
    content = (tmp_path / head.FILE).read_bytes()
    assert keep(tmp_path, other, about)
    assert (tmp_path / head.FILE).read_bytes() == content
    assert "labels are of nobody" in (tmp_path / CARD).read_text("utf-8")
    question = next(c.question for c in cases if c.question.changes)
    assert head.read(tmp_path).logit(question) == one.trees.logit(features(question))


def test_a_worse_head_never_replaces_a_better_one(tmp_path: Path) -> None:
    """On the same file a lower bound is not written; on another file the two cannot be compared."""
    made = trained(drawn(tasks(40)), resamples=50)
    keep(tmp_path, made, {"tasks_sha256": "x"})
    about = json.loads((tmp_path / head.ABOUT).read_text("utf-8")) | {"bound": 2.0}
    (tmp_path / head.ABOUT).write_text(json.dumps(about), "utf-8")

    assert not keep(tmp_path, made, {"tasks_sha256": "x"})
    assert keep(tmp_path, made, {"tasks_sha256": "y"})


def test_too_few_tasks_are_refused() -> None:
    """Nothing is learned of one kind, and nothing is said that was not measured."""
    with pytest.raises(NotTrainable, match="both kinds"):
        trained([one for one in drawn(tasks(40)) if one.truth])
    held = [one for one in tasks(40) if not is_held(f"bank/{one.id}", 0)]
    with pytest.raises(NotTrainable, match="measure"):
        trained(drawn(held))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[", "not JSON"),
        ("[]", "is an object"),
        ('{"task": 1, "steps": []}', "are texts"),
        ('{"task": "a", "steps": [], "more": 1}', "no `more`"),
        ('{"task": "a", "tools": "t", "steps": []}', "list of names"),
        ('{"task": "a", "steps": [{}]}', "either"),
        ('{"task": "a", "steps": [{"user": 1}]}', "stands alone"),
        ('{"task": "a", "steps": [{"tool": "t", "args": 1}]}', "object"),
        ('{"task": "a", "steps": [{"tool": "t", "changes": 1}]}', "true or false"),
        ('{"task": "a", "steps": [{"tool": "t", "arg": 1}]}', "no `arg`"),
    ],
)
def test_a_line_that_is_no_task_is_named(tmp_path: Path, line: str, words: str) -> None:
    """Whoever writes the file learns which line is wrong, and why."""
    path = tmp_path / "tasks.jsonl"
    path.write_text(json.dumps(told(1)) + "\n\n" + line + "\n", "utf-8")
    with pytest.raises(NotATask, match=f":3: .*{words}"):
        read(path)
    path.write_text(json.dumps(told(1)) + "\n", "utf-8")
    assert read(path) == [task(told(1))]
