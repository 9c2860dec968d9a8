"""What makes learned rules once more from the store beside a gateway, for a command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app import settings
from app.data_folder import digest_key
from app.learning.learning import sampling_key
from app.places import open_database
from app.publishing.desk import trusted
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.feedback.store import Feedback
from memory.learning.cases import Cases
from memory.learning.revisions import MemoryRevisions
from memory.learning.verifying import Verifier
from memory.records.signer import file_signer


@asynccontextmanager
async def verifier(data: Path | None) -> AsyncIterator[Verifier]:
    """Open the store that the settings name; it may be in use."""
    found = settings.load({"data": data})
    database = open_database(found, create=False)
    try:
        await database.migrate()
        secret = digest_key(found.data, create=False)
        vault = Vault(database, FileMaster(secret))
        keys = trusted(found.policy_keys, found.data)
        revisions = MemoryRevisions(database, file_signer(found.data), keys)
        cases, sampling = Cases(database, vault), sampling_key(secret)
        yield Verifier(Feedback(database, vault), cases, revisions, sampling)
    finally:
        await database.close()
