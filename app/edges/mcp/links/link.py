"""What a connection to an MCP server is, and how it fails."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from app.edges.mcp.messages import METHOD_NOT_FOUND, Refused, Request
from dsl.errors import DrawbarError

MOST: Final = 4 << 20  # bytes of one message
LEAVES: Final = 100_000  # values of one message: a server may list hundreds of tools at once
Progress = Callable[[Mapping[str, Any]], Awaitable[None]]
Heard = Callable[[str], None]  # a notification, by its method


class LinkError(DrawbarError):
    """A request that got no answer which could be used."""


class Unsent(LinkError):
    """Nothing of the request reached the server."""


class Lost(LinkError):
    """The request was sent, and nobody knows what became of it."""


class Garbled(LinkError):
    """What came back is no answer: too large, not JSON, or to something nobody asked."""


class Link(Protocol):
    """One connection to one server."""

    @property
    def closed(self) -> bool:
        """Tell whether nothing can be asked here any longer."""
        ...

    async def ask(
        self,
        method: str,
        params: Mapping[str, Any],
        seconds: float,
        progress: Progress | None = None,
        schema: Any = None,
    ) -> Mapping[str, Any]:
        """Return the result of a request; raise `Refused` as the server does, or `LinkError`.

        By the `schema` of a tool that is called, some arguments are repeated in headers.
        """
        ...

    async def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Send a notification."""
        ...

    def adopt(self, revision: str) -> None:
        """Speak this revision from now on."""
        ...

    async def close(self) -> None:
        """End the connection, and whatever was started for it."""
        ...


def asked_back(request: Request) -> Mapping[str, Any]:
    """Answer what a server asks of its client: it is alive, and gives away nothing."""
    if request.method == "ping":
        return {}
    raise Refused(METHOD_NOT_FOUND, "this client samples nothing and has no roots")
