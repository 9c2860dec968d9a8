"""What the overlays that memory adds are called, and what of a revision is bound."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final

from memory.induction.configuration import OVERLAY
from memory.induction.evidence import Side

FOLDER: Final = "memory"  # where the overlays stand in the text of a policy revision
_HEAD: Final = f"overlay {OVERLAY} version 1;"
_NOTE: Final = "# memory m_"


def name_of(tenant: str) -> str:
    """Return the name of the overlay of one tenant: a word, whatever the tenant is called."""
    digest = hashlib.sha256(tenant.encode()).digest()
    return "memory_" + base64.b32encode(digest).decode().lower()[:10]


def text_of(content: Mapping[str, Any]) -> str | None:
    """Return the overlay that a revision binds; None where no rule of it narrows.

    The counts behind a rule are left out: they change with each refresh, and rules do not.
    """
    told = content["told"]
    if not any(one["side"] == str(Side.DENY) for one in told["rules"]):
        return None
    text = str(told["narrow"])
    if not text.startswith(_HEAD):
        return None
    named = f"overlay {name_of(content['tenant'])} version 1;{text.removeprefix(_HEAD)}"
    lines = (one for one in named.split("\n") if not one.startswith(_NOTE))
    return "\n".join(lines)
