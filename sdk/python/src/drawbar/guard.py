"""`@guard`: a function that runs only if the gateway lets it, and shows only what may be shown."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, overload

from drawbar.blocking import at_once
from drawbar.client import AsyncClient, Client
from drawbar.guarded import Seat, Tool, Where, call
from drawbar.session import AsyncSession, Session

P = ParamSpec("P")
R = TypeVar("R")


@overload
def guard(function: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def guard(
    *,
    client: Client | AsyncClient | None = None,
    session: Session | AsyncSession | None = None,
    name: str | None = None,
    server: str | None = None,
    wait_s: int = 0,
    to_json: Callable[[Any], Any] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def guard(  # noqa: PLR0913 - one parameter a choice
    function: Callable[..., Any] | None = None,
    /,
    *,
    client: Client | AsyncClient | None = None,
    session: Session | AsyncSession | None = None,
    name: str | None = None,
    server: str | None = None,
    wait_s: int = 0,
    to_json: Callable[[Any], Any] | None = None,
) -> Any:
    """Let a function, a method or an async one run only as the gateway decides.

    It runs in the session whose `with` block the caller is in, or in `session`. Denied, it raises
    `Denied`; where people are asked it waits `wait_s` seconds, then raises `Pending`. Arguments
    that rules changed are the ones it runs with. Its result is reported, and what rules leave of
    it is returned; if they leave nothing, `Withheld` is raised. `to_json` turns a result that
    JSON cannot hold into what the gateway is told of it. `client` asks instead of the session's.
    """

    def guarded(function: Any) -> Any:
        if isinstance(function, classmethod | staticmethod):
            return type(function)(guarded(function.__func__))
        seat = Seat(None if client is None else client.cores, session)
        return _wrapped(Tool(function, name, server, wait_s, to_json), seat)

    return guarded if function is None else guarded(function)


def _wrapped(tool: Tool, seat: Seat) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(tool.function):

        @functools.wraps(tool.function)
        async def run_async(*args: Any, **named: Any) -> Any:
            session = seat.entered(tool.name)
            where = Where(session, seat.looping(session), lambda work: work)
            return await call(tool, where, args, named)

        return run_async

    @functools.wraps(tool.function)
    def run(*args: Any, **named: Any) -> Any:
        session = seat.entered(tool.name)
        return at_once(call(tool, Where(session, seat.blocking(session), at_once), args, named))

    return run
