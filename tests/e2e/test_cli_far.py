"""Commands say the same of a running gateway, asked over its API, as of the store beside them."""

import json
import os
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from app.cli.main import cli
from dsl.errors import DrawbarError
from tests.e2e.gateway_process import GatewayProcess

SCOPES = ("admin", "audit", "policy:read")


class Ran(NamedTuple):
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


class Running:
    """A gateway with a decision in it, and the commands beside it and from afar."""

    def __init__(self, folder: Path, gateway: GatewayProcess) -> None:
        self.folder, self.gateway = folder, gateway
        self.first = gateway.check().json()["decision_id"]
        gateway.check(call_id="c2", tool="erase", args={})
        given = [part for scope in SCOPES for part in ("--scope", scope)]
        self.key = self.near("keys", "create", "--name", "operator", *given).strip()
        (folder / "key").write_text(f"{self.key}\n")

    def near(self, *arguments: str) -> str:
        return self._run(*arguments, "--data", "var").stdout

    def far(self, *arguments: str) -> str:
        return self._run(*arguments, "--url", self.gateway.address, "--key-file", "key").stdout

    def _run(self, *arguments: str, check: bool = True, **environment: str) -> Ran:
        """Run a command in this process: starting one takes longer than all that it does."""
        unset = {name: None for name in os.environ if "DRAWBAR" in name}
        with chdir(self.folder):
            done = CliRunner().invoke(cli, arguments, env={**unset, **environment})
        told = f"drawbar: {done.exception}" if isinstance(done.exception, DrawbarError) else ""
        ran = Ran(done.exit_code, done.stdout, done.stderr + told)
        assert ran.returncode == 0 or not check, ran
        return ran


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("far")
    with GatewayProcess(folder, "--port", "0") as gateway:
        yield Running(folder, gateway)


@pytest.mark.parametrize(
    "command",
    [
        ("decisions",),
        ("decisions", "--effect", "deny", "--limit", "1"),
        ("audit", "acts", "--what", "key.created"),
        ("keys", "list"),
        ("revisions", "list"),
    ],
    ids=" ".join,
)
def test_a_list_is_the_same_from_afar(running: Running, command: tuple[str, ...]) -> None:
    """Line by line, but for when a key was last used, which is written late."""
    near, far = (
        [line.partition("; last used")[0].rstrip(")") for line in said.splitlines()]
        for said in (running.near(*command), running.far(*command))
    )

    assert near == far
    assert near


def test_one_decision_is_explained_from_afar(running: Running) -> None:
    """What it was about and why stands in both; what the API does not tell is left out."""
    said = (each("decisions", running.first) for each in (running.near, running.far))
    near, far = (set(text.splitlines()) for text in said)

    assert far <= near
    assert {line.split()[0] for line in near - far} <= {"tenant", "known"}


def test_json_from_afar_is_what_the_api_answers(running: Running) -> None:
    """A program reads the same members that the API's reference lists."""
    told = json.loads(running.far("decisions", "--limit", "1", "--format", "json"))

    assert [one["tool"] for one in told] == ["erase"]


def test_a_key_is_rotated_and_revoked_from_afar(running: Running) -> None:
    """Each secret is printed alone; the gateway says no to a key that is gone."""
    made = ("keys", "create", "--name", "agent", "--scope", "check", "--expires", "90d")
    assert running.far(*made).startswith("drw_")
    listed = json.loads(running.far("keys", "list", "--format", "json"))
    old = next(one["id"] for one in listed if one["name"] == "agent")
    secret = running.far("keys", "rotate", old, "--keep", "1h").strip()

    assert secret.startswith("drw_")
    assert running.far("keys", "revoke", old) == f"revoked {old}\n"
    gone = running._run(
        "keys",
        "revoke",
        "k_none",
        "--url",
        running.gateway.address,
        check=False,
        DRAWBAR_KEY=running.key,
    )
    assert (gone.returncode, gone.stderr.strip()) == (1, "drawbar: there is no such key")


def test_the_variables_do_and_the_folder_wins(running: Running) -> None:
    """`DRAWBAR_URL` and `DRAWBAR_KEY` are enough; with `--data` the store is read all the same."""
    address = running.gateway.address
    far = running._run("decisions", DRAWBAR_URL=address, DRAWBAR_KEY=running.key)
    near = running._run("decisions", "--data", "var", DRAWBAR_URL=address)
    both = running._run("decisions", "--data", "var", "--url", "http://x", check=False)
    none = running._run("decisions", check=False, DRAWBAR_URL=address)

    assert far.stdout == near.stdout
    assert (both.returncode, none.returncode) == (2, 2)
    assert "--key-file" in none.stderr


