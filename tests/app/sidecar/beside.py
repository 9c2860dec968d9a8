"""A sidecar inside a test, with a bundle in a file."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.bundles.bundle import Stamp
from app.bundles.making import signed
from tests.app.bundles.making import KEY, bundle
from tests.harness import POLICY, GatewayHarness
from tests.waiting import until

STRICT: Final = POLICY.replace("allow pay", "deny pay")


def raw(
    folder: Path,
    number: int,
    policy: str = POLICY,
    *,
    key: Ed25519PrivateKey = KEY,
    lasts: timedelta = timedelta(days=1),
) -> bytes:
    """Return a bundle that was signed just now."""
    now = datetime.now(UTC)
    made = bundle(folder / "source", policy)
    return signed(made, key, Stamp(number, now, now + lasts))


def trusted(folder: Path) -> Path:
    """Return a file with the key that is trusted."""
    path = folder / "trusted.pub"
    shown = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(shown)
    return path


class Sidecar(GatewayHarness):
    """A gateway that gets its policies from a bundle."""

    def __init__(self, folder: Path, first: bytes | None = None, **table: Any) -> None:
        self.mounted = folder / "mounted.bundle"
        if first is not None:
            self.mounted.write_bytes(first)
        told = {"trust": (trusted(folder),), "poll_s": 0.1, **table}
        if not told.keys() & {"upstream", "bundle", "bundle_url"}:
            told["bundle"] = self.mounted
        super().__init__(folder, policy=None, sidecar=told)

    def mount(self, content: bytes) -> None:
        """Replace the file, as a whole."""
        draft = self.mounted.with_suffix(".draft")
        draft.write_bytes(content)
        draft.replace(self.mounted)

    def until(self, true: Callable[[], bool]) -> None:
        """Let the sidecar go on until something is so."""
        self.run(until(true))

    @property
    def refused(self) -> str:
        """Return why the newest bundle was refused."""
        return self.gateway.live.refused or ""

    @property
    def digest(self) -> str:
        """Return what is in force."""
        return self.gateway.live.current.digest

    def later(self, seconds: float) -> None:
        """Let the gateway's clock say a later time."""
        self.gateway.now = lambda: datetime.now(UTC) + timedelta(seconds=seconds)
