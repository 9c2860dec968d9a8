"""A request is held until people decided, and holds nothing meanwhile."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from app.approvals import holding
from tests.app.approvals.people import BODY, People


async def _check(people: People, **members: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {people.agent}"}
    body = {**BODY, **members}
    return await people.gateway._client.post("/v1/check", json=body, headers=headers)


async def _say(people: People, word: str, key: str | None = None) -> httpx.Response:
    """Answer what waits, as soon as it does."""
    headers = {"Authorization": f"Bearer {key or people.boss}"}
    client = people.gateway._client
    for _ in range(3000):
        listed = await client.get("/v1/approvals?status=pending", headers=headers)
        if found := listed.json()["approvals"]:
            path = f"/v1/approvals/{found[0]['id']}/{word}"
            return await client.post(path, json={"comment": "So."}, headers=headers)
        await asyncio.sleep(0.01)
    raise AssertionError


async def _until(people: People, held: int = 1) -> None:
    """Wait until so many requests are held."""
    holds = people.gateway.gateway.approving.holds
    async with asyncio.timeout(60):
        while len(holds) < held:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


def _both(people: People, word: str, **members: Any) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        answer, said = await asyncio.gather(
            _check(people, wait_s=30, **members), _say(people, word)
        )
        assert said.status_code == 200, said.text
        return dict(answer.json())

    return people.gateway.run(work())


def test_who_waits_gets_the_decision(people: People) -> None:
    """Approved while it is held, the call is allowed; rejected, it is denied in the same words."""
    allowed = _both(people, "approve", session="s1")
    assert (allowed["effect"], allowed["reason"]) == ("allow", "approved")

    denied = _both(people, "reject", session="s1", call_id="c2")
    assert (denied["effect"], denied["reason"]) == ("deny", "rejected")
    assert denied["message"].endswith(": So.")
    assert len(people.gateway.gateway.approving.holds) == 0


def test_time_alone_never_allows(people: People) -> None:
    """After its seconds the request is answered: it waits, and the approval with it."""
    answer = people.ask(wait_s=1)

    assert (answer["effect"], answer["approval"]["status"]) == ("ask", "pending")
    assert people.look(answer["approval"]["id"]).json()["status"] == "pending"


def test_an_end_in_between_asks_nobody_anew(people: People) -> None:
    """An approval that ends while it is waited for is told as expired, and no other is made."""

    async def work() -> dict[str, Any]:
        waits = asyncio.create_task(_check(people, wait_s=30))
        await _until(people)
        people.later(seconds=900)
        return dict((await waits).json())

    answer = people.gateway.run(work())

    assert (answer["effect"], answer["approval"]["status"]) == ("ask", "expired")
    listed = people.gateway.request("GET", "/v1/approvals", people.boss).json()["approvals"]
    assert len(listed) == 1


def test_a_held_request_holds_no_session(people: People) -> None:
    """While one call of a session waits for people, the others of it are decided."""

    async def work() -> tuple[str, str]:
        waits = asyncio.create_task(_check(people, wait_s=30, session="s1"))
        await _until(people)
        small = {"args": {"amount": 5}, "call_id": "c2", "session": "s1"}
        other = await asyncio.wait_for(_check(people, **small), 20)
        still = not waits.done()
        await _say(people, "approve")
        return other.json()["effect"] if still else "late", (await waits).json()["effect"]

    assert people.gateway.run(work()) == ("allow", "allow")


def test_so_many_are_held_and_no_more(tmp_path: Path) -> None:
    """Past the bound nobody is held: the answer is the pending one, at once."""
    people = People(tmp_path, approval_holds=1)

    async def work() -> tuple[dict[str, Any], dict[str, Any]]:
        waits = asyncio.create_task(_check(people, wait_s=30))
        await _until(people)
        more = {"args": {"amount": 900}, "call_id": "c2"}
        other = await asyncio.wait_for(_check(people, wait_s=30, **more), 20)
        headers = {"Authorization": f"Bearer {people.boss}"}
        path = f"/v1/approvals/{other.json()['approval']['id']}"
        look = people.gateway._client.get(f"{path}?wait_s=30", headers=headers)
        looked = await asyncio.wait_for(look, 20)
        assert looked.json()["status"] == "pending"
        await people.gateway._client.post(f"{path}/approve", json={}, headers=headers)
        await _say(people, "approve")
        return other.json(), (await waits).json()

    other, first = people.gateway.run(work())

    assert (other["effect"], other["approval"]["status"]) == ("ask", "pending")
    assert first["effect"] == "allow"
    people.gateway.close()


def test_of_many_who_wait_for_one_yes_one_runs(people: People) -> None:
    """The same call is held many times and approved once: one allow, the others are asked anew."""

    async def work() -> list[str]:
        waits = [asyncio.create_task(_check(people, wait_s=30)) for _ in range(20)]
        await _until(people, 20)
        await _say(people, "approve")
        return [one.json()["effect"] for one in await asyncio.gather(*waits)]

    effects = people.gateway.run(work())

    assert sorted(effects) == ["allow"] + ["ask"] * 19


def test_a_store_that_fails_while_people_think_allows_nothing(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The looks at the store fail, and the last one: the answer is `ask`, and all goes on later."""
    approvals = people.gateway.gateway.approving.approvals

    async def fails(*_asked: Any) -> Any:
        raise OperationalError("select", {}, OSError("gone"))

    async def work() -> dict[str, Any]:
        waits = asyncio.create_task(_check(people, wait_s=30))
        await _until(people)
        monkeypatch.setattr(approvals, "decided", fails)
        await asyncio.sleep(2 * holding.POLL_S)
        holds = people.gateway.gateway.approving.holds
        with monkeypatch.context() as asleep:
            asleep.setattr(holds, "wake", lambda _one: None)
            approval = (await _say(people, "approve")).json()["id"]
        monkeypatch.setattr(approvals, "get", fails)
        holds.wake(approval)
        return dict((await waits).json())

    answer = people.gateway.run(work())
    monkeypatch.undo()

    assert answer["effect"] == "ask"
    assert people.ask(approval=answer["approval"]["id"])["effect"] == "allow"


