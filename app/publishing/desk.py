"""All that one gateway publishes policies with."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.problems import Problem
from app.publishing.bench import Workbench
from memory.database import Database
from memory.publishing.drafts import Drafts
from memory.publishing.proposals import Proposals
from memory.publishing.published import Published
from memory.publishing.publisher import Publisher
from memory.records.signer import PUBLIC, Signer, key_id, public_key

STORE: Final = "store"


class Desk:
    """Drafts, what was published, and how more is."""

    def __init__(
        self, database: Database, signer: Signer, writer: str, keys: Mapping[str, Ed25519PublicKey]
    ) -> None:
        self.drafts = Drafts(database)
        self.published = Published(database, keys)
        self.publisher = Publisher(database, signer, writer, keys)
        self.proposals = Proposals(database, self.publisher)
        self.workbench = Workbench()  # for whoever looks at drafts
        self.publishing = Workbench()  # of its own: nobody who only looks keeps others from it
        self.replaying = asyncio.Semaphore(1)
        self._trusted = signer.key_id in keys

    def refuse_elsewhere(self, source: str) -> None:
        """Refuse to publish where no gateway like this one would take it up."""
        if source != STORE:
            words = f"this gateway takes its policies from a {source}"
            raise Problem(409, "not_from_store", f"{words}; set `policy_source` to `{STORE}`")
        if not self._trusted:
            words = "`policy_keys` does not have the key that this gateway signs with"
            raise Problem(409, "key_not_trusted", f"{words}; publish at another")


def trusted(paths: Sequence[Path], folder: Path) -> Mapping[str, Ed25519PublicKey]:
    """Return the keys whose publications are taken up: those of some files, or the folder's own."""
    keys = [public_key(path) for path in (paths or (folder / PUBLIC,))]
    return {key_id(key): key for key in keys}
