"""Lets the web pages of listed origins read what the MCP gateway answers; all others may not.

Whether a request is taken at all is decided before, by `origin`. This tells browsers of it.
"""

from collections.abc import Iterable
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.edges.mcp.oauth import WELL_KNOWN

_OURS: Final = ("/mcp/", WELL_KNOWN + "/mcp/")
_READ: Final = ("Mcp-Session-Id", "WWW-Authenticate")
_KEPT_S: Final = 600


class ReadByPages:
    """Speaks with browsers for the paths of MCP gateways, and for no others."""

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self._app = app
        self._pages = CORSMiddleware(
            app,
            allow_origins=sorted(origins),
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=("*",),  # `Mcp-Param-...` may be any; each is looked at by `headers`
            expose_headers=_READ,
            allow_credentials=False,  # there are no cookies here
            max_age=_KEPT_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, by way of the pages where it is about them."""
        ours = scope["type"] == "http" and scope["path"].startswith(_OURS)
        await (self._pages if ours else self._app)(scope, receive, send)
