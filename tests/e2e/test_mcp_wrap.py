"""`drawbar mcp wrap` with real servers and the official client: each a process of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError

from app.edges.mcp import pins
from app.edges.mcp.pinning import listed
from app.edges.mcp.wrapping import opener
from tests.e2e.gateway_process import GatewayProcess

DRAWBAR: Final = (sys.executable, "-m", "app.cli")
GIT: Final = (sys.executable, "-m", "mcp_server_git")
TIME: Final = (sys.executable, "-m", "mcp_server_time")
Tools = Sequence[Mapping[str, Any]]
POLICY: Final = """\
policy work version 1;

rule look: allow git/git_status, git/git_log;
rule stage: allow git/git_add;
rule publish: ask git/git_commit because "a commit needs a person";
rule clock: allow time/get_current_time;
"""


class Place:
    """A folder with policies, a repository, and the environment that wraps run in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.policies = folder / "policies"
        self.policies.mkdir()
        (self.policies / "work.bar").write_text(POLICY)
        self.repository = folder / "repository"
        self.repository.mkdir()
        self.git("init", "-q")
        self.git("config", "user.email", "a@example.com")
        self.git("config", "user.name", "Ada")
        (self.repository / "note.txt").write_text("hello")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.repository, text=True, capture_output=True, check=True
        )
        return done.stdout

    def drawbar(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*DRAWBAR, *arguments],
            cwd=self.folder,
            env=self.environment({}),
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: v for name, v in os.environ.items() if not name.startswith("DRAWBAR")}
        return {**kept, **more}

    def pin(self, name: str, tools: Tools) -> None:
        pins.write(self.policies, name, tools)

    def wrap(
        self, name: str, command: tuple[str, ...], *options: str, **env: str
    ) -> StdioServerParameters:
        given = ("--policies", str(self.policies), "--name", name, *options)
        arguments = [*DRAWBAR[1:], "mcp", "wrap", *given, "--", *command]
        return StdioServerParameters(
            command=DRAWBAR[0], args=arguments, cwd=self.folder, env=self.environment(env)
        )


@pytest.fixture(scope="module")
def git_tools() -> Tools:
    return asyncio.run(listed("git", opener("git", GIT)))


@pytest.fixture(scope="module")
def time_tools() -> Tools:
    return asyncio.run(listed("time", opener("time", TIME)))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@asynccontextmanager
async def client(wrapped: StdioServerParameters, mode: str = "auto") -> AsyncIterator[Client]:
    async with Client(wrapped, mode=mode) as found:
        yield found


