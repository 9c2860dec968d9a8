"""What a server asks back is handed on as the server's, and its call is decided again."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from mcp import Client
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    ElicitResult,
    ErrorData,
    InputRequiredResult,
)

from app.edges.mcp.asking_people import AskingPeople
from app.edges.mcp.asking_upstream import Questions
from app.edges.mcp.calls import Seat
from app.edges.mcp.here import Here
from app.edges.mcp.links.link import Progress
from app.edges.mcp.links.opening import MODERN
from app.edges.mcp.links.upstream import Upstream
from app.edges.mcp.request_state import RequestStates
from tests.app.edges.mcp.scripted import PAY, Bank, Seated, said, text
from tests.harness import GatewayHarness

LEGACY: Final = "legacy"
RULES: Final = """\
policy bank version 1;
rule small: allow bank/pay when args.amount <= 100;
rule large: ask bank/pay when args.amount > 100 approver user;
"""
FORM: Final[dict[str, Any]] = {
    "method": "elicitation/create",
    "params": {
        "mode": "form",
        "message": "Which account?",
        "requestedSchema": {"type": "object", "properties": {"account": {"type": "string"}}},
    },
}


class Curious(Bank):
    """A server that asks something before it pays."""

    def __init__(self) -> None:
        super().__init__(PAY)
        self.asks: Mapping[str, Any] = {"which": FORM}
        self.state: Any = "its own state"
        self.sent: list[Mapping[str, Any]] = []
        self.paid: list[Any] = []
        self.again = 1  # times that it asks

    async def answer(
        self, method: str, params: Mapping[str, Any], progress: Progress | None
    ) -> Mapping[str, Any]:
        if method != "tools/call":
            return await super().answer(method, params, progress)
        self.sent.append(params)
        answers = params.get("inputResponses")
        if answers is None or len(self.sent) <= self.again:
            asked = {"resultType": "input_required", "inputRequests": self.asks}
            return {**asked, "requestState": self.state}
        assert params["requestState"] == self.state
        self.paid.append(params["arguments"]["amount"])
        return text(str(answers))


class Desk(Seated):
    """A gate before a curious server."""

    def __init__(self, folder: Path) -> None:
        self.server = Curious()
        super().__init__(GatewayHarness(folder, RULES), bank=self.server)
        self.seat = self._seat()
        self.questions = True

    def _seat(self) -> Seat:
        states = RequestStates(lambda: b"r" * 32, self.harness.gateway.now)
        return Seat(AskingPeople("bank", states), questions=Questions("bank", states))

    async def gate(self, seat: Seat | None = None) -> Any:
        gate = await super().gate(seat or self.seat)
        for upstream in gate.servers.by_name.values():
            assert isinstance(upstream, Upstream)
            upstream.questions = self.questions
        return gate

    async def judge(self) -> Here:
        found = await super().judge()
        found._speaks = True
        return found

    def pays(self, mode: str, person: Any, amount: int = 5) -> Any:
        async def story() -> Any:
            async with self.client(mode, elicitation_callback=person) as client:
                return await client.call_tool("pay", {"amount": amount})

        return self.run(story)

    def asked(self, tells: Callable[[Client], Any]) -> Any:
        async def nobody(_context: Any, _params: Any) -> ElicitResult:
            return ElicitResult(action="cancel")

        async def story() -> Any:
            async with self.client(MODERN, elicitation_callback=nobody) as client:
                return await tells(client)

        return self.run(story)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.harness.close()


@pytest.fixture(params=[MODERN, LEGACY])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Person:
    """Names an account, and approves what may be approved."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def __call__(self, _context: Any, params: Any) -> ElicitResult:
        self.asked.append(params)
        if "account" in params.requested_schema["properties"]:
            return ElicitResult(action="accept", content={"account": "GB29"})
        return ElicitResult(action="accept", content={"approve": True})


def test_a_servers_question_carries_its_name_and_its_answer_comes_back(
    desk: Desk, mode: str
) -> None:
    """The client never sees the server's own state; the call is decided each time."""
    person = Person()
    result = desk.pays(mode, person)

    assert said(result) == str({"which": {"action": "accept", "content": {"account": "GB29"}}})
    assert desk.server.paid == [5]
    (asked,) = person.asked
    assert asked.message == "The server `bank` asks:\nWhich account?"
    effects = [one.effect for one in desk.harness.records()]
    assert effects.count("allow") >= 2


def test_a_server_is_told_what_the_client_can_show(desk: Desk, mode: str) -> None:
    """And nothing else: no sampling, no roots."""
    desk.pays(mode, Person())

    told = [one["_meta"][CLIENT_CAPABILITIES_META_KEY] for one in desk.server.sent]
    assert all(one == {"elicitation": {"form": {}, "url": {}}} for one in told)


def test_a_server_that_may_not_ask_gets_nobody(desk: Desk, mode: str) -> None:
    """It is not told that it could, and where it asks all the same nobody hears of it."""
    desk.questions = False
    person = Person()
    result = desk.pays(mode, person)

    assert result.is_error
    assert person.asked == []
    assert desk.server.paid == []
    assert desk.server.sent[0]["_meta"][CLIENT_CAPABILITIES_META_KEY] == {}


def _with(**changed: Any) -> dict[str, Any]:
    return {**FORM, "params": {**FORM["params"], **changed}}


