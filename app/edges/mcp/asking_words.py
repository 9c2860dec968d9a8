"""What a person is shown who is asked through an MCP client, and what of the answer counts."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from app.edges.mcp.judge import Asked, Ruling
from app.plain import plain
from dsl import strictjson

LONGEST: Final = 8_000  # characters of arguments that a person can look through in a form
ELICIT: Final = "elicitation/create"
_APPROVE: Final = "approve"
_FENCE: Final = "```"
_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        _APPROVE: {
            "type": "boolean",
            "title": "Run this call, once",
            "description": "Leave it off unless you want exactly this call.",
            "default": False,
        }
    },
    "required": [_APPROVE],
}


class Answered(StrEnum):
    """What a person said; whatever is no clear word is none."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"


def can(capabilities: Mapping[str, Any], mode: str) -> bool:
    """Tell whether a client says that it can ask in a mode; naming none means `form`."""
    found = capabilities.get("elicitation")
    if not isinstance(found, Mapping):
        return False
    return isinstance(found.get(mode), Mapping) or (mode == "form" and not found)


def asked_in(capabilities: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what matters of a client's capabilities: the modes in which it can be asked."""
    modes = {mode: dict[str, Any]() for mode in ("form", "url") if can(capabilities, mode)}
    return {"elicitation": modes} if modes else {}


def form(asked: Asked, ruling: Ruling) -> Mapping[str, Any] | None:
    """Return the form for a call, or nothing where it would not show all of it."""
    args = strictjson.canonical(dict(asked.args))
    changed = None if ruling.args is None else strictjson.canonical(dict(ruling.args))
    if len(args) + len(changed or "") > LONGEST:
        return None
    lines = [
        f"Shall `{plain(asked.server)}/{plain(asked.tool)}` be called?",
        *_fenced(args),
        *([] if changed is None else ["It would run with:", *_fenced(changed)]),
        plain(ruling.message),  # last, so that it can hide nothing: it may hold values of the call
    ]
    return {"mode": "form", "message": "\n".join(lines), "requestedSchema": _SCHEMA}


def _fenced(args: str) -> tuple[str, str, str]:
    """Return arguments as code, so that a client which lays out Markdown hides none of them.

    They are one line, since JSON writes line breaks as characters; nothing in it ends the fence.
    """
    return _FENCE, plain(args), _FENCE


def page(asked: Asked, ruling: Ruling) -> Mapping[str, Any] | None:
    """Return where a person decides, or nothing where there is no whole address."""
    url = "" if ruling.approval is None else ruling.approval.url
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return None
    words = f"`{plain(asked.server)}/{plain(asked.tool)}` waits for approval on this page."
    return {"mode": "url", "message": f"{words}\n{plain(ruling.message)}", "url": url}


def said(answer: object) -> Answered:
    """Read what a person answered: `accept` with a true `approve` is yes, and nothing else is."""
    if not isinstance(answer, Mapping):
        return Answered.NOTHING
    action, content = answer.get("action"), answer.get("content")
    if action == "decline":
        return Answered.NO
    if action != "accept" or not isinstance(content, Mapping):
        return Answered.NOTHING
    if content.get(_APPROVE) is True and set(content) == {_APPROVE}:
        return Answered.YES
    return Answered.NO if content.get(_APPROVE) is False else Answered.NOTHING


def opened(answer: object) -> bool:
    """Tell whether a person went to the page; what is decided there is another matter."""
    return isinstance(answer, Mapping) and answer.get("action") == "accept"
