"""What may be guarded, whatever kind of function it is, and where it then runs."""

import asyncio
import inspect
import threading
from typing import Any

import pytest

from drawbar import AsyncClient, Client, Denied, Pending, guard
from tests.sdk.kit import Kit, in_session
from tests.sdk.real import Real
from tests.sdk.scripted import KEY, Reply, serving, wait_for

CARD = "4111 1111 1111 1111"


def test_outside_of_a_session_nothing_runs(kit: Kit) -> None:
    """Nobody could judge the result of a call that is in no session, so it does not run."""
    with pytest.raises(Denied, match="call `pay` inside") as denied:
        kit.tool(name="pay")(amount=5)

    assert denied.value.decision.reason == "no_session"
    assert kit.did == []


def test_a_session_may_be_given_and_another_client_may_ask(kit: Kit, real: Real) -> None:
    """`session=` stands for the current one; `client=` asks in its place, with its own key."""
    stranger = kit.client(None, "drw_nobody", uds=real.uds)
    with in_session(kit, real) as session:
        pass
    kit.tool(name="lookup", session=session)()
    with pytest.raises(Denied) as denied:
        kit.tool(name="lookup", session=session, client=stranger)()
    kit.run(stranger.close())

    assert len(kit.did) == 1
    assert "HTTP status 401" in str(denied.value)


def test_defaults_and_all_kinds_of_parameters_are_judged_and_run(kit: Kit, real: Real) -> None:
    """Each parameter has its name in the arguments; the function is called as it was."""

    def pay(
        amount: int = 5, /, to: str = "ada", *notes: str, fast: bool = False, **more: Any
    ) -> str:
        kit.did.append((amount, to, notes, fast, more))
        return "paid"

    async def pay_later(
        amount: int = 5, /, to: str = "ada", *notes: str, fast: bool = False, **more: Any
    ) -> str:
        return pay(amount, to, *notes, fast=fast, **more)

    made = kit.made(pay if kit.kind == "blocking" else pay_later, name="pay")
    with in_session(kit, real):
        made()
        made(7, "bob", "x", "y", fast=True, ref={"a": [1]})
        with pytest.raises(Denied, match="`amount` is given twice"):
            made(7, amount=1)
        with pytest.raises(TypeError, match="multiple values"):
            made(7, "bob", to="eve")
        with pytest.raises(Pending):
            made(101)

    assert kit.did == [
        (5, "ada", (), False, {}),
        (7, "bob", ("x", "y"), True, {"ref": {"a": [1]}}),
    ]


class Bank:
    """Methods of all kinds."""

    def __init__(self) -> None:
        self.did: list[Any] = []

    @guard
    def pay(self, amount: int) -> int:
        self.did.append(amount)
        return amount

    @guard
    async def lookup(self, name: str) -> str:
        self.did.append(name)
        return name

    @guard
    @classmethod
    def mail(cls, text: str) -> str:
        return f"{cls.__name__}: {text}"

    @classmethod
    @guard(name="mail")
    def post(cls, text: str) -> str:
        return f"{cls.__name__}: {text}"

    @staticmethod
    @guard
    def search(limit: int) -> int:
        return limit

    @guard(name="search")
    @staticmethod
    def find(limit: int) -> int:
        return limit


def test_methods_are_guarded_without_their_object(real: Real) -> None:
    """The receiver is no argument of the tool, whichever way the method is called."""
    bank = Bank()
    with Client(uds=real.uds, key=real.key, timeout=60) as client, client.session():
        assert bank.pay(5) == 5
        assert Bank.pay(bank, amount=6) == 6
        assert bank.mail("x") == Bank.mail("x") == Bank.post("x") == "Bank: x"
        assert bank.search(5000) == Bank.find(5000) == 100
        with pytest.raises(Pending):
            bank.pay(500)

        async def look() -> str:
            try:
                return await bank.lookup("ada")
            finally:
                client.close()

        assert asyncio.run(look()) == "ada"

    assert bank.did == [5, 6, "ada"]


