"""One way to write a test for both kinds: blocking clients and functions, and those of asyncio."""

import asyncio
import contextvars
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from drawbar import AsyncClient, AsyncSession, Client, Session, guard
from tests.sdk.real import Real

KINDS: Final = ("blocking", "asyncio")
PATIENCE_S: Final = 60.0


class Kit:
    """A client of one kind, a loop for it if it needs one, and what its tools did."""

    def __init__(self, kind: str, runner: asyncio.Runner) -> None:
        self.kind = kind
        self.did: list[Any] = []
        self._runner = runner

    def run(self, value: Any) -> Any:
        """Return what was awaited, if it is to be awaited."""
        if not inspect.isawaitable(value):
            return value

        async def wait() -> Any:
            return await value

        return self._runner.run(wait(), context=contextvars.copy_context())

    def client(self, url: str | None, key: str, **options: Any) -> Any:
        made = Client if self.kind == "blocking" else AsyncClient
        return made(url, key, **{"timeout": PATIENCE_S, **options})

    def tool(
        self, gives: Any = "done", fails: BaseException | None = None, **options: Any
    ) -> Callable[..., Any]:
        """Return a guarded tool of this kind that takes anything, and notes that it ran."""

        def work(**named: Any) -> Any:
            self.did.append(named)
            if fails is not None:
                raise fails
            return gives

        async def later(**named: Any) -> Any:
            await asyncio.sleep(0)
            return work(**named)

        return self.made(work if self.kind == "blocking" else later, **options)

    def made(self, function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
        """Guard a function, and wait for it where it is one of asyncio."""
        guarded = guard(**options)(function)
        return lambda *args, **named: self.run(guarded(*args, **named))


@contextmanager
def kit(kind: str) -> Iterator[Kit]:
    with asyncio.Runner() as runner:
        yield Kit(kind, runner)


@contextmanager
def in_session(
    kit: Kit, real: Real, over: str = "unix", **options: Any
) -> Iterator[Session | AsyncSession]:
    """Enter a new session of the real gateway."""
    place = {"uds": real.uds, "url": None} if over == "unix" else {"url": real.url}
    client = kit.client(key=real.key, **place, **options)
    try:
        with client.session() as session:
            yield session
    finally:
        kit.run(client.close())
