"""Policies that change while the gateway runs."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from app.policy import live
from app.readiness import faults
from app.sources import folder
from app.sources.source import Fresh
from tests.harness import POLICY, GatewayHarness, pay


def test_a_changed_policy_changes_the_next_answer(gateway: GatewayHarness) -> None:
    """What is saved is in force after the reload, under a new revision."""
    before = gateway.check(pay()).json()
    gateway.write("bank.bar", POLICY.replace("allow pay", "deny pay"))
    gateway.reload()
    after = gateway.check(pay()).json()

    assert (before["effect"], after["effect"]) == ("allow", "deny")
    assert before["revision"] != after["revision"]


def test_a_broken_policy_leaves_the_one_before_in_force(gateway: GatewayHarness) -> None:
    """A refused change is reported, and changes no answer, until it is mended."""
    revision = gateway.gateway.live.revision
    gateway.write("bank.bar", POLICY.replace("allow pay", "alow pay"))
    gateway.reload()

    assert gateway.gateway.live.refused is not None
    assert "did you mean `allow`?" in gateway.gateway.live.refused
    assert gateway.request("GET", "/readyz").json()["refused"] is True
    assert gateway.check(pay()).json()["effect"] == "allow"
    assert gateway.check(pay()).json()["revision"] == revision

    gateway.write("bank.bar", POLICY)
    gateway.reload()
    assert gateway.gateway.live.refused is None


def test_one_broken_file_refuses_the_whole_folder(gateway: GatewayHarness) -> None:
    """Policies are taken up wholly or not at all: one file's fault keeps the others back."""
    gateway.write("bank.bar", POLICY.replace("<= 100", "<= 1"))
    gateway.write("other.bar", "policy other version 1; rule x: deny")
    gateway.reload()

    assert gateway.check(pay()).json()["effect"] == "allow"


def test_two_policies_of_one_name_are_refused(gateway: GatewayHarness) -> None:
    """A name stands for one policy."""
    gateway.write("copy.bar", POLICY)
    gateway.reload()

    assert gateway.gateway.live.refused == "two policies are named `bank`"


def test_an_emptied_folder_denies_everything(gateway: GatewayHarness) -> None:
    """With the last policy gone the answer is `no_policy`, and the gateway is not ready."""
    (gateway.policies / "bank.bar").unlink()
    gateway.reload()

    assert gateway.check(pay()).json()["reason"] == "no_policy"
    assert gateway.request("GET", "/readyz").status_code == 503


def test_a_vanished_folder_keeps_what_was_in_force(gateway: GatewayHarness) -> None:
    """A folder that cannot be read is a refused change, not an empty one."""
    shutil.rmtree(gateway.policies)
    gateway.reload()

    assert gateway.gateway.live.refused is not None
    assert gateway.check(pay()).json()["effect"] == "allow"


@pytest.mark.parametrize("text", [None, "overlay o version 1; rule r: deny erase;"])
def test_without_a_policy_everything_is_denied(tmp_path: Path, text: str | None) -> None:
    """No policy, or overlays alone: deny `no_policy`, readiness red, and the process alive."""
    gateway = GatewayHarness(tmp_path, policy=text)
    try:
        said = gateway.check(pay()).json()
        ready = gateway.request("GET", "/readyz")
        alive = gateway.request("GET", "/healthz")
    finally:
        gateway.close()

    assert (said["effect"], said["reason"]) == ("deny", "no_policy")
    assert (ready.status_code, ready.json()["faults"]) == (503, ["no_policy"])
    assert alive.status_code == 200


def test_an_unchanged_folder_keeps_its_revision(gateway: GatewayHarness) -> None:
    """The revision is named after the content: reading it again changes nothing."""
    revision = gateway.gateway.live.revision
    gateway.reload()

    assert gateway.gateway.live.revision == revision