def play(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(150):
            await story()

    asyncio.run(bounded())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_commit_waits_for_a_person_and_the_repository_stays(
    place: Place, git_tools: Tools, mode: str
) -> None:
    """What is allowed happens in the repository; what is asked about or hidden does not."""
    place.pin("git", git_tools)
    local = ("--local", "--data", str(place.folder / "var"))
    path = str(place.repository)

    async def story() -> None:
        async with client(place.wrap("git", GIT, *local), mode) as git:
            shown = [one.name for one in (await git.list_tools()).tools]
            assert shown == ["git_add", "git_commit", "git_log", "git_status"]
            staged = await git.call_tool("git_add", {"repo_path": path, "files": ["note.txt"]})
            assert not staged.is_error
            commit = await git.call_tool("git_commit", {"repo_path": path, "message": "first"})
            assert commit.is_error
            reset = await git.call_tool("git_reset", {"repo_path": path})
            assert reset.is_error

    play(story)

    assert place.git("status", "--porcelain") == "A  note.txt\n"
    assert place.git("rev-list", "--all") == ""


def test_wraps_on_one_folder_share_a_store_and_outlive_each_other(
    place: Place, git_tools: Tools, time_tools: Tools
) -> None:
    """The second wrap asks the first, in one session; when that one ends, it takes the store."""
    place.pin("git", git_tools)
    place.pin("time", time_tools)
    local = ("--local", "--data", str(place.folder / "var"))

    async def story() -> None:
        async with asyncio.TaskGroup() as group:
            first_ready, second_done = asyncio.Event(), asyncio.Event()

            async def first() -> None:
                async with client(place.wrap("git", GIT, *local)) as git:
                    status = await git.call_tool("git_status", {"repo_path": str(place.repository)})
                    assert not status.is_error
                    first_ready.set()
                    await second_done.wait()

            holding = group.create_task(first())
            await first_ready.wait()
            async with client(place.wrap("time", TIME, *local)) as clock:
                now = {"timezone": "UTC"}
                assert not (await clock.call_tool("get_current_time", now)).is_error
                second_done.set()
                await holding
                assert not (await clock.call_tool("get_current_time", now)).is_error
                denied = await clock.call_tool("convert_time", {"time": "1", **now})
                assert denied.is_error

    play(story)

    shown = place.drawbar("decisions", "--data", str(place.folder / "var"), "--format", "json")
    decisions = json.loads(shown.stdout)
    assert len({one["session"] for one in decisions}) == 1
    assert {one["server"] for one in decisions} >= {"git", "time"}


def test_a_wrap_asks_a_running_gateway_and_denies_when_it_is_gone(
    place: Place, git_tools: Tools
) -> None:
    """The gateway decides; once it is killed, every call is denied and none is made."""
    place.pin("git", git_tools)
    path = str(place.repository)

    async def story(gateway: GatewayProcess) -> None:
        env = {"DRAWBAR_URL": gateway.address, "DRAWBAR_KEY": gateway.key}
        async with client(place.wrap("git", GIT, **env)) as git:
            assert not (await git.call_tool("git_status", {"repo_path": path})).is_error
            shown = [one.name for one in (await git.list_tools()).tools]
            assert "git_reset" not in shown
            gateway.stop(signal.SIGKILL)
            staged = await git.call_tool("git_add", {"repo_path": path, "files": ["note.txt"]})
            assert staged.is_error
            told = staged.structured_content or {}
            assert told.get("drawbar", {}).get("effect", "deny") == "deny"
            assert (await git.list_tools(cache_mode="bypass")).tools == []

    with GatewayProcess(place.folder, "--port", "0", policies=place.policies) as gateway:
        play(lambda: story(gateway))

    assert place.git("status", "--porcelain") == "?? note.txt\n"


def test_nothing_is_pinned_and_nothing_is_shown(place: Place) -> None:
    """Without pins all tools are hidden, and a call of one is denied."""
    local = ("--local", "--data", str(place.folder / "var"))

    async def story() -> None:
        async with client(place.wrap("git", GIT, *local)) as git:
            assert (await git.list_tools()).tools == []
            path = str(place.repository)
            staged = await git.call_tool("git_add", {"repo_path": path, "files": ["note.txt"]})
            assert staged.is_error

    play(story)

    assert place.git("status", "--porcelain") == "?? note.txt\n"


def test_without_a_gateway_a_wrap_does_not_start(place: Place) -> None:
    """It says in one sentence what to do, and starts no server."""
    nowhere = ("mcp", "wrap", "--name", "git")
    for options, words in (
        ((), "or add --local"),
        (("--url", "http://127.0.0.1:9"), "there is no key in DRAWBAR_KEY"),
    ):
        done = place.drawbar(*nowhere, *options, "--", *GIT)
        assert done.returncode == 1
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_wrap_before_a_dead_address_does_not_start(place: Place) -> None:
    """A client that starts it sees no server at all, rather than one that decides nothing."""
    env = {"DRAWBAR_KEY": "drw_x"}

    async def story() -> None:
        async with client(place.wrap("git", GIT, "--url", "http://127.0.0.1:9", **env)):
            pass

    with pytest.raises((MCPError, ExceptionGroup, OSError)):
        play(story)


def test_pinning_says_what_became_of_each_tool(place: Place) -> None:
    """The first time all is new, the second time all is the same."""
    pin = ("mcp", "pin", "--policies", str(place.policies), "--", *TIME)

    first, second = place.drawbar(*pin), place.drawbar(*pin)

    assert "  new       get_current_time" in first.stdout
    assert "  same      get_current_time" in second.stdout
    assert (place.policies / "mcp-pins.json").exists()
