"""Commands beside the store leave a record of who ran them, and `drawbar audit acts` lists it."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from memory.database import STORE
from memory.records import acting
from memory.records.act import os_user
from tests.command import Ran, drawbar
from tests.stores import sqlite_store
from tests.waiting import until

DAY = (datetime.now(UTC) + timedelta(days=14)).date()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a store and a policy."""
    sqlite_store(tmp_path / "var")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "a.bar").write_text("policy a version 1; rule r: allow pay;")
    return tmp_path


def ran(folder: Path, *arguments: object) -> Ran:
    return drawbar(*arguments, "--data", folder / "var", cwd=folder)


def acts(folder: Path, *arguments: str) -> list[Any]:
    """Return what was done, oldest first."""
    listed = ran(folder, "audit", "acts", "--format", "json", *arguments)
    assert listed.returncode == 0, listed.stderr
    found: list[Any] = json.loads(listed.stdout)
    return found[::-1]


def test_each_command_leaves_one_record(folder: Path) -> None:
    """Keys, sessions and bindings: what was done, by whom, and to what."""
    ran(folder, "keys", "create", "--scope", "check", "--name", "clerk")
    (created,) = acts(folder)
    ran(folder, "keys", "revoke", created["about"])
    assert ran(folder, "keys", "revoke", created["about"]).returncode == 1
    ran(folder, "sessions", "anew", "--yes")
    policies = ("--policies", folder / "policies")
    for _ in range(2):  # the second time there is nothing to do
        assert ran(folder, "observe", "a", "--until", DAY, *policies).stderr == ""
    ran(folder, "enforce", "a", *policies)

    done = acts(folder)
    assert [one["what"] for one in done] == [
        "key.created",
        "key.revoked",
        "sessions.anew",
        "policy.observe",
        "policy.enforce",
    ]
    assert {(one["by"], one["who"]) for one in done} == {("os_user", os_user().who)}
    assert done[3]["about"] == "a"
    assert done[3]["details"]["until"] == str(DAY)
    text = ran(folder, "audit", "acts", "--what", "key.created").stdout
    assert f"key.created        {created['about']}  by {os_user().who} (os_user)" in text
    assert ran(folder, "audit", "acts", "--what", "key.stolen").returncode == 2


def test_what_cannot_be_recorded_is_not_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store refuses the record a policy enforces on, no key is made, and why is said."""

    async def refused(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(acting, "_chain", refused)
    observe = ran(folder, "observe", "a", "--until", DAY, "--policies", folder / "policies")
    create = ran(folder, "keys", "create", "--scope", "check")

    said = "drawbar: this cannot be recorded, so it is not done\n"
    assert [(one.returncode, one.stdout, one.stderr) for one in (observe, create)] == [
        (1, "", said),
        (1, "", said),
    ]
    assert ran(folder, "keys", "list").stdout == ""
    assert not (folder / "policies" / "bindings.toml").exists()


def test_without_a_store_it_is_said_that_nothing_records_it(tmp_path: Path) -> None:
    """In a checkout of policies alone the change is in its history, and in no chain."""
    (tmp_path / "a.bar").write_text("policy a version 1; rule r: allow pay;")
    done = ran(tmp_path, "observe", "a", "--until", DAY, "--policies", tmp_path)

    assert (done.returncode, (tmp_path / "bindings.toml").exists()) == (0, True)
    assert "so nothing records this" in done.stderr
    assert not (tmp_path / "var").exists()


MAKE = """
import asyncio, sys
from datetime import UTC, datetime
from memory.database import Database
from memory.keys import Keys, Scope

async def work():
    keys = Keys(Database(sys.argv[1]))
    while True:
        await keys.create("n", [Scope.CHECK], datetime.now(UTC))

asyncio.run(work())
"""


def test_killed_in_the_middle_there_are_both_or_none(folder: Path) -> None:
    """However often who makes keys is killed, each key has its record and each record its key."""
    url = sqlite_store(folder / "var")

    def number() -> int:
        with sqlite3.connect(folder / "var" / STORE, timeout=30) as store:
            return int(store.execute("SELECT count(*) FROM api_keys").fetchone()[0])

    def many(least: int) -> bool:
        return number() >= least

    for _ in range(3):
        before = number()
        making = subprocess.Popen([sys.executable, "-c", MAKE, url])
        asyncio.run(until(partial(many, before + 3)))
        making.send_signal(signal.SIGKILL)
        making.wait()

    with sqlite3.connect(folder / "var" / STORE) as store:
        made = {row[0] for row in store.execute("SELECT id FROM api_keys")}
    recorded = [one["about"] for one in acts(folder, "--limit", "10000")]
    assert len(recorded) == len(made)
    assert set(recorded) == made