def test_a_yes_counts_once_also_where_records_are_stored_later(tmp_path: Path) -> None:
    """With `audit = async` what people are asked, and what a yes lets through, is waited for."""
    people = People(tmp_path, audit="async")
    approval = people.approved()

    async def work() -> list[str]:
        waits = [_check(people, approval=approval) for _ in range(20)]
        return [one.json()["effect"] for one in await asyncio.gather(*waits)]

    assert people.gateway.run(work()).count("allow") == 1
    assert people.look(approval).json()["status"] == "used"
    people.gateway.close()


def test_who_looks_may_wait_as_well(people: People) -> None:
    """`GET ?wait_s=` answers when it was decided."""
    approval = people.asked()

    async def work() -> str:
        headers = {"Authorization": f"Bearer {people.agent}"}
        path = f"/v1/approvals/{approval}?wait_s=30"
        waits = asyncio.create_task(people.gateway._client.get(path, headers=headers))
        await _until(people)
        await _say(people, "approve")
        return str((await asyncio.wait_for(waits, 20)).json()["status"])

    assert people.gateway.run(work()) == "approved"


def test_nobody_who_is_gone_runs_anything(people: People) -> None:
    """A caller that went away uses no approval up, though it was given meanwhile."""
    approval = people.asked()

    left = False

    async def gone() -> bool:
        return left

    async def work() -> bool:
        nonlocal left
        holds = people.gateway.gateway.approving.holds
        waits = asyncio.create_task(holds.until_decided(approval, 30, gone))
        await _until(people)
        left = True
        await _say(people, "approve")
        return await waits

    assert people.gateway.run(work()) is False
    assert people.look(approval).json()["status"] == "approved"


def test_waiting_is_bounded_by_the_request(people: People) -> None:
    """Fifty seconds are the most; clients give up at sixty."""
    for seconds in (51, -1, 0.5, "5", True):
        assert people.gateway.check({**BODY, "wait_s": seconds}, people.agent).status_code == 422


def test_what_another_gateway_stored_is_found_by_looking(people: People) -> None:
    """A decision that wakes nobody here is seen in the store, within one look."""
    approval = people.asked()
    approving = people.gateway.gateway.approving

    async def never() -> bool:
        return False

    async def work() -> bool:
        waits = asyncio.create_task(approving.holds.until_decided(approval, 10, never))
        await asyncio.sleep(0)
        approving.holds.wake = lambda _one: None  # type: ignore[method-assign,assignment]
        await _say(people, "approve")
        del approving.holds.wake
        return await asyncio.wait_for(waits, 20)

    assert people.gateway.run(work()) is True
