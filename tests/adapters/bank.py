"""A gateway process with the policy of these tests, and the people and programs around it."""

import subprocess
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import httpx

from drawbar import AsyncClient, Client
from tests.e2e.gateway_process import PATIENCE_S, PYTHON, GatewayProcess

POLICIES: Final = Path(__file__).parent / "policies"
IBAN: Final = "DE89370400440532013000"
OTHER_IBAN: Final = "GB29NWBK60161331926819"


class Bank:
    """A gateway that runs, a key for the host, and one for a person who approves."""

    def __init__(self, process: GatewayProcess) -> None:
        self.process = process
        self.url = process.address
        self.host = process.key  # the first key, which may do all that a host does
        self.client = Client(self.url, self.host, timeout=PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave no connection open."""
        self.client.close()
        if "approver" in self.__dict__:
            self.approver.close()

    @cached_property
    def person(self) -> str:
        """Return the key of a person who approves, made when it is needed: that takes a second."""
        return self._key("--scope=approve", "--role=boss", "--subject=boss")

    @cached_property
    def desk(self) -> str:
        """Return the key of a host that acts for many."""
        scopes = ("check", "observe", "observe.user", "assert.session", "assert.subject")
        return self._key("--subject=desk", *(f"--scope={one}" for one in scopes))

    def _key(self, *options: str) -> str:
        command = [PYTHON, "-m", "app.cli", "keys", "create", *options]
        folder = self.process.folder
        made = subprocess.run(
            [*command, "--data", str(folder / "var")],
            check=True,
            capture_output=True,
            text=True,
            cwd=folder,
        )
        return made.stdout.strip()

    @cached_property
    def approver(self) -> Client:
        """Return a client with the key of the person."""
        return Client(self.url, self.person, timeout=PATIENCE_S)

    def again(self) -> AsyncClient:
        """Return a client for asyncio."""
        return AsyncClient(self.url, self.host, timeout=PATIENCE_S)

    def person_again(self) -> AsyncClient:
        """Return a client with the key of the person, for asyncio."""
        return AsyncClient(self.url, self.person, timeout=PATIENCE_S)

    def answer(self, approval: str, said: str = "approve") -> None:
        """Let the person say yes, or no."""
        headers = {"Authorization": f"Bearer {self.person}"}
        path = f"{self.url}/v1/approvals/{approval}/{said}"
        httpx.post(path, json={}, headers=headers, timeout=30).raise_for_status()

    def approval(self, approval: str) -> Mapping[str, Any]:
        """Look at an approval, as the person does."""
        headers = {"Authorization": f"Bearer {self.person}"}
        answer = httpx.get(f"{self.url}/v1/approvals/{approval}", headers=headers, timeout=30)
        found: Mapping[str, Any] = answer.raise_for_status().json()
        return found

    def session(self, name: str) -> Mapping[str, Any]:
        """Return what a session has seen."""
        headers = {"Authorization": f"Bearer {self.host}"}
        answer = httpx.get(f"{self.url}/v1/sessions/{name}", headers=headers, timeout=30)
        found: Mapping[str, Any] = answer.raise_for_status().json()
        return found