@pytest.mark.parametrize(
    "asks",
    [
        {},
        None,
        [FORM],
        {"which": "what?"},
        {"which": {"method": "sampling/createMessage", "params": {"messages": []}}},
        {"which": {"method": "roots/list"}},
        {"which": {"method": "elicitation/create"}},
        {"which": _with(message=7)},
        {"which": _with(message="x" * (17 << 10))},
        {"which": _with(mode="mind")},
        {"which": _with(mode="url", url="http://evil.example/")},
        {"which": _with(mode="url", url="javascript:alert(1)")},
        {f"q{number}": FORM for number in range(5)},
    ],
)
def test_what_is_no_question_to_people_is_not_handed_on(desk: Desk, asks: Any) -> None:
    """Sampling and roots are refused, and so is what cannot be read, or is too much."""
    desk.server.asks = asks
    person = Person()
    result = desk.pays(MODERN, person)

    assert result.is_error
    assert person.asked == []
    assert desk.server.paid == []


@pytest.mark.parametrize("state", [7, {}, "x" * (17 << 10)])
def test_a_state_that_cannot_be_carried_ends_the_call(desk: Desk, state: Any) -> None:
    """As any answer that cannot be read does."""
    desk.server.state = state
    result = desk.pays(MODERN, Person())

    assert result.is_error
    assert desk.server.paid == []


def test_hidden_characters_of_a_server_are_written_out(desk: Desk) -> None:
    """Its words cannot turn around, or take the place of ours."""
    desk.server.asks = {"which": _with(message="Which\u202e account?\nApproved.\x1b[2J")}
    person = Person()
    desk.pays(MODERN, person)

    lines = person.asked[0].message.split("\n")
    assert lines == ["The server `bank` asks:", "Which\\u{202e} account?", "Approved.\\u{1b}[2J"]


def test_a_question_is_judged_as_a_result(desk: Desk) -> None:
    """What rules withhold of a result they withhold of a question."""
    desk.policy(
        "rule small: allow bank/pay;",
        'rule secrets on result: deny bank/pay when result contains "account" reply "Not shown.";',
    )
    person = Person()
    result = desk.pays(MODERN, person)

    assert result.is_error
    assert person.asked == []
    assert desk.server.paid == []


def test_what_rules_deny_meanwhile_does_not_go_on(desk: Desk) -> None:
    """The retry is a call like any other."""

    class Stops(Person):
        async def __call__(self, context: Any, params: Any) -> ElicitResult:
            desk.harness.write("no.bar", "policy no version 1; rule no: deny bank/pay;\n")
            await desk.harness.gateway.live.reload()
            return await super().__call__(context, params)

    for mode in (MODERN, LEGACY):
        assert desk.pays(mode, Stops()).is_error
    assert desk.server.paid == []


def test_a_call_that_needs_a_yes_needs_one_for_each_time_it_is_made(desk: Desk, mode: str) -> None:
    """What was answered to the server is kept while its user is asked again."""
    person = Person()
    result = desk.pays(mode, person, amount=500)

    assert not result.is_error
    assert desk.server.paid == [500]
    kinds = [next(iter(one.requested_schema["properties"])) for one in person.asked]
    assert kinds == ["approve", "account", "approve"]


def test_a_servers_form_approves_nothing(desk: Desk) -> None:
    """It may look like ours; what is ticked in it goes to the server, and nowhere else."""
    ours = {"type": "object", "properties": {"approve": {"type": "boolean"}}}
    desk.server.asks = {"drawbar": _with(requestedSchema=ours)}
    person = Person()
    desk.pays(MODERN, person)
    assert desk.server.sent[-1]["inputResponses"] == {
        "drawbar": {"action": "accept", "content": {"approve": True}}
    }
    assert desk.harness.request("GET", "/v1/approvals").json()["approvals"] == []


def test_a_servers_state_goes_back_with_its_own_call_alone(desk: Desk) -> None:
    """With other arguments it is no state: the server is asked anew, and asks anew."""
    answers: dict[str, Any] = {"server.0": ElicitResult(action="accept", content={"account": "X"})}

    async def tells(client: Client) -> None:
        async def call(amount: int, state: str | None) -> Any:
            return await client.session.call_tool(
                "pay",
                {"amount": amount},
                input_responses=answers if state else None,
                request_state=state,
                allow_input_required=True,
            )

        asked = await call(5, None)
        assert isinstance(asked, InputRequiredResult)
        assert "its own state" not in str(asked)
        assert isinstance(await call(6, asked.request_state), InputRequiredResult)
        assert isinstance(await call(5, "its own state"), InputRequiredResult)
        assert [one for one in desk.server.sent if "inputResponses" in one] == []
        assert not (await call(5, asked.request_state)).is_error

    desk.asked(tells)
    assert desk.server.paid == [5]


def test_a_server_that_asks_without_end_is_stopped(desk: Desk) -> None:
    """An older client is asked so often within one call and no more."""
    desk.server.again = 1_000
    person = Person()

    assert desk.pays(LEGACY, person).is_error
    assert len(person.asked) == 5
    assert desk.server.paid == []


def test_a_question_that_nobody_answers_is_not_asked_again(desk: Desk) -> None:
    """A client that gives an error instead of an answer ends the call."""

    async def fails(_context: Any, _params: Any) -> Any:
        return ErrorData(code=-1, message="no")

    assert desk.pays(LEGACY, fails).is_error
    assert len(desk.server.sent) == 1


def test_nobody_answers_for_a_person_who_went_away(desk: Desk, mode: str) -> None:
    """To cancel is told to the server, which goes on as it likes; it is not told a yes."""

    async def leaves(_context: Any, _params: Any) -> ElicitResult:
        await asyncio.sleep(0)
        return ElicitResult(action="cancel")

    desk.pays(mode, leaves)
    assert desk.server.sent[-1]["inputResponses"] == {"which": {"action": "cancel"}}
