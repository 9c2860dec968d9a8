"""`drawbar approvals`, against a gateway on a real socket."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.command import drawbar
from tests.e2e.gateway_process import GatewayProcess

RULES: Final = 'policy p version 1; rule r: ask pay approver role "treasury" because "{why}";'
HOSTILE: Final = "Ada\x1b]0;owned\x07\u202e50\u2066\x9b31m\u200b"


class Desk:
    """A gateway, and a person at a terminal beside it."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self.gateway = gateway
        self.key = self.run("keys", "create", "--scope", "approve", "--role", "treasury").strip()

    def run(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run a command as the person would, and return what it prints."""
        data = ["--data", str(self.gateway.folder / "var")] if arguments[0] == "keys" else []
        ran = drawbar(*arguments, *data, env={"DRAWBAR_URL": self.gateway.address, **environment})
        assert ran.returncode == code, ran.stderr
        return ran.stdout if code == 0 else ran.stderr

    def people(self, *arguments: str, code: int = 0) -> str:
        """Run a command about approvals."""
        return self.run("approvals", *arguments, code=code, DRAWBAR_KEY=self.key)

    def asked(self, **members: Any) -> str:
        """Ask the gateway, as an agent would; return the approval."""
        approval: str = self.gateway.check(**members).json()["approval"]["id"]
        return approval


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("desk")
    (folder / "policies").mkdir()
    (folder / "policies" / "p.bar").write_text(RULES.format(why="it is large"), "utf-8")
    with GatewayProcess(folder, "--port", "0", policies=folder / "policies") as gateway:
        yield Desk(gateway)


def test_a_person_lists_looks_and_approves(desk: Desk) -> None:
    """Listed, shown with its call and rule, approved; the agent's call then goes through."""
    approval = desk.asked(args={"recipient": "Ada", "amount": 50.5})

    (line,) = (one for one in desk.people("list").splitlines() if approval in one)
    assert " pending " in line
    assert " pay  for local  needs role treasury" in line
    shown = desk.people("show", approval)
    assert "amount = 50.5" in shown
    assert "p/r: it is large" in shown
    assert desk.people("approve", approval) == f"{approval} is approved\n"
    again = desk.gateway.check(args={"recipient": "Ada", "amount": 50.5}, approval=approval)
    assert (again.json()["effect"], again.json()["reason"]) == ("allow", "approved")
    assert approval not in desk.people("list")
    assert approval in desk.people("list", "--status", "used")


def test_a_person_rejects_in_words(desk: Desk) -> None:
    """The comment reaches the agent."""
    approval = desk.asked(call_id="c2", args={"n": 2})

    assert desk.people("reject", approval, "--comment", "Not now.") == f"{approval} is rejected\n"
    denied = desk.gateway.check(call_id="c2", args={"n": 2}, approval=approval).json()
    assert denied["message"].endswith("Not now.")


def test_what_a_call_holds_never_steers_the_terminal(desk: Desk) -> None:
    """Control, bidi and invisible characters are written out, in text and in JSON."""
    approval = desk.asked(call_id="c3", args={HOSTILE: HOSTILE})

    for shown in (
        desk.people("show", approval),
        desk.people("show", approval, "--format", "json"),
        desk.people("list", "--format", "json"),
    ):
        assert [char for char in shown if not (" " <= char <= "~" or char == "\n")] == []
    assert "\\u{202e}" in desk.people("show", approval)
    told = json.loads(desk.people("show", approval, "--format", "json"))
    assert told["shown"]["args"] == {HOSTILE: HOSTILE}


def test_watching_prints_each_one_once(desk: Desk) -> None:
    """What waits is printed as it comes in, the oldest first."""
    first, second = (desk.asked(call_id=f"w{n}", args={"w": n}) for n in range(2))
    printed = desk.people("watch", "--seconds", "5")

    assert printed.count(first) == printed.count(second) == 1
    assert printed.index(first) < printed.index(second)


def test_what_goes_wrong_is_one_sentence(desk: Desk) -> None:
    """No such approval, a key that may not, a gateway that is not there: each is said."""
    approval = desk.asked(call_id="c5", args={"n": 5})
    poor = desk.run("keys", "create", "--scope", "approve").strip()

    assert "there is no such approval" in desk.people("approve", "apr_0", code=1)
    said = desk.run("approvals", "approve", approval, code=1, DRAWBAR_KEY=poor)
    assert said == "drawbar: this key cannot give what is needed: role `treasury`\n"
    nobody = {"DRAWBAR_URL": "http://127.0.0.1:9", "DRAWBAR_KEY": "drw_x"}
    gone = desk.run("approvals", "list", code=1, **nobody)
    assert gone.startswith("drawbar: the gateway at http://127.0.0.1:9 cannot be asked: ")
    bad = {"DRAWBAR_KEY": "drw_\n"}
    assert "cannot be used" in desk.run("approvals", "list", code=1, **bad)


def test_the_roles_of_a_key_are_shown(desk: Desk) -> None:
    """Whoever made it finds out what it may decide."""
    (line,) = (one for one in desk.run("keys", "list").splitlines() if "roles: treasury" in one)

    assert line.endswith("(approve; roles: treasury)")
