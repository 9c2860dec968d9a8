"""Commands say the same of a running gateway, asked over its API, as of the store beside them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.gateway_process import GatewayProcess

SCOPES = ("admin", "audit", "policy:read")


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

    def _run(
        self, *arguments: str, check: bool = True, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "app.cli", *arguments]
        told = {name: value for name, value in os.environ.items() if "DRAWBAR" not in name}
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**told, **environment},
            text=True,
            capture_output=True,
            timeout=90,
            check=check,
        )


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
