"""Who comes to the MCP gateway: an API key, or an access token of a known issuer."""

from typing import Final

from fastapi import Request

from app.auth import Caller, authenticate
from app.edges.mcp.oauth import Tokens
from app.problems import Problem
from app.wiring import Gateway

_KEY: Final = "drw_"


async def comes(request: Request, tokens: Tokens, name: str) -> Caller:
    """Return who comes to the gateway of that name, or refuse; more than one credential is none.

    What came in is looked at here and nowhere else: no server behind us ever sees it.
    """
    given = request.headers.getlist("authorization")
    scheme, _, secret = (given[0] if len(given) == 1 else "").partition(" ")
    secret = secret.strip(" ")
    if scheme.lower() != "bearer" or not secret:
        raise tokens.without(name)
    gateway: Gateway = request.app.state.gateway
    if tokens.accepted and not secret.startswith(_KEY):
        caller = await tokens.caller(secret, name, gateway.now())
        gateway.limits.admit(caller.key)
        return caller
    try:
        return await authenticate(request, gateway.settings.deadline_ms / 1000)
    except Problem as error:
        if error.status_code != 401:  # noqa: PLR2004 - unauthenticated
            raise
        raise tokens.without(name) from None
