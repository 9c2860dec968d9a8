"""Routes that will go say so in each answer: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).

A route is declared with `deprecated=True` and `openapi_extra=gone(SINCE, SUNSET)`.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTICE: Final = timedelta(days=180)
SINCE: Final = "x-deprecated-since"
SUNSET: Final = "x-sunset"


def gone(since: date, sunset: date) -> dict[str, Any]:
    """Return what a route that will go says in the API's description."""
    if sunset - since < NOTICE:
        raise ValueError(f"a route stays for {NOTICE.days} days after it is said that it will go")
    return {SINCE: since.isoformat(), SUNSET: sunset.isoformat()}


def install(app: FastAPI) -> None:
    """Let every route that is marked as deprecated say it; one without its days is a defect."""
    for route in app.routes:
        if isinstance(route, APIRoute) and route.deprecated:
            route.app = _telling(route.app, _headers(route.openapi_extra or {}))


def _headers(extra: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    since, sunset = (_midnight(extra[name]) for name in (SINCE, SUNSET))
    deprecation, end = f"@{int(since.timestamp())}", format_datetime(sunset, usegmt=True)
    return [(b"deprecation", deprecation.encode()), (b"sunset", end.encode())]


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def _telling(inner: ASGIApp, headers: list[tuple[bytes, bytes]]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *headers]}
            await send(message)

        await inner(scope, receive, told)

    return app
