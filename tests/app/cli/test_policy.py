"""`drawbar policy`, against a gateway on a real socket whose policies come from its store."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.command import drawbar
from tests.e2e.gateway_process import PATIENCE_S, GatewayProcess

OPEN: Final = "policy bank version 1;\n\nrule a: allow pay;\n"
CLOSED: Final = "policy bank version 1;\n\nrule a: allow pay when args.amount <= 1;\n"
TESTED: Final = OPEN + 'test "no" { call pay(); expect deny; }\n'
SCOPES: Final = ("policy:read", "policy:write", "policy:publish", "audit")


class Desk:
    """A gateway, and somebody at a terminal beside it."""

    def __init__(self, gateway: GatewayProcess, folder: Path) -> None:
        self.gateway, self.folder = gateway, folder
        self.key = ""
        scopes = [word for one in SCOPES for word in ("--scope", one)]
        data = ("--data", gateway.folder / "var")
        made = ("keys", "create", *scopes)
        self.key = self._said(0, *made, "--subject", "ada", *data).strip()

    def run(self, *arguments: object, code: int = 0) -> str:
        """Run a command about policies, and return what it prints."""
        return self._said(code, "policy", *arguments)

    def _said(self, code: int, *arguments: object) -> str:
        env = {"DRAWBAR_URL": self.gateway.address, "DRAWBAR_KEY": self.key}
        ran = drawbar(*arguments, env=env, cwd=self.folder)
        assert ran.returncode == code, (ran.stdout, ran.stderr)
        return ran.stdout + ran.stderr

    def write(self, text: str, name: str = "bank.bar") -> Path:
        """Write the policy folder, and return it."""
        folder = self.folder / "policies"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
        return folder

    def decides(self, effect: str) -> None:
        """Wait until the gateway decides so."""
        until = time.monotonic() + PATIENCE_S
        number = 0
        while (said := self.gateway.check(call_id=f"{effect}{number}").json())["effect"] != effect:
            assert time.monotonic() < until, said
            time.sleep(0.05)
            number += 1


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("desk")
    (folder / "drawbar.toml").write_text('policy_source = "store"\n', "utf-8")
    with GatewayProcess(folder, "--port", "0") as gateway:
        yield Desk(gateway, folder)


def test_from_a_folder_into_force_and_back(desk: Desk) -> None:
    """The whole way: nothing published, push, see, publish, roll back; each enforced by itself."""
    assert "drawbar policy push FOLDER --publish" in desk.gateway.printed()
    assert "Policies: the store" in desk.gateway.printed()
    assert desk.run("list") == "nothing is published yet\n"
    assert "nothing is published" in desk.run("pull", "there", code=1)
    said = desk.run("push", desk.write(OPEN), "--publish", "--note", "the first")
    assert "draft main: 1 file\npublished: publication 1, sha256:" in said
    desk.decides("allow")

    desk.run("push", desk.write(CLOSED))
    assert "-rule a: allow pay;\n+rule a: allow pay when" in desk.run("diff", code=3)
    assert "allow -> deny" in desk.run("replay", "--most", "10", code=3)
    assert "main  version 2, changed" in desk.run("drafts")
    assert "in force, and nothing was expected" in desk.run("publish", "--expect", "0", code=1)
    assert "publication 2" in desk.run("publish")
    desk.decides("deny")

    told = json.loads(desk.run("list", "--format", "json"))["publications"]
    assert [(one["number"], one["note"]) for one in told] == [(2, ""), (1, "the first")]
    desk.run("rollback", told[1]["digest"], "--note", "too strict")
    desk.decides("allow")
    assert "rolled back by ada: too strict" in desk.run("list").splitlines()[0]
    desk.run("pull", "kept")
    assert (desk.folder / "kept" / "bank.bar").read_text("utf-8") == OPEN
    assert "is not empty" in desk.run("pull", "kept", code=1)


def test_what_is_wrong_is_said_with_its_place(desk: Desk) -> None:
    """A mistake and a failing test are shown as `drawbar lint` and `test` do, and refused."""
    before = desk.run("list")
    said = desk.run("push", desk.write("policy bank version 1;\nrule a: allow"), "--draft", "b",
                    "--publish", code=1)  # fmt: skip
    assert "the linter finds errors" in said
    assert "bank.bar:2:" in said
    assert "error BAR101" in desk.run("lint", "b", code=3)
    said = desk.run("push", desk.write(TESTED), "--draft", "b", "--publish", code=1)
    assert "tests fail" in said
    assert "failed  bank: no" in desk.run("test", "b", code=3)
    assert "0 findings" in desk.run("lint", "b")
    assert "there is no draft" in desk.run("lint", "c", code=1)
    assert "Not Found" in desk.run("lint", "../b", code=1)
    assert "there is no policy" in desk.run("push", desk.folder / "var", code=1)
    assert desk.run("list") == before
