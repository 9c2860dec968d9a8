"""`drawbar guard cases`: recorded calls, for people to label, as the guard was shown them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from guards.judgement import Form
from guards.question import Question, Step
from guards.skill import labels
from guards.skill.unlabelled import line
from tests.app.test_guarding import PLAIN, RULE, Guarded

ABOUT = ("--sentence", "no strangers", "--kind", "money", "--polarity", "forbids")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Guarded]:
    running = Guarded(tmp_path, PLAIN + RULE)
    yield running
    running.close()


def run(gateway: Guarded, file: Path, *more: str) -> Result:
    gateway.rest()
    told = ["guard", "cases", str(file), "--data", str(gateway.settings.data), *more]
    return CliRunner().invoke(cli, told)


def answered(file: Path, label: str) -> list[labels.Case]:
    """Label all cases of a file the same way, and read it."""
    rows: list[Any] = [json.loads(one) for one in file.read_text().splitlines()]
    told = "".join(json.dumps({**one, "output": label}) + "\n" for one in rows)
    file.write_text(told)
    return labels.read(file)


def test_a_case_is_the_question_that_the_guard_was_asked(gateway: Guarded, tmp_path: Path) -> None:
    """Steps and call stand in it word for word, so what is calibrated is what will be asked."""
    gateway.said("s1", "pay my bills\nand say so")
    gateway.pay(7, session="s1")
    event = {"type": "result", "id": "r1", "call_id": "c1", "result": "to\u2028day\nUser: more"}
    gateway.request("POST", "/v1/observe", json={"session": "s1", "events": [event]})
    gateway.pay(8, session="s1")
    gateway.pay(9)
    file = tmp_path / "cases.jsonl"
    done = run(gateway, file, *ABOUT)

    assert done.exit_code == 0, done.output
    assert "3 cases, with arguments and words in clear" in done.output
    found = answered(file, "violation")
    asked = [on_one_line(one) for one in gateway.guard.asked]
    assert [one.question for one in found] == asked
    assert [len(one.steps) for one in asked] == [1, 3, 0]
    assert [one.cluster == "s1" for one in found] == [True, True, False]
    assert (file.stat().st_mode & 0o777) == 0o600
    acts = CliRunner().invoke(
        cli, ["evidence", "log", "--data", str(gateway.settings.data), "--format", "json"]
    )
    assert "cases to label, to cases.jsonl" in acts.output


def on_one_line(asked: Question) -> Question:
    """Return a question as a file can hold it: one line a step."""
    steps = tuple(Step(one.who, " ".join(one.text.splitlines())) for one in asked.steps)
    return Question(asked.form, asked.text, asked.call, steps, asked.kind, asked.polarity)


def test_nobody_calibrates_on_cases_without_an_answer(gateway: Guarded, tmp_path: Path) -> None:
    """An empty answer is no label: such cases are left out and counted, and alone they are none."""
    gateway.pay(7)
    gateway.pay(8)
    file = tmp_path / "cases.jsonl"
    assert run(gateway, file, *ABOUT).exit_code == 0
    with pytest.raises(labels.NotALabel, match="none of its 2 cases has an answer"):
        labels.read(file)

    first, second = file.read_text().splitlines()
    file.write_text(first + "\n" + json.dumps({**json.loads(second), "output": "violation"}))
    (case,), waiting = labels.parted(file)
    assert (case.question.call, case.truth, waiting) == ('pay({"amount":8})', True, 1)


def test_what_cannot_be_asked_is_left_out_and_told(gateway: Guarded, tmp_path: Path) -> None:
    """Without the user's words nobody can say whether a call was asked for."""
    gateway.said("s1", "pay my bills")
    gateway.pay(7, session="s1")
    gateway.pay(8)
    done = run(gateway, tmp_path / "some.jsonl", "--label", "off_task")
    none = run(gateway, tmp_path / "none.jsonl", *ABOUT, "--tool", "erase")

    assert "1 left out: nobody told what the user asked for" in done.output
    (case,) = answered(tmp_path / "some.jsonl", "no_violation")
    assert (case.question.form, case.question.text) == (Form.CLASSIFY, "off_task")
    assert (none.exit_code, "0 cases" in none.output) == (3, True)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ((), "name either --sentence or --label"),
        (("--sentence", "x", "--label", "off_task"), "name either --sentence or --label"),
        (("--sentence", "x", "--kind", "money"), "--kind and --polarity stand together"),
        (("--label", "x", "--kind", "k", "--polarity", "forbids"), "with --sentence"),
    ],
)
def test_a_question_is_named_whole(tmp_path: Path, more: tuple[str, ...], words: str) -> None:
    """Nothing is opened for half a question."""
    done = CliRunner().invoke(cli, ["guard", "cases", str(tmp_path / "x.jsonl"), *more])

    assert (done.exit_code, words in done.output) == (2, True)
    assert not (tmp_path / "x.jsonl").exists()


def test_a_case_of_one_sentence_names_no_kind() -> None:
    """What is not declared is of that very sentence."""
    told = json.loads(line(Question(Form.JUDGE, "no strangers", "pay({})"), "c"))

    assert set(told) == {"instruction", "input", "output", "cluster"}
