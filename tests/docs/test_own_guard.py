"""`docs/own-guard.md` as it stands: its code becomes a guard, and no fault of it is a score."""

import asyncio
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from app.config_file import SettingsError
from app.guarding.guarding import Guards
from app.settings import load
from app.telemetry import Metrics
from dsl.model import Cause
from guards.asking import Asker
from guards.judgement import Form, Judgement, Raw
from guards.question import Question

PAGE: Final = (Path(__file__).parents[2] / "docs" / "own-guard.md").read_text("utf-8")
CODE: Final = "acme_guard"


def block(kind: str) -> str:
    found = re.search(rf"^```{kind}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None, kind
    return found[1]


def install(folder: Path, name: str = "acme", version: str = "1.0") -> None:
    """Put the page's package where Python finds it, as an installer does."""
    points = tomllib.loads(block("toml"))["project"]["entry-points"]
    (group,) = points
    told = "".join(f"{one} = {value}\n" for one, value in points[group].items())
    about = folder / f"{name}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (about / "entry_points.txt").write_text(f"[{group}]\n{told}")
    (folder / f"{CODE}.py").write_text(block("python file=acme_guard.py"))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    site = tmp_path / "site"
    install(site)
    monkeypatch.syspath_prepend(site)
    yield site
    sys.modules.pop(CODE, None)


def settings(folder: Path) -> dict[str, Any]:
    table = tomllib.loads(block("toml settings"))
    table["guards"]["mine"]["folder"] = str(folder / "g")
    return table


def run(command: str, folder: Path, *more: str) -> Result:
    told = ["guard", command, "own:shouting", "--folder", str(folder / "g"), *more]
    return CliRunner().invoke(cli, told)


def labels(folder: Path) -> Path:
    rows = []
    for number in range(240):
        bad = number % 2 == 0
        words = ("LOUD WORDS" if bad else "quiet talk") + f" {number:04}"
        told = f'Policy: No shouting.\nTrajectory Actions: say({{"to":"all","what":"{words}"}})\n'
        row = {"instruction": "?", "input": f"{told}Domain: x", "cluster": f"c{number // 2}"}
        row |= {"kind": "tone", "polarity": "forbids"}
        rows.append({**row, "output": "violation" if bad else "no_violation"})
    path = folder / "labels.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return path


def ask(asker: Asker, words: str) -> Judgement:
    call = f'say({{"to":"all","what":"{words}"}})'
    question = Question(Form.JUDGE, "No shouting.", call, (), "tone", "forbids")
    return asyncio.run(checked(asker, question))


async def checked(asker: Asker, question: Question) -> Judgement:
    await asker.check()
    return await asker.ask(Form.JUDGE, lambda: question, "t", 60)


def asker(folder: Path) -> Asker:
    (one,) = Guards(load(settings(folder)).guards, Metrics()).askers.values()
    return one


def test_the_code_of_the_page_becomes_a_guard_that_may_enforce(
    installed: Path, tmp_path: Path
) -> None:
    """Verified and calibrated by the page's commands, it gives scores to rules that decide."""
    verified = run("verify", tmp_path)
    assert verified.exit_code == 0, verified.output
    assert "(server acme 1.0, " in verified.output
    done = run("calibrate", tmp_path, "--labels", str(labels(tmp_path)))
    assert done.exit_code == 0, done.output
    assert "may enforce: judge, kind `tone forbids`" in done.output

    loud, quiet = ask(asker(tmp_path), "LOUD WORDS 0001"), ask(asker(tmp_path), "quiet talk 0001")
    assert loud.p is not None
    assert quiet.p is not None
    assert (loud.p > 0.9, quiet.p < 0.1) == (True, True)


def test_what_was_not_verified_or_changed_since_is_not_believed(
    installed: Path, tmp_path: Path
) -> None:
    """Without a record, with other answers, or of another version, every score is unknown."""
    assert ask(asker(tmp_path), "LOUD").cause is Cause.GUARD_CANARY
    assert run("verify", tmp_path).exit_code == 0
    assert run("calibrate", tmp_path, "--labels", str(labels(tmp_path))).exit_code == 0
    before = asker(tmp_path)
    assert ask(before, "LOUD WORDS 0002").cause is None

    sys.modules[CODE].Shouting.judge = answering(Raw(7.0))
    assert ask(asker(tmp_path), "LOUD").cause is Cause.GUARD_CANARY
    sys.modules.pop(CODE)
    (installed / "acme-1.0.dist-info").rename(installed / "acme-1.1.dist-info")
    about = installed / "acme-1.1.dist-info" / "METADATA"
    about.write_text(about.read_text().replace("1.0", "1.1"))
    assert ask(asker(tmp_path), "LOUD").cause is Cause.GUARD_CANARY


def answering(said: Any) -> Any:
    async def judge(_self: Any, _question: Question, _seconds: float) -> Any:
        if isinstance(said, Exception):
            raise said
        if said is None:
            await asyncio.sleep(600)
        return said

    return judge


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (RuntimeError("boom"), Cause.FAULT),
        (0.9, Cause.BAD_SHAPE),
        ("violation", Cause.BAD_SHAPE),
        (None, Cause.TIMEOUT),
    ],
)
def test_no_fault_of_the_code_is_a_score(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Any, cause: Cause
) -> None:
    """Whatever it answers that is none, or does not answer, is unknown: rules apply by that."""
    assert run("verify", tmp_path).exit_code == 0
    assert run("calibrate", tmp_path, "--labels", str(labels(tmp_path))).exit_code == 0
    one = asker(tmp_path)
    asyncio.run(one.check())
    monkeypatch.setattr(sys.modules[CODE].Shouting, "judge", answering(said))
    question = Question(Form.JUDGE, "No shouting.", "say({})", (), "tone", "forbids")

    found = asyncio.run(one.ask(Form.JUDGE, lambda: question, "t", 60))
    assert (found.p, found.cause) == (None, cause)


