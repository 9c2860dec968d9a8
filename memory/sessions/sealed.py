"""Makes rows of events and events of rows: what was said in them is sealed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from memory.evidence.key import Key
from memory.evidence.vault import ITSELF, Vault
from memory.sealing import Sealer, SealError
from memory.sessions.events import Event, Kind, event
from memory.sessions.session import Owner
from memory.sessions.store import NotKept, Row

_LENGTH: Final = 2  # bytes


class Sealed:
    """Seals what happened for one place in one session, and opens it there."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    async def ready(self, owner: Owner) -> None:
        """See that what happens to somebody can be sealed at once."""

    def rows(self, owner: Owner, name: str, happened: Sequence[Event]) -> list[Row]:
        """Return events as they are stored."""
        return [
            {
                "tenant": owner.tenant,
                "session": name,
                "id": one.id,
                "subject": owner.subject,
                "agent": owner.agent,
                "at": one.at,
                "kind": one.kind,
                "body": self._seal(owner, one.content, _place(owner.tenant, name, one.id)),
            }
            for one in happened
        ]

    async def events(self, rows: Sequence[Mapping[Any, Any]]) -> list[Event]:
        """Return events as they were before they were stored."""
        return [_event(row, self._sealer.open(row["body"], _of(row))) for row in rows]

    def _seal(self, _owner: Owner, content: bytes, place: str) -> bytes:
        return self._sealer.seal(content, place)


class SealedByVault(Sealed):
    """Seals with the key of the subject that something happened to, so that it can be erased."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def ready(self, owner: Owner) -> None:
        """Have the subject's key in memory."""
        await self._vault.key(owner.tenant, owner.subject)

    async def events(self, rows: Sequence[Mapping[Any, Any]]) -> list[Event]:
        """Return events as they were; what was erased raises `ErasedError`."""
        bodies = [_parted(row["body"]) for row in rows]
        keys: dict[tuple[str, str], Key] = {}
        for tenant in {row["tenant"] for row in rows}:
            found = await self._vault.keys(tenant, {subject for subject, _ in bodies})
            keys |= {(tenant, subject or ITSELF): key for subject, key in found.items()}
        return [
            _event(row, keys[row["tenant"], subject].open(body, _of(row)))
            for row, (subject, body) in zip(rows, bodies, strict=True)
        ]

    def _seal(self, owner: Owner, content: bytes, place: str) -> bytes:
        """Seal, with the subject in front: not every store tells it with an event."""
        key = self._vault.held(owner.tenant, owner.subject)
        if key is None:
            raise NotKept("what was known of the subject was erased meanwhile")
        subject = key.subject.encode()
        return len(subject).to_bytes(_LENGTH, "big") + subject + key.seal(content, place)


def _parted(body: bytes) -> tuple[str, bytes]:
    """Return whose key opens a body, and what it opens."""
    end = _LENGTH + int.from_bytes(body[:_LENGTH], "big")
    try:
        return body[_LENGTH:end].decode(), body[end:]
    except UnicodeDecodeError as error:
        raise SealError("what the store holds was sealed in another way") from error


def _event(row: Mapping[Any, Any], content: bytes) -> Event:
    return event(row["id"], Kind(row["kind"]), row["at"], content)


def _of(row: Mapping[Any, Any]) -> str:
    return _place(row["tenant"], row["session"], row["id"])


def _place(tenant: str, session: str, event_id: str) -> str:
    return f"{tenant}\n{session}\n{event_id}"
