"""A key in the data folder: who may read that folder could make one anyway."""

import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from memory.keys import Keys, Scope

LOCAL_USER: Final = "local"  # for whom agents act that wraps on a folder stand before


async def own_key(
    keys: Keys, path: Path, name: str, scopes: Iterable[Scope], now: datetime, **fields: Any
) -> str:
    """Return the key in a file; made once, readable by the owner alone."""
    kept = _kept(path)
    if kept is not None and await keys.find(kept) is not None:
        return kept
    made = await keys.create(name, scopes, now, **fields)
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(made + "\n")
    draft.replace(path)
    return made


def _kept(path: Path) -> str | None:
    return path.read_text("utf-8").strip() if path.exists() else None