def test_a_guarded_function_looks_like_itself() -> None:
    """Frameworks read the name, the words, the signature and the kind of a function."""

    def pay(amount: int = 5) -> str:
        """Pay somebody."""
        return str(amount)

    async def pay_later(amount: int = 5) -> str:
        return str(amount)

    assert inspect.signature(guard(pay)) == inspect.signature(pay)
    assert (guard(pay).__name__, guard(pay).__doc__) == ("pay", "Pay somebody.")
    assert inspect.iscoroutinefunction(guard(pay_later))
    assert not inspect.iscoroutinefunction(guard(pay))


def _generator() -> Any:
    yield 1


async def _async_generator() -> Any:
    yield 1


@pytest.mark.parametrize("what", [_generator, _async_generator, Bank, 7])
def test_what_cannot_be_guarded_is_an_error_at_once(what: Any) -> None:
    """A generator would run bit by bit, after the decision: it is refused where it is defined."""
    with pytest.raises(TypeError, match="guard a function"):
        guard(what)


@pytest.mark.parametrize("wait_s", [-1, 51, 1.5, True])
def test_a_wait_that_no_gateway_grants_is_an_error_at_once(wait_s: Any) -> None:
    """A hold is a whole number of seconds from 0 to 50."""
    with pytest.raises(ValueError, match="wait_s"):
        guard(wait_s=wait_s)(_nothing)


def _nothing() -> None:
    """Do nothing."""


def test_a_tool_may_call_another_also_when_it_is_resumed(kit: Kit, real: Real) -> None:
    """Both are judged, in the same session, wherever `resume` is called."""

    @guard(name="lookup")
    def inner() -> str:
        kit.did.append("looked")
        return "done"

    @guard(name="lookup")
    async def inner_later() -> str:
        return inner.__wrapped__()  # type: ignore[attr-defined,no-any-return]

    def outer(amount: int) -> Any:
        return inner()

    async def outer_later(amount: int) -> Any:
        return await inner_later()

    with in_session(kit, real) as session, pytest.raises(Pending) as asked:
        kit.made(outer if kit.kind == "blocking" else outer_later, name="pay")(500)
    approval = asked.value.approval
    assert approval is not None
    real.answer(approval.id)

    assert kit.run(asked.value.resume()) == "done"
    assert kit.did == ["looked"]
    assert len(real.look(session.id)["calls"]) == 2


def test_a_cancelled_tool_is_not_reported(real: Real) -> None:
    """A task that is cancelled while its tool runs ends at once; the call stays counted."""

    async def main() -> str:
        async with AsyncClient(uds=real.uds, key=real.key, timeout=60) as client:
            with client.session() as session:
                running = asyncio.Event()

                @guard(name="lookup")
                async def slow() -> None:
                    running.set()
                    await asyncio.sleep(600)

                task = asyncio.create_task(slow())
                await running.wait()
                task.cancel()
                await asyncio.wait([task], timeout=30)
                assert task.cancelled()
                return session.id

    calls = real.look(asyncio.run(main()))["calls"]

    assert [one.phase for one in real.records(calls[0])] == ["call"]


def test_a_task_cancelled_while_it_asks_runs_nothing() -> None:
    """Cancelled before the answer: the tool never begins."""
    did: list[str] = []

    @guard
    async def pay() -> None:
        did.append("paid")

    async def main(url: str) -> None:
        async with AsyncClient(url, KEY, timeout=60) as client, client.session():
            task = asyncio.create_task(pay())
            await asyncio.to_thread(wait_for, scripted, 1)
            task.cancel()
            await asyncio.wait([task], timeout=30)
            assert task.cancelled()

    with serving() as scripted:
        scripted.script[:] = [Reply(silent=True)]
        asyncio.run(main(scripted.url))

    assert did == []


def test_each_thread_and_task_has_its_own_session(real: Real) -> None:
    """A plain thread has none, so nothing runs in it; one that asyncio starts has its starter's."""
    did: list[str] = []
    seen: list[BaseException] = []

    @guard(name="lookup")
    def look() -> None:
        did.append("looked")

    def bare() -> None:
        try:
            look()
        except Denied as denied:
            seen.append(denied)

    with Client(uds=real.uds, key=real.key, timeout=60) as client, client.session() as session:
        thread = threading.Thread(target=bare)
        thread.start()
        thread.join()
        before = list(did)
        asyncio.run(asyncio.to_thread(look))
        calls = real.look(session.id)["calls"]

    assert before == []
    assert "no session is current" in str(seen[0])
    assert (did, len(calls)) == (["looked"], 1)
