"""A gateway process with the policy of these tests, and the people and programs around it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from drawbar import AsyncClient, Client
from tests.e2e.gateway_process import PATIENCE_S, PYTHON, GatewayProcess

POLICIES: Final = Path(__file__).parent / "policies"
SEAT: Final = ("check", "observe", "observe.user", "assert.session", "assert.subject")
IBAN: Final = "DE89370400440532013000"
OTHER_IBAN: Final = "GB29NWBK60161331926819"


class Bank:
    """A gateway that runs, a key for the host, and one for a person who approves."""

    def __init__(self, process: GatewayProcess) -> None:
        self.process = process
        self.url = process.address
        self.host = self._key(*SEAT, "--trusts-not-run", subject="host")
        self.person = self._key("approve", "--role", "boss", subject="boss")
        self.client = Client(self.url, self.host, timeout=PATIENCE_S)
        self.approver = Client(self.url, self.person, timeout=PATIENCE_S)

    def _key(self, *scopes: str, subject: str) -> str:
        options = [
            one if one.startswith("--") or (at and scopes[at - 1] == "--role") else f"--scope={one}"
            for at, one in enumerate(scopes)
        ]
        data = str(self.process.folder / "var")
        command = [PYTHON, "-m", "app.cli", "keys", "create", f"--subject={subject}"]
        made = subprocess.run(
            [*command, *options, "--data", data],
            check=True,
            capture_output=True,
            text=True,
            cwd=self.process.folder,
        )
        return made.stdout.strip()

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
