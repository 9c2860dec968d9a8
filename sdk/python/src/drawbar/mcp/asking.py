"""How the person at a client is asked about a call, with the host's elicitation callback."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from mcp.client.session import ClientRequestContext, ClientSession, ElicitationFnT
from mcp_types import (
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitRequestURLParams,
    ElicitResult,
)

from drawbar.decision import Approval, Decision

_FORM: Final = {
    "type": "object",
    "properties": {"approve": {"type": "boolean", "title": "Let this call run"}},
    "required": ["approve"],
}
Said = Literal["yes", "no", "looked", "nothing"]


async def ask(
    callback: ElicitationFnT,
    session: ClientSession,
    decision: Decision,
    request: ElicitRequestParams,
) -> Said:
    """Return what the person said; only an accepted form with `approve` set is a yes."""
    context = ClientRequestContext(session=session, request_id=decision.call_id)
    answer = await callback(context, request)
    if not isinstance(answer, ElicitResult) or answer.action == "cancel":
        return "nothing"
    if answer.action == "decline":
        return "no"
    if isinstance(request, ElicitRequestURLParams):
        return "looked"
    approved = (answer.content or {}).get("approve")
    return "yes" if approved is True else "no" if approved is False else "nothing"


def form(tool: str, args: Mapping[str, Any], decision: Decision) -> ElicitRequestFormParams:
    """Return a form that shows what would run."""
    shown = json.dumps(args, ensure_ascii=True, sort_keys=True, default=str)
    message = f"{decision.message}\n{_plain(tool)} {shown}"
    return ElicitRequestFormParams(message=message, requested_schema=_FORM)  # type: ignore[arg-type, unused-ignore]


def link(decision: Decision, approval: Approval) -> ElicitRequestURLParams | None:
    """Return the link to where people approve, if the gateway gave a whole one."""
    if not approval.url.startswith(("https://", "http://")):
        return None
    return ElicitRequestURLParams(
        message=decision.message, url=approval.url, elicitation_id=approval.id
    )


def _plain(text: str) -> str:
    """Write signs out that could make a text look like another."""
    return json.dumps(text, ensure_ascii=True)[1:-1]
