"""All that the evidence of one store is opened and erased with."""

from datetime import datetime

from dsl.errors import DrawbarError
from memory.database import Database
from memory.evidence.evidence import About, Evidence, Look, Opened
from memory.evidence.master import Master
from memory.evidence.vault import Vault
from memory.records.store import Records


class EvidenceStore:
    """Opens evidence for people, beside the gateways that keep it."""

    def __init__(self, database: Database, master: Master) -> None:
        self.database = database
        self.vault = Vault(database, master)
        self.evidence = Evidence(database, self.vault, {})
        self._records = Records(database)

    async def of_decision(
        self, decision_id: str, who: str, note: str, now: datetime
    ) -> list[Opened]:
        """Open what is kept of a decision and of its call."""
        record = await self._records.get(decision_id)
        if record is None:
            raise DrawbarError(f"there is no decision `{decision_id}`")
        about = About(record.tenant, record.id, record.session, record.call_id, record.subject)
        return await self.evidence.get(about, Look(who, note, now))