def test_keys_are_of_the_tenant_that_is_named_or_of_ones_own(running: Running) -> None:
    """A tenant's admin needs to name none; the operator keeps those of every tenant."""
    acme = running.near(
        "keys", "create", "--tenant", "acme", "--scope", "admin", "--scope", "check"
    )

    def as_acme(*arguments: str) -> str:
        address, key = running.gateway.address, acme.strip()
        return running._run("keys", *arguments, DRAWBAR_URL=address, DRAWBAR_KEY=key).stdout

    def ids(said: str) -> list[str]:
        return [one["id"] for one in json.loads(said)]

    shown = ("--format", "json")
    assert as_acme("create", "--scope", "check", "--name", "agent").startswith("drw_")
    assert running.far("keys", "create", "--scope", "check", "--tenant", "acme").startswith("drw_")
    own = ids(as_acme("list", *shown))
    assert ids(running.far("keys", "list", "--tenant", "acme", *shown)) == own
    assert set(ids(running.near("keys", "list", "--tenant", "acme", *shown))) == set(own)
    assert len(own) == 3

    first, second = own[:2]
    theirs = ("--tenant", "acme")
    assert running.far("keys", "rotate", first, *theirs).startswith("drw_")
    assert running.far("keys", "revoke", first, *theirs) == f"revoked {first}\n"
    for command in ("rotate", "revoke"):
        refused = running._run(
            "keys", command, second, "--tenant", "other", "--data", "var", check=False
        )
        assert refused.returncode == 1
        assert "there is no active key" in refused.stderr
    assert running.near("keys", "rotate", second, *theirs).startswith("drw_")
    assert running.near("keys", "revoke", second, *theirs) == f"revoked {second}\n"


def test_a_revision_is_read_from_afar_as_beside_the_store(running: Running) -> None:
    """Word by word, whole and file by file; two are compared where they lie."""
    listed = json.loads(running.far("revisions", "list", "--format", "json"))
    name = listed[0]["last"]["name"]

    assert listed[0]["digest"].startswith(name.partition(":")[2])
    assert running.far("revisions", "show", name) == running.near("revisions", "show", name)
    told = json.loads(running.far("revisions", "show", name, "--format", "json"))
    one = told["files"][0]
    assert running.far("revisions", "show", name, "--file", one["name"]) == one["text"]
    assert running.far("revisions", "diff", name, listed[0]["digest"]) == ""


def test_somebody_is_frozen_and_thawed_from_afar(running: Running) -> None:
    """The commands say the same as beside the store; a key's own tenant needs no naming."""
    named = ("agent", "crm-7")
    said = running.far("freeze", *named, "--reason", "sends mail to strangers")
    assert "the agent `crm-7` is frozen" in said
    assert "in the tenant `default`: all it asks for is denied" in said
    assert running.far("freeze", "tenant", "other").startswith("the tenant `other` is frozen")

    listed = running.far("freeze", "list")
    assert "sends mail to strangers" in listed
    assert listed == running.near("freeze", "list")
    assert running.far("thaw", *named) == "the agent `crm-7` is thawed\n"
    assert running.far("thaw", "tenant", "other") == "the tenant `other` is thawed\n"
    again = running._run(
        *("thaw", *named, "--url", running.gateway.address, "--key-file", "key"), check=False
    )
    assert again.returncode == 1
    assert "nobody of that name is frozen" in again.stderr


def test_a_session_is_looked_at_and_deleted_from_afar(running: Running) -> None:
    """What it has seen, without any words of it; and it is gone for good."""
    running.gateway.check(call_id="c3", session="s/1")
    shown = running.far("sessions", "show", "s/1")
    assert "c3" in shown
    assert json.loads(running.far("sessions", "show", "s/1", "--format", "json"))["calls"] == ["c3"]
    assert running.far("sessions", "delete", "s/1", "--yes") == "deleted s/1\n"
    gone = running._run(
        *("sessions", "show", "s/1", "--url", running.gateway.address, "--key-file", "key"),
        check=False,
    )
    assert gone.returncode == 1
