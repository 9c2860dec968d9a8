"""What an approval is bound to: the exact call, whose it is, and the rules that ask."""

import hmac
from collections.abc import Mapping
from typing import Any, Final

from dsl import strictjson
from dsl.model import Asking, ToolCall
from memory.sealing import derived

_FORM: Final = 1  # changes when what is bound does: approvals of the form before then ask anew


class Binder:
    """Makes the digests that approvals are bound to. All gateways of a store have one key."""

    def __init__(self, root: bytes) -> None:
        self._key = derived(root, "approval digests")

    def digest(
        self,
        tenant: str,
        call: ToolCall,
        changed: Mapping[str, Any] | None,
        edge: str,
        asking: tuple[Asking, ...],
    ) -> str:
        """Return a digest of all that must be the same when an approval is used."""
        rules = sorted([one.policy, one.rule or "", one.text] for one in asking)
        bound = {
            "form": _FORM,
            "tenant": tenant,
            "subject": call.subject.id,
            "roles": sorted(call.subject.roles),
            "agent": call.agent,
            "session": call.session,
            "server": call.server,
            "tool": call.tool,
            "args": dict(call.args),
            "changed": None if changed is None else dict(changed),
            "context": dict(call.context),
            "edge": edge,
            "asking": rules,
        }
        written = strictjson.canonical(bound).encode()
        return hmac.digest(self._key, written, "sha256").hex()
