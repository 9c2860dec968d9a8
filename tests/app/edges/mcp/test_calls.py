"""Calls through the gate, made by the official client in both revisions."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from app.edges.mcp.asking import Holding
from app.edges.mcp.calls import Seat
from app.edges.mcp.links.opening import MODERN
from memory.keys import Scope
from tests.app.edges.mcp.scripted import Bank, Seated, said, text

BOTH = pytest.mark.parametrize("mode", [MODERN, "legacy"])


def told(result: Any) -> Mapping[str, Any]:
    """Return what a denial says to programs."""
    assert result.is_error
    found: Mapping[str, Any] = result.structured_content["drawbar"]
    return found


@BOTH
def test_allowed_runs_denied_does_not_and_asked_is_pending(
    seated: Seated, bank: Bank, mode: str
) -> None:
    """What is allowed reaches the server; what is denied or asked about never does."""

    async def story() -> None:
        async with seated.client(mode) as client:
            paid = await client.call_tool("pay", {"amount": 5})
            erased = await client.call_tool("erase", {"text": "all"})
            large = await client.call_tool("pay", {"amount": 500})

        assert not paid.is_error
        assert said(paid) == "done"
        assert told(erased)["effect"] == "deny"
        assert told(erased)["reason"] == "rule"
        assert said(erased) == "Nothing is erased here."
        assert told(large)["effect"] == "ask"
        assert told(large)["approval"]["id"] in said(large)

    seated.run(story)

    assert bank.ran == [("pay", {"amount": 5})]


@BOTH
def test_the_list_shows_what_may_be_allowed(seated: Seated, mode: str) -> None:
    """A tool whose every call is denied is not listed; the order is always the same."""

    async def story() -> None:
        async with seated.client(mode) as client:
            listed = await client.list_tools()
        assert [one.name for one in listed.tools] == ["look", "pay"]

    seated.run(story)


def test_a_denied_call_is_a_protocol_error_where_that_is_set(seated: Seated, bank: Bank) -> None:
    """With `deny_as = "error"` a denial is an error of JSON-RPC, and nothing runs."""

    async def story() -> None:
        async with seated.client(seat=Seat(Holding(), as_error=True)) as client:
            with pytest.raises(MCPError) as denied:
                await client.call_tool("erase", {"text": "all"})
        assert denied.value.error.code == -32001
        assert denied.value.error.data["drawbar"]["effect"] == "deny"

    seated.run(story)

    assert bank.ran == []


def test_an_unknown_tool_is_no_call(seated: Seated, bank: Bank) -> None:
    """A tool that its server does not list is an error of the protocol."""

    async def story() -> None:
        async with seated.client() as client:
            with pytest.raises(MCPError, match="Unknown tool"):
                await client.call_tool("steal", {})

    seated.run(story)

    assert bank.ran == []


def test_an_approved_call_runs_once(seated: Seated, bank: Bank) -> None:
    """The same call attaches to its approval: it runs once when people said yes, then asks anew."""

    async def story() -> None:
        async with seated.client() as client:
            first = await client.call_tool("pay", {"amount": 500})
            again = await client.call_tool("pay", {"amount": 500})
            assert told(first)["approval"]["id"] == told(again)["approval"]["id"]
            await _approve(seated, told(first)["approval"]["id"])
            paid = await client.call_tool("pay", {"amount": 500})
            assert not paid.is_error
            anew = await client.call_tool("pay", {"amount": 500})
            assert told(anew)["approval"]["id"] != told(first)["approval"]["id"]

    seated.run(story)

    assert bank.ran == [("pay", {"amount": 500})]


def test_a_held_call_runs_when_people_say_yes(seated: Seated, bank: Bank) -> None:
    """A call may be held while people decide, and siblings are decided meanwhile."""

    async def story() -> None:
        async with seated.client(seat=Seat(Holding(wait_s=50))) as client:
            held = asyncio.create_task(client.call_tool("pay", {"amount": 500}))
            small = await client.call_tool("pay", {"amount": 5})
            assert not small.is_error
            pending = await _pending(seated)
            await _approve(seated, pending)
            assert not (await held).is_error

    seated.run(story)

    assert [args["amount"] for _, args in bank.ran] == [5, 500]


async def _pending(seated: Seated) -> str:
    for _ in range(500):
        answer = await seated.harness._client.get(
            "/v1/approvals", headers={"Authorization": f"Bearer {seated.harness.key}"}
        )
        found = answer.json()["approvals"]
        if found:
            return str(found[0]["id"])
        await asyncio.sleep(0.05)
    raise AssertionError("nothing waits")


async def _approve(seated: Seated, approval: str) -> None:
    """Approve as another person, whose key may."""
    gateway = seated.harness.gateway
    key = await gateway.keys.create("boss", [Scope.APPROVE], gateway.now(), subject="boss")
    answer = await seated.harness._client.post(
        f"/v1/approvals/{approval}/approve", headers={"Authorization": f"Bearer {key}"}, json={}
    )
    assert answer.status_code == 200, answer.text


def test_what_is_forwarded_is_what_was_decided(seated: Seated, bank: Bank) -> None:
    """Arguments that rules change go to the server changed; numbers stay as they are written."""
    seated.policy('rule some: allow bank/pay with set(args.memo, "checked");')

    async def story() -> None:
        async with seated.client() as client:
            await client.call_tool("pay", {"amount": 0.1, "memo": "none"})

    seated.run(story)

    assert bank.ran == [("pay", {"amount": Decimal("0.1"), "memo": "checked"})]


def test_parallel_calls_are_decided_in_their_order(seated: Seated, bank: Bank) -> None:
    """A limit of one call lets the first of several through, whichever is fastest."""
    seated.policy('rule one: allow bank/pay when count("bank/pay") < 1;')

    async def story() -> None:
        async with seated.client() as client:
            results = await asyncio.gather(
                *(client.call_tool("pay", {"amount": number}) for number in range(4))
            )
        assert [one.is_error for one in results] == [False, True, True, True]

    seated.run(story)

    assert bank.ran == [("pay", {"amount": 0})]


def test_progress_passes_numbers_and_no_words(seated: Seated) -> None:
    """What a server says of its progress reaches the client as numbers alone."""
    heard: list[tuple[float, float | None, str | None]] = []

    async def moved(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async def story() -> None:
        async with seated.client() as client:
            await client.call_tool("pay", {"amount": 5}, progress_callback=moved)

    seated.run(story)

    assert heard == [(1.0, 2.0, None)]


def test_a_result_is_judged_before_it_is_shown(seated: Seated, bank: Bank) -> None:
    """A result that rules withhold is not shown, in text or in structure; the call did run."""
    bank.result = lambda args: text("the secret is 42", structuredContent={"text": "secret 42"})

    async def story() -> None:
        async with seated.client() as client:
            looked = await client.call_tool("look", {"text": "x"})
        assert looked.is_error
        assert "42" not in looked.model_dump_json()
        assert said(looked) == "Not shown."

    seated.run(story)

    assert bank.ran == [("look", {"text": "x"})]


def test_a_call_through_a_gate_belongs_to_the_named_session(seated: Seated) -> None:
    """`_meta` may name the session; what its server gets holds nothing of ours."""

    async def story() -> None:
        async with seated.client() as client:
            meta: Any = {"drawbar/session": "s-42", "drawbar/decision": "not one of ours"}
            await client.call_tool("pay", {"amount": 5}, meta=meta)

    seated.run(story)

    found = seated.harness.request("GET", "/v1/sessions/s-42").json()
    assert len(found["calls"]) == 1


def test_a_call_that_another_seat_let_through_counts_once(seated: Seated, bank: Bank) -> None:
    """With the token of the seat before, a limit of one call lets this very call through, once."""
    seated.policy('rule one: allow bank/pay when count("bank/pay") < 1;')
    call = {"call_id": "c1", "server": "bank", "tool": "pay", "args": {"amount": 5}}
    before = seated.harness.check({**call, "session": "s-1"}).json()
    meta: Any = {"drawbar/session": "s-1", "drawbar/decision": before["seat_token"]}

    async def story() -> None:
        async with seated.client() as client:
            other = await client.call_tool("pay", {"amount": 6}, meta=meta)
            mine = await client.call_tool("pay", {"amount": 5}, meta=meta)
            again = await client.call_tool("pay", {"amount": 5}, meta=meta)
        assert [one.is_error for one in (other, mine, again)] == [True, False, True]

    seated.run(story)

    assert before["effect"] == "allow"
    assert bank.ran == [("pay", {"amount": 5})]
