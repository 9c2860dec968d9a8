"""What the overlays that memory adds are called, and what of a revision is bound."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from dsl import syntax
from dsl.errors import Finding, Source
from dsl.format import reformat
from dsl.model import Effect
from dsl.parse import statement
from dsl.show.statements import show
from memory.induction.configuration import OVERLAY
from memory.induction.evidence import Side

FOLDER: Final = "memory"  # where the overlays stand in the text of a policy revision
_HEAD: Final = f"overlay {OVERLAY} version 1;"
_NOTE: Final = "# memory m_"
_FINE: Final = "a model denies calls like this one, and people said that they are fine"


def name_of(tenant: str) -> str:
    """Return the name of the overlay of one tenant: a word, whatever the tenant is called."""
    return f"memory_{_word(tenant)}"


def softening_of(tenant: str) -> str:
    """Return the name of the overlay of what softens for one tenant."""
    return f"soften_{_word(tenant)}"


def _word(tenant: str) -> str:
    digest = hashlib.sha256(tenant.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:10]


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


def softening_text(content: Mapping[str, Any]) -> str | None:
    """Return the overlay of what a revision nominates, in shadow; None where that is nothing.

    The oldest rule stands first, whatever is proved of it since: it is the one that asks.
    """
    told = content["told"]
    born = {one["id"]: (one["born_seq"], one["id"]) for one in told["rules"]}
    nominated = [one for one in told["soften"] if one["nominated"] and one["rule"] in born]
    head = str(told["configuration"]["head"])
    if not nominated or not head.startswith(_HEAD):
        return None
    ordered = sorted(nominated, key=lambda one: born[one["rule"]])
    needs = dict.fromkeys(need for one in ordered for need in one["needs"])
    rules = list(_softening(ordered, str(told["configuration"]["approver"])))
    named = f"overlay {softening_of(content['tenant'])} version 1;{head.removeprefix(_HEAD)}"
    return reformat(Source(FOLDER, "\n".join((named.rstrip(), *needs, "", *rules, ""))))


def _softening(nominated: list[Any], approver: str) -> Iterator[str]:
    for one in nominated:
        written = f"rule {one['rule']}: ask * when {one['condition']};"
        found = statement(written)
        if isinstance(found, Finding) or not isinstance(found, syntax.Rule):
            continue
        yield show(
            syntax.Rule(
                name=one["rule"],
                effect=Effect.ASK,
                selector=syntax.Selector((syntax.ToolPattern(one["tool"]),)),
                condition=found.condition,
                approver=syntax.Approver("role", approver),
                because=_FINE,
                shadow=True,
            )
        )
