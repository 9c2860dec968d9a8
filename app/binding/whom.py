"""Whom policies judge: what bindings may ask of a call, and nothing else of it."""

from dataclasses import dataclass
from typing import Final

OWN_TENANT: Final = "default"  # whose keys are made where nobody names a tenant


@dataclass(frozen=True, slots=True)
class Whom:
    """Who calls, and where: one call's answer to what bindings ask.

    `lot` is drawn from the session, and says in which part of a canary it falls.
    """

    edge: str
    tenant: str = OWN_TENANT
    agent: str | None = None
    environment: str | None = None
    lot: bytes | None = None
