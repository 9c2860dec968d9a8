"""The application, with a short way to the answer for some of its paths."""

from typing import Final

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

POST: Final = "POST"


class Application(FastAPI):
    """What FastAPI makes of the routes; a POST to a path in `short_cuts` goes past all of it.

    Each of these paths is an ordinary route as well: the short cut hands it what it does not take.
    """

    short_cuts: dict[str, ASGIApp]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["method"] == POST:
            taken = self.short_cuts.get(scope["path"])
            if taken is not None:
                await taken(scope, receive, send)
                return
        await self.ordinary(scope, receive, send)

    async def ordinary(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by its route."""
        await super().__call__(scope, receive, send)