async def _until(gateway: GatewayHarness, revision: str | None) -> None:
    async with asyncio.timeout(20):
        # The gateway has no event that a test could wait for.
        while gateway.gateway.live.revision == revision:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def test_the_watch_takes_a_saved_file_up_by_itself(gateway: GatewayHarness) -> None:
    """Nobody has to call for a reload."""
    gateway.run(asyncio.sleep(0.3))
    revision = gateway.gateway.live.revision
    gateway.write("bank.bar", POLICY.replace("<= 100", "<= 1"))
    gateway.run(_until(gateway, revision))

    assert gateway.check(pay()).json()["effect"] == "deny"


def test_the_watch_survives_a_replaced_folder(gateway: GatewayHarness) -> None:
    """A folder that was swapped for another, as deployments do, is followed."""
    gateway.run(asyncio.sleep(0.3))
    revision = gateway.gateway.live.revision
    gateway.policies.rename(gateway.policies.with_name("old"))
    gateway.policies.mkdir()
    gateway.write("bank.bar", POLICY.replace("<= 100", "<= 1"))
    gateway.run(_until(gateway, revision))
    revision = gateway.gateway.live.revision
    gateway.write("bank.bar", POLICY)
    gateway.run(_until(gateway, revision))

    assert gateway.check(pay()).json()["effect"] == "allow"


OVERLAY = "overlay extra version 1; rule none: deny pay;"


@pytest.fixture
def narrowed(gateway: GatewayHarness) -> GatewayHarness:
    """Return a gateway whose payments are denied by an overlay in a subfolder."""
    team = gateway.policies / "team"
    team.mkdir()
    (team / "extra.bar").write_text(OVERLAY)
    gateway.reload()
    assert gateway.check(pay()).json()["effect"] == "deny"
    return gateway


