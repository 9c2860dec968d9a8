"""Speaks to one Redis: scripts, faults in our words, and whether it can be relied on at all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from memory.database import StoreError
from memory.sessions.in_redis import scripts
from memory.sessions.in_redis.keys import INDEX, PREFIX
from memory.sessions.store import NotKept, SessionsLost

CONNECTIONS: Final = 64
ANSWER_S: Final = 3.0
ON_DISK_MS: Final = 2_000  # shorter than an answer may take
_LOST: Final = "LOST "


class Server:
    """One Redis or Valkey, and the sessions of one store in it."""

    def __init__(self, url: str) -> None:
        self.shown = _without_password(url)
        self.store = ""
        self.known = 0  # the highest number of an event that this gateway saw
        try:
            pool = redis.BlockingConnectionPool.from_url(
                url,
                max_connections=CONNECTIONS,
                timeout=ANSWER_S,
                socket_timeout=ANSWER_S,
                socket_connect_timeout=ANSWER_S,
                # What may be said again is said again below, and nothing else.
                retry=Retry(NoBackoff(), 0),
                protocol=2,
            )
        except ValueError:  # its words may hold a part of the password
            raise StoreError("`session_store` cannot be used: it is not a Redis URL") from None
        self._redis: Any = redis.Redis(connection_pool=pool)  # its own types are not complete

    async def ask(self, script: str, keys: Sequence[str] = (), *args: Any) -> Any:
        """Return what a script answers; it first sees that the store is the one it was.

        Each of them may be heard twice: a connection that was cut while it was idle is made anew.
        """
        told = script, 1 + len(keys), INDEX, *keys, self.store, self.known, *args
        with faults():
            try:
                return await self._redis.eval(*told)
            except RedisConnectionError:
                return await self._redis.eval(*told)

    async def store_on_disk(self, script: str, keys: Sequence[str], *args: Any) -> int:
        """Return what a script answers once Redis says that it is on its disk; it is said once."""
        with faults():
            async with self._redis.pipeline(transaction=False) as both:
                both.eval(script, 1 + len(keys), INDEX, *keys, self.store, self.known, *args)
                both.execute_command("WAITAOF", 1, 0, ON_DISK_MS)
                answer, on_disk = await both.execute(raise_on_error=False)
            for one in (answer, on_disk):
                if isinstance(one, Exception):
                    raise one
        if on_disk[0] < 1:
            raise NotKept("Redis did not write to its disk in time")
        return int(answer)

    async def fit(self) -> None:
        """Refuse a server that may forget what it was told, or that is not the only one."""
        try:
            told = await self._redis.info()
            await self._redis.execute_command("WAITAOF", 1, 0, ON_DISK_MS)
        except (RedisError, OSError) as error:
            raise StoreError(
                f"the sessions at {self.shown} cannot be used: {_first(error)}"
            ) from error
        wanted = {
            "aof_enabled": (1, "it keeps nothing over a restart; set `appendonly yes`"),
            "maxmemory_policy": (
                "noeviction",
                "it forgets keys when it is full; set `maxmemory-policy noeviction`",
            ),
            "role": ("master", "it is a replica"),
            "cluster_enabled": (0, "it is a part of a cluster, which is not supported"),
        }
        for name, (value, words) in wanted.items():
            if told.get(name) != value:
                raise StoreError(f"the sessions at {self.shown} cannot be used: {words}")

    async def claim(self, store: str) -> tuple[str, int]:
        """Name the store, unless it has a name; return the name it has, and its last number."""
        with faults():
            await self._redis.hsetnx(INDEX, "store", store)
            name, number = await self._redis.hmget(INDEX, "store", "number")
        return name.decode(), int(number or 0)

    async def mark(self) -> tuple[str | None, int]:
        """Return the name of the store that is there, if any, and its last number."""
        with faults():
            name, number = await self._redis.hmget(INDEX, "store", "number")
        return None if name is None else name.decode(), int(number or 0)

    async def clear(self) -> None:
        """Remove all sessions of any store."""
        with faults():
            async for key in self._redis.scan_iter(f"{PREFIX}*", count=1_000):
                await self._redis.unlink(key)

    async def answers(self) -> bool:
        """Tell whether it can be asked, and has lost nothing."""
        try:
            await self.ask(scripts.THERE)
        except (SessionsLost, OSError):
            return False
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self._redis.aclose()
        await self._redis.connection_pool.aclose()


@contextmanager
def faults() -> Iterator[None]:
    """Tell faults of Redis in our words."""
    try:
        yield
    except ResponseError as error:
        words = str(error)
        if words.startswith(_LOST):
            raise SessionsLost(f"Redis lost sessions: {words.removeprefix(_LOST)}") from error
        raise NotKept(_first(error)) from error
    except RedisError as error:
        raise NotKept(_first(error)) from error


def _first(error: BaseException) -> str:
    """Return the first line of a fault, without the script that it may go on with."""
    return (str(error).splitlines() or [""])[0][:200] or type(error).__name__


def _without_password(url: str) -> str:
    found = urlsplit(url)
    return f"{found.scheme}://{found.netloc.rpartition('@')[2]}{found.path}"
