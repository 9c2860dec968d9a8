"""`drawbar guard`: from a served guard to rules that may rest on it, and help where it cannot be.

The server is a stand-in that speaks the protocol; the labels are made up, so the figures say
nothing of any model.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from app.config_file import SettingsError
from app.guarding.guarding import Guards
from app.guarding.settings import GuardSettings
from app.settings import load
from app.telemetry import Metrics
from dsl.errors import DrawbarError
from guards.classifier.vllm.http import Http
from guards.judgement import Form
from guards.question import Question
from tests.guards.serving import MODEL, Serving, chat

CHAT = "/v1/chat/completions"


@pytest.fixture
def server() -> Iterator[Serving]:
    with Serving() as running:
        running.answers[CHAT] = lambda body: by_words(body["messages"][0]["content"])
        yield running


def by_words(text: str) -> Any:
    """Find a violation where the last call says so, more or less surely."""
    call = text.rsplit("Call: ", maxsplit=1)[-1]
    is_evil = {11: -0.1 - len(call) % 7 / 50, 21: -4.0}
    return chat(is_evil if "evil" in call else {11: -4.0, 21: -0.1})


def run(server: Serving, command: str, folder: Path, *more: str) -> Result:
    told = ["--family", "policyguard", "--model", MODEL, "--folder", str(folder)]
    return CliRunner().invoke(cli, ["guard", command, server.address, *told, *more])


def label(number: int, *, bad: bool, **more: str) -> dict[str, str]:
    policy = f"Policy number {number % 40:02}: never do evil."
    call = f'pay({{"to":"{"evil" if bad else "good"}{number:04}"}})'
    told = f"Policy: {policy}\nTrajectory Actions: list({{}})\n{call}\nDomain: bank\nSubdomain: x"
    output = "violation" if bad else "no_violation"
    return {"instruction": "Decide.", "input": told, "output": output, **more}


def labels(folder: Path, number: int, **more: str) -> Path:
    path = folder / "labels.jsonl"
    rows = [label(one, bad=(one // 40) % 2 == 0, **more) for one in range(number)]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    return path


def test_a_guard_becomes_enforceable_by_labels_of_people(server: Serving, tmp_path: Path) -> None:
    """Verified and calibrated: the gateway then rests on its scores for that kind, and no other."""
    verified = run(server, "verify", tmp_path / "g")
    assert verified.exit_code == 0, verified.output
    assert "known question 8 of 8" in verified.output
    path = labels(tmp_path, 800, kind="evil_deeds", polarity="forbids")
    done = run(server, "calibrate", tmp_path / "g", "--labels", str(path))

    assert done.exit_code == 0, done.output
    assert "may enforce: judge, kind `evil_deeds forbids`" in done.output
    card = (tmp_path / "g" / "card.md").read_text()
    assert "May enforce." in card
    assert "labels held out" in done.output.partition("unknown (`in_band`): ")[2]
    assert "surely misses at most 5% of violations: `>= 0." in card
    assert asked_through(server, tmp_path / "g", "evil_deeds") == (None, "score")
    assert asked_through(server, tmp_path / "g", "other") == ("uncalibrated", None)


def test_verify_says_what_becomes_of_an_older_calibration(server: Serving, tmp_path: Path) -> None:
    """Verified again the same weights keep their skill; others under that name have none."""
    folder = tmp_path / "g"
    assert "skill.json" not in run(server, "verify", folder).output
    path = labels(tmp_path, 800, kind="evil_deeds", polarity="forbids")
    assert run(server, "calibrate", folder, "--labels", str(path)).exit_code == 0
    assert "skill.json is of this guard and still counts" in run(server, "verify", folder).output
    assert asked_through(server, folder, "evil_deeds") == (None, "score")
    server.answers[CHAT] = lambda _: chat({11: -0.1, 21: -4.0})
    assert "counts no more: run `drawbar guard calibrate`" in run(server, "verify", folder).output

    assert asked_through(server, folder, "evil_deeds") == ("uncalibrated", None)


def asked_through(server: Serving, folder: Path, kind: str) -> tuple[str | None, str | None]:
    """Return what a gateway with these settings gets: a cause, or that there is a score."""
    told = {"url": server.address, "family": "policyguard", "model": MODEL, "folder": folder}
    made = GuardSettings.model_validate({**told, "timeout_ms": 10_000})
    guards = Guards({"g": made}, Metrics())
    (one,) = guards.askers.values()

    async def ask() -> tuple[str | None, str | None]:
        await one.check()
        question = Question(
            Form.JUDGE, "Do no evil.", 'pay({"to":"evil0001"})', (), kind, "forbids"
        )
        said = await one.ask(Form.JUDGE, lambda: question, "t", 60)
        await one.guard.close()
        return said.cause, None if said.p is None else "score"

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("number", "more", "lacks"),
    [
        (40, {"kind": "evil_deeds", "polarity": "forbids"}, "labels enough to calibrate on"),
        (40, {"kind": "a", "polarity": "forbids"}, "missing: at least 60 more labels, of them 18"),
        (100, {"kind": "a", "polarity": "forbids", "cluster": "one"}, "29 more groups of labels"),
        (100, {}, "29 more groups of labels"),  # each sentence alone is one group
        (100, {}, "labels without `cluster` are one group a sentence"),
    ],
)
def test_too_few_labels_say_what_is_missing(
    server: Serving, tmp_path: Path, number: int, more: Any, lacks: str
) -> None:
    """Nothing may enforce then, which is a finding (3), and what is missing is said."""
    run(server, "verify", tmp_path / "g")
    done = run(
        server, "calibrate", tmp_path / "g", "--labels", str(labels(tmp_path, number, **more))
    )

    assert (done.exit_code, lacks in done.output) == (3, True), done.output


def test_a_guard_that_guesses_may_not_enforce(server: Serving, tmp_path: Path) -> None:
    """Many labels help nothing where the guard is no better than the baselines."""
    run(server, "verify", tmp_path / "g")
    path = labels(tmp_path, 400, kind="evil_deeds", polarity="forbids")
    server.answers[CHAT] = lambda body: (
        by_words(body["messages"][0]["content"])
        if "Policy number" not in body["messages"][0]["content"]
        else chat({11: -0.7 - len(body["messages"][0]["content"]) % 3 / 9, 21: -0.75})
    )
    done = run(server, "calibrate", tmp_path / "g", "--labels", str(path))

    assert done.exit_code == 3, done.output
    assert "it lacks a bound of 0.80 or more" in done.output


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "labels.jsonl:2: "),
        ("[]", "a label is an object of texts"),
        ('{"input":"x","output":"violation"}', "a label has `instruction`"),
        ('{"instruction":"","input":"x","output":"violation"}', "`input` has lines that begin"),
        ('{"instruction":"","input":"","output":"maybe"}', '`output` is "violation" or'),
        ('{"instruction":"","input":"","output":"violation","x":"y"}', "a label has no `x`"),
        (
            '{"instruction":"","input":"","output":"violation","kind":"y"}',
            "`kind` and `polarity` stand together",
        ),
    ],
)
def test_a_line_that_is_no_label_is_named(
    server: Serving, tmp_path: Path, line: str, words: str
) -> None:
    """Nothing is calibrated on a file that is partly something else."""
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(label(1, bad=True)) + "\n" + line + "\n")
    done = run(server, "calibrate", tmp_path / "g", "--labels", str(path))

    assert isinstance(done.exception, DrawbarError)
    assert words in str(done.exception)


@pytest.mark.parametrize(
    ("path", "words"),
    [("/v1/models", "bad_status"), ("/tokenize", "bad_status"), (CHAT, "bad_status")],
)
def test_a_server_that_cannot_be_used_says_why(
    server: Serving, tmp_path: Path, path: str, words: str
) -> None:
    """The cause is named, and what a person can do."""
    server.answers.pop(path)
    done = run(server, "verify", tmp_path / "g")

    assert isinstance(done.exception, DrawbarError)
    assert f"the guard cannot be used ({words}): it lacks a route" in str(done.exception)
    assert not (tmp_path / "g").exists()


def test_calibration_needs_a_verified_guard(server: Serving, tmp_path: Path) -> None:
    """What was not verified has no record to be held against."""
    done = run(server, "calibrate", tmp_path / "g", "--labels", str(labels(tmp_path, 5)))

    assert "run `drawbar guard verify`" in str(done.exception)


@pytest.mark.parametrize("command", ["verify", "calibrate"])
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://guard.invalid", "or `--plain-http` must be given"),
        ("https://a:b@guard.invalid", "a secret belongs into `--header`"),
        ("https://[::1", "`url` is no address"),
        ("ftp://guard.invalid", "must begin with `http://`"),
    ],
)
def test_nothing_is_sent_where_the_gateway_would_send_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, address: str, words: str
) -> None:
    """Secrets in headers do not go in the clear to another machine, unless a person says so."""
    sent = []
    monkeypatch.setattr(Http, "open", lambda _self: sent.append(True))
    told = ["--family", "policyguard", "--model", MODEL, "--folder", str(tmp_path / "g")]
    told += ["--labels", str(labels(tmp_path, 2))] if command == "calibrate" else []
    done = CliRunner().invoke(cli, ["guard", command, address, *told])
    assert words in str(done.exception)
    assert sent == []
    CliRunner().invoke(cli, ["guard", command, "http://guard.invalid", *told, "--plain-http"])

    assert sent == [True]


def test_a_gateway_without_guards_reads_no_families() -> None:
    """What no setting names is not loaded."""
    code = "import app.settings, sys; print('guards.classifier.vllm.families' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout == "False\n"


def test_the_families_are_listed_with_what_was_not_tried() -> None:
    """Nobody takes a family for tried that was not."""
    told = CliRunner().invoke(cli, ["guard", "families"]).output

    assert "policyguard: chat, answers judge; written after its card, not tried" in told
    assert "encoder: classify, answers judge\n" in told  # a MiniLM of our own was
    assert "llama_guard: chat, answers nothing: a content guard judges no policy" in told


GOOD = {"url": "http://127.0.0.1:8000", "family": "policyguard", "model": "m", "folder": "g"}


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"family": "guesser"}, "`family` must be one of"),
        ({"url": "http://guard.example.com"}, "`plain_http = true` must be set"),
        ({"url": "http://a:b@127.0.0.1"}, "a secret belongs into `headers`"),
        ({"url": "ftp://127.0.0.1"}, "must begin with `http://`"),
        ({"timeout_ms": 0}, "timeout_ms"),
        ({"batch_ms": 2}, "questions of the family `policyguard` go one by one"),
        ({"family": "encoder", "batch_ms": 51}, "batch_ms"),
        ({"family": "encoder", "batch_ms": -1}, "batch_ms"),
        ({"modle": "m"}, "modle"),
    ],
)
def test_settings_of_a_guard_that_cannot_be_are_refused(members: Any, words: str) -> None:
    """The gateway does not start with a guard that it could not ask safely."""
    with pytest.raises(SettingsError, match=words):
        load({"guards": {"g": {**GOOD, **members}}})
    assert load({"guards": {"g": GOOD}}).guards["g"].timeout_ms == 300


@pytest.mark.parametrize("wait_ms", [0, 2])
def test_questions_go_together_where_the_settings_say_so(wait_ms: int) -> None:
    """Unless a wait is written, each question is sent by itself."""
    told = {**GOOD, "family": "encoder", **({"batch_ms": wait_ms} if wait_ms else {})}
    guard: Any = Guards(load({"guards": {"g": told}}).guards, Metrics()).askers["g"].guard

    assert (guard._batches is not None) is bool(wait_ms)


def test_a_broken_manifest_stops_the_start(tmp_path: Path) -> None:
    """Skill that cannot be read is no silent lack of skill."""
    (tmp_path / "skill.json").write_text("{}")

    with pytest.raises(SettingsError, match="is no skill manifest"):
        Guards({"g": GuardSettings.model_validate({**GOOD, "folder": tmp_path})}, Metrics())