def test_a_linked_folder_is_read(gateway: GatewayHarness, tmp_path: Path) -> None:
    """A policy behind a link to a folder restricts like any other, and a loop of links ends."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "extra.bar").write_text(OVERLAY)
    (gateway.policies / "team").symlink_to(elsewhere)
    (elsewhere / "round").symlink_to(gateway.policies)
    gateway.reload()

    assert gateway.gateway.live.refused is None
    assert gateway.check(pay()).json()["effect"] == "deny"


def test_a_restriction_whose_link_breaks_stays_in_force(narrowed: GatewayHarness) -> None:
    """A broken link, a loop, a pipe or an odd ending is refused, never skipped."""
    extra = narrowed.policies / "team" / "extra.bar"
    for target in ("nowhere.bar", "extra.bar", None):
        extra.unlink()
        if target is None:
            os.mkfifo(extra)
        else:
            extra.symlink_to(target)
        narrowed.reload()
        assert narrowed.gateway.live.refused is not None
        assert narrowed.check(pay()).json()["effect"] == "deny"


def test_a_folder_that_cannot_be_looked_into_is_refused(
    narrowed: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed subfolder keeps its restriction: the whole change is refused."""
    scan = os.scandir

    def closed(path: str) -> Any:
        if str(path).endswith("team"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    narrowed.reload()

    assert narrowed.gateway.live.refused is not None
    assert "permission denied" in narrowed.gateway.live.refused
    assert narrowed.check(pay()).json()["effect"] == "deny"


@pytest.mark.parametrize("name", ["a\\u0000b.json", "../x.json", "/etc/passwd", "tools.txt"])
def test_an_odd_tools_file_is_refused_and_the_watch_goes_on(
    gateway: GatewayHarness, name: str
) -> None:
    """No name of a tools file stops the watch; the next sound change is taken up."""
    gateway.run(asyncio.sleep(0.3))
    gateway.write("odd.bar", f'policy odd version 1; use tools "{name}";')
    gateway.reload()
    assert gateway.gateway.live.refused is not None
    (gateway.policies / "odd.bar").unlink()
    revision = gateway.gateway.live.revision
    gateway.write("bank.bar", POLICY.replace("<= 100", "<= 1"))
    gateway.run(_until(gateway, revision))

    assert gateway.check(pay()).json()["effect"] == "deny"
    assert gateway.request("GET", "/readyz").status_code == 200


def test_a_file_of_another_kind_causes_no_reload(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store inside the watched folder does not make every decision a reload."""
    reads: list[int] = []
    read = folder.read_folder

    def counted(place: Path) -> Fresh:
        reads.append(1)
        return read(place)

    monkeypatch.setattr(folder, "read_folder", counted)
    gateway.run(asyncio.sleep(0.4))
    reads.clear()
    gateway.write("drawbar.db", "x")
    gateway.run(asyncio.sleep(0.6))

    assert reads == []


def test_a_mistake_that_lint_finds_is_told_when_the_policy_is_taken_up(
    gateway: GatewayHarness,
) -> None:
    """A rule on a tool that is not declared is in force and logged, for it never applies."""
    gateway.write("t.json", '[{"name": "pay", "inputSchema": {"type": "object"}}]')
    gateway.write("bank.bar", 'policy bank version 1; use tools "t.json"; rule r: deny paay;')
    with capture_logs() as logs:
        gateway.reload()

    assert gateway.gateway.live.refused is None
    # The watch may have seen the change as well, and told the same.
    assert {line["code"] for line in logs if "code" in line} == {"BAR104"}


def test_a_store_that_fails_while_policies_are_told_of_holds_up_no_later_ones(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is only told of may fail: the policies decide, and the next ones are taken up."""
    asked: list[int] = []

    async def failing() -> None:
        asked.append(1)
        raise OperationalError("SELECT", None, OSError("gone"))

    monkeypatch.setattr(gateway.gateway.keys, "scopes", failing)
    gateway.write("bank.bar", POLICY.replace("version 1", "version 2"))
    gateway.reload()
    gateway.write("bank.bar", "policy bank version 3; default deny;")
    before = gateway.gateway.live.revision
    for _ in range(500):  # by the watch itself, which must have lived on
        gateway.run(asyncio.sleep(0.02))
        if gateway.gateway.live.revision != before:
            break

    assert gateway.check(pay()).json()["effect"] == "deny"
    assert asked
    assert "policies_not_watched" not in gateway.run(faults(gateway.gateway))


def test_what_is_told_of_holds_up_no_later_policies(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A linter, or a store, that never ends leaves the next policies as fast as ever."""

    async def endless() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(gateway.gateway.keys, "scopes", endless)
    gateway.write("bank.bar", POLICY.replace("version 1", "version 2"))
    gateway.run(gateway.gateway.live.reload())
    gateway.write("bank.bar", "policy bank version 3; default deny;")
    gateway.run(gateway.gateway.live.reload())

    assert gateway.check(pay()).json()["effect"] == "deny"


def test_a_defect_in_what_is_made_ready_ends_no_watch(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policies are refused and that is told; those before decide, and the next are taken up."""
    words = ("secret",)

    def broken(*_: Any) -> None:
        raise KeyError(*words)

    monkeypatch.setattr(live, "prepare", broken)
    gateway.write("bank.bar", POLICY.replace("allow pay", "deny pay"))
    with capture_logs() as logs:
        gateway.run(_once(lambda: gateway.gateway.live.refused is not None))
    assert gateway.gateway.live.refused == "they cannot be made ready (KeyError)"
    assert gateway.check(pay()).json()["effect"] == "allow"
    told = [one for one in logs if one["event"] == "a fault while policies were made ready"]
    assert [(one["fault"], "in broken" in one["trace"]) for one in told] == [("KeyError", True)]
    assert "secret" not in str(logs)

    monkeypatch.undo()
    gateway.write("bank.bar", "policy bank version 3; default deny;")
    gateway.run(_once(lambda: gateway.gateway.live.refused is None))
    assert gateway.check(pay()).json()["effect"] == "deny"
    assert "policies_not_watched" not in gateway.run(faults(gateway.gateway))


async def _once(true: Callable[[], bool]) -> None:
    """Wait for what the watch does by itself."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
