"""Short ways to break glass in a test: two people, a policy and what stands by for it."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from app.cli import reaching
from app.cli.calling import Api
from memory.keys import Scope
from tests.harness import GatewayHarness, pay

RELIEF: Final = """\
policy relief version 1;
rule more: allow pay when args.amount <= 1000 because "the usual limit does not hold now";
rule refunds: allow refund;
rule huge: ask pay when args.amount > 1000 because "even now a person is asked";
"""
STANDS_BY: Final = '[[bind]]\npolicy = "relief"\nstands_by_for = "bank"\n'


class Breaking:
    """A gateway with a policy that stands by, and two people who may break glass."""

    def __init__(self, folder: Path, bindings: str = STANDS_BY, **settings: Any) -> None:
        self.gateway = GatewayHarness(folder, **settings)
        self.gateway.write("relief.bar", RELIEF)
        self.gateway.write("bindings.toml", bindings)
        self.gateway.reload()
        self.ada = self.gateway.new_key([Scope.ADMIN], subject="ada")
        self.bob = self.gateway.new_key([Scope.ADMIN], subject="bob")
        self._real = self.gateway.gateway.now
        self._ahead = timedelta()
        self.gateway.gateway.now = self.now

    def now(self) -> datetime:
        """Return the time of this gateway, which a test may set."""
        return self._real() + self._ahead

    def wait(self, **span: float) -> None:
        """Set the clock ahead, or back."""
        self._ahead += timedelta(**span)

    def ask(self, key: str | None = None, **members: Any) -> Any:
        """Ask, as Ada unless somebody else does."""
        body = {"policy": "bank", "seconds": 3600, "reason": "fire", **members}
        return self.gateway.request("POST", "/v1/glass", key or self.ada, json=body)

    def confirm(self, asked: Any, key: str | None = None, digest: str | None = None) -> Any:
        """Confirm, as Bob unless somebody else does."""
        body = {"digest": digest or asked["digest"]}
        path = f"/v1/glass/{asked['id']}/confirm"
        return self.gateway.request("POST", path, key or self.bob, json=body)

    def end(self, glass: str, key: str | None = None) -> int:
        """End it, as Ada unless somebody else does."""
        path = f"/v1/glass/{glass}"
        return self.gateway.request("DELETE", path, key or self.ada).status_code

    def broken(self, **members: Any) -> str:
        """Break glass by both, and return its name."""
        asked = self.ask(**members).json()
        confirmed = self.confirm(asked)
        assert confirmed.status_code == 200, confirmed.text
        name: str = asked["id"]
        return name

    def said(self, amount: int = 500, key: str | None = None, **members: Any) -> str:
        """Return what is decided of a payment: Ask without broken glass, allow with it."""
        answer = self.gateway.check(pay(args={"amount": amount}, **members), key).json()
        return f"{answer['effect']} {answer['reason']}"

    def acts(self) -> list[Any]:
        """Return what was done, the newest first."""
        found: list[Any] = self.gateway.request("GET", "/v1/acts").json()["acts"]
        return found


class InProcess(Api):
    """The API of a gateway of this process, as commands ask it."""

    def __init__(self, gateway: GatewayHarness, key: str) -> None:
        super().__init__("http://gateway", key)
        self._client = SimpleNamespace(  # type: ignore[assignment]  # as far as it is used
            request=lambda method, path, **parts: gateway.request(method, path, key, **parts),
            close=lambda: None,
        )


def at_hand(monkeypatch: pytest.MonkeyPatch, office: Breaking) -> None:
    """Let commands with `--url` ask this gateway, without a socket."""
    monkeypatch.setattr(reaching, "Api", lambda _url, key: InProcess(office.gateway, key))
