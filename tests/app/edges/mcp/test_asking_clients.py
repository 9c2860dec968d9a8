"""The SDK's own client is asked, over both transports and in both revisions.

The oracle is what reached the server.
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitResult, InputRequiredResult, PromptReference

from app.auth import Caller
from app.edges.mcp import pins
from app.edges.mcp.asking_people import QUESTION, AskingPeople
from app.edges.mcp.calls import Seat
from app.edges.mcp.here import Here
from app.edges.mcp.judge import Judge
from app.edges.mcp.links.opening import MODERN
from app.edges.mcp.local import _Server
from app.edges.mcp.request_state import RequestStates
from app.edges.mcp.there import Line, There
from memory.keys import Scope
from tests.app.edges.mcp.scripted import PAY, Bank, Seated, piped
from tests.harness import GatewayHarness

LEGACY: Final = "legacy"
FAULTY: Final = str(Path(__file__).with_name("faulty.py"))
RULES: Final = """\
policy bank version 1;
rule small: allow bank/pay when args.amount <= 100;
rule large: ask bank/pay when args.amount > 100 approver user;
"""
TOOL: Final = {"name": "pay", "inputSchema": {"type": "object", "properties": {"amount": {}}}}
BASE: Final = "https://drawbar.example.com"


class Person:
    """Answers what the client is asked; an answer is an action, and perhaps a tick."""

    def __init__(self, action: str, **content: Any) -> None:
        self.action = action
        self.content = content or None
        self.asked: list[Any] = []

    async def __call__(self, _context: Any, params: Any) -> ElicitResult:
        self.asked.append(params)
        return ElicitResult(action=self.action, content=self.content)


def yes() -> Person:
    return Person("accept", approve=True)


def listed(harness: GatewayHarness, name: str | None) -> None:
    """Let the settings name who speaks for its user."""
    settings = harness.gateway.settings
    names = () if name is None else (name,)
    mcp = settings.mcp.model_copy(update={"speaks_for_user": names})
    harness.gateway.settings = settings.model_copy(update={"mcp": mcp})


@asynccontextmanager
async def listening(harness: GatewayHarness) -> AsyncIterator[str]:
    """Serve a gateway on a real socket."""
    held = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(harness.app, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[held]))
    try:
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        held.close()


class Piped:
    """A client over standard input and output."""

    prefix = ""

    def __init__(self, folder: Path) -> None:
        self.harness = GatewayHarness(folder, RULES, public_url=BASE)
        self.bank = Bank(PAY)
        self.seated = Seated(self.harness, bank=self.bank)
        self.speaks = True
        self._judge: Here | None = None

    def ran(self) -> list[Any]:
        return [args["amount"] for _, args in self.bank.ran]

    @asynccontextmanager
    async def client(self, mode: str, person: Any) -> AsyncIterator[Client]:
        states = RequestStates(lambda: b"r" * 32, self.harness.gateway.now)
        gate = await self.seated.gate(Seat(AskingPeople("bank", states)))
        async with (
            piped(gate, await self.judge()) as transport,
            Client(transport, mode=mode, elicitation_callback=person) as client,
        ):
            yield client
        await gate.servers.close()

    async def judge(self) -> Judge:
        """Return the one judge of this process: with it, the session stays."""
        if self._judge is None:
            key = await self.harness.gateway.keys.find(self.harness.key)
            assert key is not None
            self._judge = Here(self.harness.gateway, Caller(key), speaks_for_user=self.speaks)
        return self._judge

    async def aclose(self) -> None:
        pass


class Web:
    """A client over HTTP: a real socket, since an answer must not be held until it ends."""

    prefix = "bank__"

    def __init__(self, folder: Path) -> None:
        self.notes = folder / "notes"
        server = {"command": sys.executable, "args": ["-S", FAULTY, "fine", str(self.notes)]}
        settings = {"gateways": {"work": {"servers": {"bank": server}}}}
        self.harness = GatewayHarness(folder, RULES, public_url=BASE, mcp=settings)
        pins.write(self.harness.policies, "bank", [TOOL])
        self.harness.reload()

    @property
    def speaks(self) -> bool:
        return bool(self.harness.gateway.settings.mcp.speaks_for_user)

    @speaks.setter
    def speaks(self, said: bool) -> None:
        key = self.harness.run(self.harness.gateway.keys.find(self.harness.key))
        assert key is not None
        listed(self.harness, f"key:{key.id}" if said else None)

    def ran(self) -> list[Any]:
        if not self.notes.exists():
            return []
        return [json.loads(one)["amount"] for one in self.notes.read_text().splitlines()]

    @asynccontextmanager
    async def client(self, mode: str, person: Any) -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {self.harness.key}"}
        async with (
            listening(self.harness) as address,
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(
                streamable_http_client(f"{address}/mcp/work", http_client=http),
                mode=mode,
                elicitation_callback=person,
            ) as client,
        ):
            yield client

    async def aclose(self) -> None:
        async with self.harness.app.router.lifespan_context(self.harness.app):
            pass


class Joined(Piped):
    """A client over standard input and output, whose calls another process decides."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.address = ""
        self.there: There | None = None

    @asynccontextmanager
    async def client(self, mode: str, person: Any) -> AsyncIterator[Client]:
        key = await self.harness.gateway.keys.find(self.harness.key)
        assert key is not None
        listed(self.harness, f"key:{key.id}" if self.speaks else "key:other")
        async with listening(self.harness) as self.address, super().client(mode, person) as client:
            yield client
            if self.there is not None:
                self.session = self.there._own
                await self.there.close()

    async def judge(self) -> There:
        """Return a judge that goes on with the session of the one before."""
        line = Line(self.address, self.harness.key)
        self.there = There(line, speaks_for_user=True)  # the gateway has the last word
        self.there._own = getattr(self, "session", None)
        return self.there


