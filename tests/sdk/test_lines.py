"""Connections are kept, and never carry what belongs to another question."""

import asyncio
import subprocess
import sys
import threading
from typing import Any

import pytest

from drawbar import AsyncClient, Client, Decision, lines
from tests.sdk.kit import Kit
from tests.sdk.scripted import GOOD, HANG_UP, KEY, Reply, Scripted, saying, serving

ARGS = {"amount": 5}


class Asked:
    """One client that asks a scripted server again and again."""

    def __init__(self, kit: Kit, scripted: Scripted) -> None:
        self._kit = kit
        self._scripted = scripted
        self.client = kit.client(scripted.url, KEY, timeout=30)

    def check(self, *script: Reply, **given: Any) -> Decision:
        self._scripted.script[:] = script
        decision: Decision = self._kit.run(self.client.check("send_money", ARGS, **given))
        return decision

    @property
    def connections(self) -> int:
        return len(self._scripted.connections)

    def close(self) -> None:
        self._kit.run(self.client.close())


@pytest.fixture
def asked(kit: Kit, plain: Scripted) -> Any:
    made = Asked(kit, plain)
    yield made
    made.close()


@pytest.fixture(params=["tcp", "unix"])
def plain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    uds = str(tmp_path_factory.mktemp("d") / "s") if request.param == "unix" else None
    with serving(uds=uds) as scripted:
        yield scripted


def test_one_connection_carries_many_questions(asked: Asked) -> None:
    """Questions one after another share a connection."""
    assert all(asked.check(GOOD).allowed for _ in range(5))
    assert asked.connections == 1


@pytest.mark.parametrize(
    "first",
    [
        Reply(leaves=True),
        Reply(headers=(("Content-Type", "application/json"), ("Connection", "close"))),
        Reply(status=503, leaves=True),
    ],
    ids=["leaves", "says so", "after a 503"],
)
def test_a_connection_that_the_gateway_closed_is_replaced(asked: Asked, first: Reply) -> None:
    """A kept connection may be gone when it is needed: the next question opens another."""
    asked.check(first)
    assert asked.check(GOOD).allowed
    assert asked.connections == 2


def test_a_question_lost_on_a_kept_connection_goes_out_once_more(
    asked: Asked, plain: Scripted
) -> None:
    """Closed before the first byte of an answer: the same bytes go out at once on a new one."""
    asked.check(GOOD)
    lost = asked.check(HANG_UP, GOOD)

    assert lost.allowed
    assert plain.bodies[1] == plain.bodies[2]
    assert len(plain.bodies) == 3
    assert asked.connections == 2


@pytest.mark.parametrize("cut", [1, 100])
def test_a_question_whose_answer_had_begun_never_goes_out_again(
    asked: Asked, plain: Scripted, cut: int
) -> None:
    """An answer cut in its middle is a deny, and its connection is gone."""
    asked.check(GOOD)
    refused = asked.check(Reply(missing=cut), GOOD)
    asked_then = len(plain.bodies)

    assert (refused.effect, refused.reason) == ("deny", "unreachable")
    assert asked_then == 2
    assert asked.check(GOOD).allowed
    assert asked.connections == 2


@pytest.mark.parametrize("late", [False, True])
def test_an_answer_that_nobody_asked_for_is_never_read(
    asked: Asked, plain: Scripted, *, late: bool
) -> None:
    """A second answer behind the first, or one that comes while nobody asks, answers nothing."""
    two = _twice(Reply(saying(call_id="first")))
    first = asked.check(GOOD if late else two, call_id="first")
    if late:
        plain.connections[-1].sendall(_raw(saying(call_id="second")({})))
    second = asked.check(Reply(saying(effect="deny")), call_id="second")

    assert first.allowed
    assert second.effect == "deny"
    assert len(plain.bodies) == 2
    assert asked.connections == 2


def _raw(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def _twice(reply: Reply) -> Reply:
    both = _raw(reply.body({})) + _raw(saying(call_id="second")({}))
    return Reply(raw=both, stays=True)


def test_a_time_out_leaves_no_connection_behind(kit: Kit, plain: Scripted) -> None:
    """The answer to a question that was given up never reaches the next one."""
    client = kit.client(plain.url, KEY, timeout=0.5)
    plain.script[:] = [Reply(silent=True)]
    refused = kit.run(client.check("send_money", ARGS))
    twin = kit.run(client.check("send_money", ARGS))
    kit.run(client.close())

    assert refused.reason == "unreachable"
    assert twin.allowed
    assert len(plain.connections) == 2


def test_a_closed_client_answers_and_keeps_nothing(asked: Asked) -> None:
    """After `close` questions are still decided, each over a connection of its own."""
    asked.check(GOOD)
    asked.close()

    assert asked.check(GOOD).allowed
    assert asked.check(GOOD).allowed
    assert asked.connections == 3


def test_a_forked_child_starts_anew(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection of the parent is never used by the child: both would read one answer."""
    asked.check(GOOD)
    monkeypatch.setattr("drawbar.lines.os.getpid", lambda: -1)

    assert asked.check(GOOD).allowed
    assert asked.check(GOOD).allowed
    assert asked.connections == 2


def test_threads_share_a_client(plain: Scripted) -> None:
    """Each of many threads gets the answer to its own question, over few connections."""
    seen: list[tuple[str, Decision]] = []
    with Client(plain.url, KEY, timeout=60) as client:

        def ask(name: str) -> None:
            for at in range(20):
                call_id = f"{name}-{at}"
                seen.append((call_id, client.check("send_money", ARGS, call_id=call_id)))

        threads = [threading.Thread(target=ask, args=(f"t{at}",)) for at in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(seen) == 160
    assert all(decision.allowed and decision.call_id == name for name, decision in seen)
    assert len(plain.connections) <= 8


def test_only_so_many_are_kept(plain: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is more than the pool holds is closed after its answer."""
    monkeypatch.setattr(lines, "MOST_IDLE", 2)

    async def main() -> tuple[int, int]:
        async with AsyncClient(plain.url, KEY, timeout=60) as client:
            await asyncio.gather(*(client.check("send_money", ARGS) for _ in range(6)))
            first = len(plain.connections)
            await asyncio.gather(*(client.check("send_money", ARGS) for _ in range(6)))
            return first, len(plain.connections)

    assert asyncio.run(main()) == (6, 10)


FORKED = """
import os, sys
from drawbar import Client

client = Client(sys.argv[1], "k", timeout=60)
assert client.check("pay", {}).allowed
child = os.fork()
names = [f"{'child' if child == 0 else 'parent'}-{at}" for at in range(30)]
for name in names:
    decision = client.check("pay", {}, call_id=name)
    assert decision.allowed and decision.call_id == name, decision
if child == 0:
    os._exit(0)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_parent_and_child_get_their_own_answers(plain: Scripted) -> None:
    """A program that forks with a kept connection asks on, in both halves."""
    done = subprocess.run([sys.executable, "-c", FORKED, plain.url], timeout=120, check=False)

    assert done.returncode == 0
    assert len(plain.asked) == 61
