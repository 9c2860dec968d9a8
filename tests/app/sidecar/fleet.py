"""A gateway and a sidecar of it in one test: what the gateway offers is carried by hand."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.bundles.carrying import Mounted
from app.bundles.interventions import Interventions
from app.sidecar import source
from app.sources.bundle import KEPT
from tests.app.bundles.making import KEY
from tests.app.glass.breaking import Breaking
from tests.app.sidecar.beside import Sidecar
from tests.harness import pay


class Fleet:
    """Two people may break glass at the gateway; the sidecar gets its bundle when told."""

    def __init__(self, folder: Path, **table: Any) -> None:
        up, self._down = folder / "up", folder / "down"
        up.mkdir()
        self._down.mkdir()
        upstream = {"upstream": "http://localhost", "key": up / "bundle.key", "ship": False}
        self._table: dict[str, Any] = {**upstream, **table}
        key = up / "bundle.key"
        key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key.chmod(0o600)
        self.office = Breaking(up, bundle_key=key)
        self.gateway = self.office.gateway
        self.sidecar = self._started(self.offered())
        self.until_heard()

    def _started(self, mounted: bytes | None) -> Sidecar:
        """Start a sidecar that believes to ask its gateway, and reads a file."""
        file = Mounted(self._down / "mounted.bundle")
        with patch.object(source, "Fetched", lambda *_: file):
            return Sidecar(self._down, mounted, **self._table)

    def offered(self) -> bytes:
        """Return the bundle that the gateway has now."""
        answer = self.gateway.request("GET", "/v1/bundle")
        assert answer.status_code == 200, answer.text
        return answer.content

    def carry(self) -> bytes:
        """Bring the sidecar what the gateway has now, and wait until it has heard of it."""
        raw = self.offered()
        self.sidecar.mount(raw)
        self.until_heard()
        return raw

    def until_heard(self) -> None:
        """Wait until the sidecar knows all that the gateway knows."""
        bundles = self.sidecar.gateway.bundles
        assert bundles is not None
        known = self.gateway.gateway._interventions
        self.sidecar.until(lambda: _told(bundles.heard.interventions) == _told(known()))
        self.sidecar.until(lambda: bundles.freshness.silent_s() < 5)

    def until_kept(self) -> Path:
        """Wait until what is there was taken up, and return where it is kept."""
        kept = self.sidecar.settings.data / KEPT
        self.sidecar.until(lambda: kept.read_bytes() == self.sidecar.mounted.read_bytes())
        return kept

    def restart(self, mounted: bytes | None = None) -> None:
        """Start the sidecar anew, with a bundle or without one to be had."""
        self.sidecar.close()
        self.sidecar.mounted.unlink(missing_ok=True)
        self.sidecar = self._started(mounted)

    def by_file(self) -> None:
        """Start the sidecar anew with what the gateway has now, in a file."""
        raw = self.offered()
        self.sidecar.close()
        self.sidecar = Sidecar(self._down, raw)
        self.until_heard()

    def freeze(self, **body: str) -> str:
        """Freeze somebody at the gateway."""
        answer = self.gateway.request("POST", "/v1/freezes", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def thaw(self, **params: str) -> None:
        """Thaw somebody at the gateway."""
        assert self.gateway.request("DELETE", "/v1/freezes", params=params).status_code == 204

    def said(self, amount: int = 5, **members: Any) -> str:
        """Return what the sidecar decides of a payment."""
        answer = self.sidecar.check(pay(args={"amount": amount}, **members)).json()
        return f"{answer['effect']} {answer['reason']}"

    def close(self) -> None:
        """Close both."""
        self.sidecar.close()
        self.gateway.close()


def _told(interventions: Interventions | None) -> object:
    return None if interventions is None else interventions.told()
