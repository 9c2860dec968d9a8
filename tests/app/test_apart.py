"""Long work on policies in a process of its own, and what happens where there is none."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.policy import apart, kept_trees, live
from dsl import parse, trees
from dsl.errors import Source
from memory.revisions.revision import File
from tests.harness import GatewayHarness, pay

SOUND = "policy bank version 1;\nrule pays: {effect} pay;\n"
RISKY = 'rule out: deny fetch when args.url contains "corp.com";\n'
MISTAKE = "a policy in force has a mistake"


def test_another_process_reads_what_is_read_here() -> None:
    """A sound text comes back as its tree, and any other one not at all."""
    text = SOUND.format(effect="allow")
    tree = apart.tree_of(text)

    assert tree is not None
    assert trees.read(tree) == parse.parse(Source("p.bar", text))
    assert apart.tree_of("policy bank version 1;\nrule pays: alow pay;\n") is None


def test_another_process_lints_as_is_linted_here() -> None:
    """The errors come back by policy, with their places; lesser findings are not asked for."""
    files = [File("a/bank.bar", SOUND.format(effect="allow") + RISKY)]
    files.append(File("bindings.toml", '[[bind]]\npolicy = "bank"\n'))
    found = asyncio.run(apart.mistakes_in(files))

    assert found is not None
    assert [(name, [one.code for one in each]) for name, each in found.items()] == [
        ("bank", ["BAR501"])
    ]
    text, span = files[0].text, found["bank"][0].span
    assert text[span.start : span.end] == 'args.url contains "corp.com"'


def test_another_process_knows_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in our environment as a setting may be a secret."""
    monkeypatch.setenv("DRAWBAR_DATABASE_URL", "secret")

    assert not [name for name in apart._environment() if name.startswith("DRAWBAR")]
    assert apart._environment()["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(
    "command",
    [
        ["/nowhere/python"],
        [sys.executable, "-c", "raise SystemExit(1)"],
        [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"],
    ],
)
def test_a_process_that_cannot_do_it_is_as_none(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever becomes of it, the work is then done here."""
    monkeypatch.setattr(apart, "_command", lambda _: command)

    assert apart.tree_of(SOUND) is None
    assert asyncio.run(apart.mistakes_in([])) is None


def test_a_process_that_never_ends_its_reading_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed policies, perhaps stricter ones, wait for it, and not for good."""
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    monkeypatch.setattr(apart, "_command", lambda _: command)
    monkeypatch.setattr(apart, "MOST_S", 0.2)

    assert apart.tree_of(SOUND) is None


def test_a_process_that_nobody_waits_for_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that ends, or has newer policies, waits for no linter."""
    place = tmp_path / "pid"
    code = f"import os, time; open({str(place)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    monkeypatch.setattr(apart, "_command", lambda _: [sys.executable, "-c", code])

    async def work() -> int:
        asking = asyncio.create_task(apart.mistakes_in([]))
        async with asyncio.timeout(60):
            while not place.exists() or not place.read_text():  # noqa: ASYNC110 - of a test
                await asyncio.sleep(0.01)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        return int(place.read_text())

    pid = asyncio.run(work())
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture
def short_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_trees, "LONG", 20)
    monkeypatch.setattr(live, "LONG", 20)


def _works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave everything as it is."""


def _fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_command", lambda _: ["/nowhere/python"])


def _babbles(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", "print('{}')"]
    monkeypatch.setattr(apart, "_command", lambda _: command)


@pytest.mark.usefixtures("short_is_long")
@pytest.mark.parametrize(("other", "here"), [(_works, False), (_fails, True), (_babbles, True)])
def test_a_long_policy_is_taken_up_with_the_other_process_and_without(
    gateway: GatewayHarness,
    monkeypatch: pytest.MonkeyPatch,
    other: Callable[[pytest.MonkeyPatch], None],
    *,
    here: bool,
) -> None:
    """Decisions and warnings are the same, whoever read and linted the text."""
    read: list[str] = []
    before = parse.parse

    def noting(source: Source) -> Any:
        read.append(source.name)
        return before(source)

    monkeypatch.setattr(parse, "parse", noting)
    other(monkeypatch)
    gateway.write("bank.bar", SOUND.format(effect="deny") + RISKY)
    with capture_logs() as logs:
        gateway.reload()
    told = [one["code"] for one in logs if one["event"] == MISTAKE]

    assert gateway.check(pay()).json()["effect"] == "deny"
    assert (bool(read), told) == (here, ["BAR501"])


@pytest.mark.usefixtures("short_is_long")
def test_a_long_policy_with_a_fault_is_refused_with_its_place(gateway: GatewayHarness) -> None:
    """What the other process cannot read is read here, and said as ever."""
    gateway.write("bank.bar", "policy bank version 1;\nrule pays: alow pay;\n")
    gateway.reload()

    assert "did you mean `allow`?" in str(gateway.gateway.live.refused)
    assert gateway.check(pay()).json()["effect"] == "allow"