Place = Piped | Web


@pytest.fixture(params=[Piped, Web, Joined], ids=["stdio", "http", "joined"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    made: Place = request.param(tmp_path)
    made.speaks = True
    yield made
    made.harness.run(made.aclose())
    made.harness.close()


@pytest.fixture(params=[MODERN, LEGACY])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def story(place: Place, mode: str, person: Any, tells: Any) -> Any:
    """Let a client do something, and return what comes of it."""

    async def told() -> Any:
        async with asyncio.timeout(120), place.client(mode, person) as client:
            return await tells(client)

    return place.harness.run(told())


def pays(place: Place, amount: int = 500) -> Any:
    async def tells(client: Client) -> Any:
        # Named, since an older client that comes back over HTTP has a session of its own.
        meta: Any = {"drawbar/session": "s-1"}
        return await client.call_tool(f"{place.prefix}pay", {"amount": amount}, meta=meta)

    return tells


def status(place: Place) -> list[str]:
    found = place.harness.request("GET", "/v1/approvals").json()["approvals"]
    return [one["status"] for one in found]


def test_a_yes_runs_the_call_exactly_once(place: Place, mode: str) -> None:
    """The client is asked once, sees the whole call, and its answer is used up."""
    person = yes()
    result = story(place, mode, person, pays(place))

    assert not result.is_error
    assert place.ran() == [500]
    assert status(place) == ["used"]
    (asked,) = person.asked
    assert "bank/pay" in asked.message
    assert '{"amount":500}' in asked.message


def test_a_no_never_runs(place: Place, mode: str) -> None:
    """It is a result that says so, and the same call again is denied without a question."""
    person = Person("decline")

    async def tells(client: Client) -> list[Any]:
        return [await pays(place)(client), await pays(place)(client)]

    results = story(place, mode, person, tells)
    assert [one.structured_content["drawbar"]["reason"] for one in results] == ["rejected"] * 2
    assert place.ran() == []
    assert len(person.asked) == 1
    assert status(place) == ["rejected"]


@pytest.mark.parametrize(
    ("action", "content"),
    [("cancel", {}), ("accept", {}), ("accept", {"approve": "true"}), ("accept", {"approve": 1})],
    ids=["cancel", "empty", "text", "number"],
)
def test_no_clear_word_stays_pending(
    place: Place, mode: str, action: str, content: dict[str, Any]
) -> None:
    """And is told so; the question is put once, and not in a loop."""
    person = Person(action, **content)
    result = story(place, mode, person, pays(place))

    assert result.is_error
    assert result.structured_content["drawbar"]["approval"]["status"] == "pending"
    assert place.ran() == []
    assert len(person.asked) == 1
    assert status(place) == ["pending"]


def test_a_client_that_cannot_be_asked_gets_pending(place: Place, mode: str) -> None:
    """With where it is decided; when it was, the same call runs, once."""
    result = story(place, mode, None, pays(place))
    assert result.is_error
    assert place.ran() == []
    approval = result.structured_content["drawbar"]["approval"]
    assert approval["url"] == f"{BASE}/approvals/{approval['id']}"

    key = place.harness.run(place.harness.gateway.keys.find(place.harness.key))
    assert key is not None
    user = place.harness.new_key([Scope.APPROVE], subject=key.subject)
    path = f"/v1/approvals/{approval['id']}/approve"
    assert place.harness.request("POST", path, user, json={}).status_code == 200

    async def tells(client: Client) -> list[Any]:
        return [await pays(place)(client), await pays(place)(client)]

    first, second = story(place, mode, None, tells)
    assert (first.is_error, second.is_error) == (False, True)
    assert place.ran() == [500]


def test_a_client_that_is_not_registered_is_shown_the_page(place: Place, mode: str) -> None:
    """A yes in the client itself counts for nothing, also where a wrap claims that it does."""
    place.speaks = False
    person = yes()
    result = story(place, mode, person, pays(place))

    assert result.is_error
    assert place.ran() == []
    shown = "form" if isinstance(place, Joined) else "url"
    assert [one.mode for one in person.asked] == [shown]
    assert status(place) == ["pending"]


def test_each_of_many_calls_is_asked_about_by_itself(place: Place, mode: str) -> None:
    """Parallel calls: those a person agrees to run once each, and the others do not."""

    async def person(_context: Any, params: Any) -> ElicitResult:
        good = any(f'"amount":{amount}}}' in params.message for amount in (201, 203))
        if good:
            return ElicitResult(action="accept", content={"approve": True})
        return ElicitResult(action="decline")

    async def tells(client: Client) -> list[Any]:
        calls = (pays(place, amount)(client) for amount in (201, 5, 202, 203, 204))
        return list(await asyncio.gather(*calls))

    results = story(place, mode, person, tells)
    assert [one.is_error for one in results] == [False, False, True, False, True]
    assert sorted(place.ran()) == [5, 201, 203]


def test_what_a_client_carries_is_good_for_one_call_once(place: Place) -> None:
    """Replayed, on another call, or forged, it is nothing: the call is asked about anew."""
    name = f"{place.prefix}pay"
    said = {QUESTION: ElicitResult(action="accept", content={"approve": True})}

    async def tells(client: Client) -> None:
        async def call(amount: int, state: str | None = None) -> Any:
            answers = None if state is None else said
            return await client.session.call_tool(
                name,
                {"amount": amount},
                input_responses=answers,  # type: ignore[arg-type]
                request_state=state,
                allow_input_required=True,
            )

        asked = await call(500)
        assert isinstance(asked, InputRequiredResult)
        state = str(asked.request_state)
        for amount, other in ((600, state), (500, state[:-4] + "AAAA"), (500, "1.x"), (500, "")):
            assert isinstance(await call(amount, other), InputRequiredResult)
        assert place.ran() == []
        assert not (await call(500, state)).is_error
        assert place.ran() == [500]
        assert isinstance(await call(500, state), InputRequiredResult)
        assert place.ran() == [500]

    story(place, MODERN, yes(), tells)


@pytest.fixture
def piped_place(tmp_path: Path) -> Iterator[Piped]:
    made = Piped(tmp_path)
    made.seated.policy(
        "rule page: ask bank/mcp.resource approver user;",
        "rule prompt: ask bank/mcp.prompt approver user;",
        "rule words: ask bank/mcp.complete approver user;",
    )
    yield made
    made.harness.close()


def test_resources_and_prompts_are_asked_about_like_calls(piped_place: Piped, mode: str) -> None:
    """With a yes they are read once; with a no the server hears nothing."""

    async def reads(client: Client) -> None:
        await client.read_resource("file:///open.txt")
        await client.get_prompt("greet", {})

    story(piped_place, mode, yes(), reads)
    assert [one for one, _ in piped_place.bank.ran] == ["resources/read", "prompts/get"]

    async def refused(client: Client) -> None:
        with pytest.raises(MCPError) as caught:
            await client.read_resource("file:///other.txt")
        assert caught.value.error.data["drawbar"]["reason"] == "rejected"

    story(piped_place, mode, Person("decline"), refused)
    assert len(piped_place.bank.ran) == 2


def test_a_completion_is_never_a_question(piped_place: Piped) -> None:
    """The revision has no such answer to it, so it is pending at once."""
    person = yes()

    async def completes(client: Client) -> None:
        with pytest.raises(MCPError):
            await client.complete(PromptReference(name="greet"), {"name": "who", "value": "a"})

    story(piped_place, MODERN, person, completes)
    assert person.asked == []
    assert piped_place.bank.ran == []