def test_a_package_that_nothing_names_is_not_loaded(installed: Path) -> None:
    """Being installed is no reason to run."""
    Guards({}, Metrics())

    assert CODE not in sys.modules


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import no_such_package", "`acme_guard:guard` cannot be loaded"),
        ("def gaurd(folder): pass", "`acme_guard:guard` cannot be loaded"),
        ("raise SystemExit(0)", "`acme_guard:guard` ends the process"),
        ("def guard(folder): raise SystemExit(0)", "`acme_guard:guard` ends the process"),
        ("def guard(folder): return 3", "has no `open`"),
        ("class guard:\n def __init__(self, _): pass\n open = judge = close = print", "`model`"),
    ],
)
def test_code_that_is_no_guard_stops_the_start(
    installed: Path, tmp_path: Path, code: str, words: str
) -> None:
    """A gateway does not start where its settings name code that is no guard."""
    (installed / f"{CODE}.py").write_text(code)

    with pytest.raises(SettingsError, match=re.escape(words)):
        asker(tmp_path)
    (installed / f"{CODE}.py").write_text("def guard(folder): return 1 / 0")
    sys.modules.pop(CODE, None)
    with pytest.raises(ZeroDivisionError):
        asker(tmp_path)


def test_a_name_must_be_of_one_package(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody guesses which of two is meant, and none is made up."""
    other = tmp_path / "other"
    install(other, "evil")
    points = other / "evil-1.0.dist-info" / "entry_points.txt"
    points.write_text(points.read_text().replace(CODE, "evil_guard"))
    monkeypatch.syspath_prepend(other)
    with pytest.raises(SettingsError, match="several installed packages offer a guard `shouting`"):
        asker(tmp_path)

    points.write_text("")
    (installed / "acme-1.0.dist-info" / "entry_points.txt").write_text("")
    with pytest.raises(SettingsError, match="no installed package offers a guard `shouting`"):
        asker(tmp_path)
    assert "no installed package offers" in str(run("verify", tmp_path).exception)
