"""Engines and servers are held to the interpreter's answers before anything is timed."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bench.peers.client import RUNNER
from bench.speed import in_process, over_http, wrk
from bench.speed.engines import ENGINES, HOST, Engine
from bench.speed.in_process import Cell
from bench.speed.plan import QUICK
from bench.speed.servers import cerbos, constant, gateway, opa
from bench.speed.servers.served import Asking, Refused, Served
from bench.speed.shapes import SHAPES, Call

FAKE: Final = Path(__file__).with_name("speed_fake.py")
PLAN: Final = replace(QUICK, sizes=(3,), rounds=2, seconds=0.01, large=0)
CALL: Final[Call] = {"tool": "pay", "args": {"to": "a@b.c", "amount": 5}}


class Fake(Engine):
    """The engine of tests."""

    __slots__ = ()

    def command(self) -> list[str]:
        return [sys.executable, "-I", str(RUNNER), str(HOST), str(FAKE)]


def fake(name: str, word: str, version: str = "1.0") -> Engine:
    return Fake(name, name, version, lambda _, __: word)


@pytest.fixture(scope="module")
def lines() -> Sequence[dict[str, Any]]:
    engines = [ENGINES[0], fake("yes", "yes"), fake("broken", "broken"), fake("old", "yes", "0.9")]
    seen: dict[tuple[str, str], in_process.Seen] = {}
    return list(in_process._cell(Cell(SHAPES[2], 3), PLAN, engines, seen))


def status(lines: Sequence[dict[str, Any]], engine: str) -> tuple[str, str]:
    first = next(one for one in lines if one["engine"] == engine)
    return first["status"], first.get("why", "")


def test_drawbar_itself_is_held_to_its_reference_and_measured(
    lines: Sequence[dict[str, Any]],
) -> None:
    """Its row is made as all others are."""
    assert status(lines, "drawbar")[0] == "run"
    rounds = [one for one in lines if one["engine"] == "drawbar" and "round" in one]
    assert [one["round"] for one in rounds] == [0, 1]
    assert all(0 < one["p50_us"] <= one["p99_us"] and one["number"] >= 3 for one in rounds)


def test_an_engine_that_answers_otherwise_is_void(lines: Sequence[dict[str, Any]]) -> None:
    """It has been given another policy, and how fast it decides says nothing."""
    assert status(lines, "yes")[0] == "void"
    assert "answers differ" in status(lines, "yes")[1]
    assert not [one for one in lines if one["engine"] == "yes" and "round" in one]


def test_an_engine_that_refuses_its_policy_or_is_another_version_takes_no_part(
    lines: Sequence[dict[str, Any]],
) -> None:
    """The reason is kept, for the page."""
    assert status(lines, "broken") == ("broke", "ValueError: it is broken")
    assert status(lines, "old") == ("not run", "1.0 is installed, and 0.9 is pinned")


@pytest.mark.parametrize("module", [gateway, opa, cerbos], ids=lambda one: one.__name__)
def test_a_request_tells_its_length_and_holds_the_whole_call(module: Any) -> None:
    """What the client sends is a whole request, with the number's place as wide as the number."""
    asking = Asking("/x", module.body, module.allowed, {"Authorization": "Bearer k"})
    head, _, body = asking.request(CALL, f"c{wrk.MARK}").partition(b"\r\n\r\n")

    assert f"Content-Length: {len(body)}".encode() in head
    assert head.startswith(b"POST /x HTTP/1.1\r\nHost: ")
    assert b"Authorization: Bearer k" in head
    assert json.dumps(CALL["args"]) in json.dumps(json.loads(body))
    assert len(wrk.MARK) == len(f"{1:010d}")


@pytest.mark.parametrize(
    ("module", "yes", "no"),
    [
        (gateway, {"effect": "allow"}, {"effect": "ask"}),
        (opa, {"result": True}, {}),
        (
            cerbos,
            {"results": [{"actions": {"call": "EFFECT_ALLOW"}}]},
            {"results": [{"actions": {"call": "EFFECT_DENY"}}]},
        ),
    ],
    ids=("drawbar", "opa", "cerbos"),
)
def test_an_answer_is_an_allow_or_it_is_not(module: Any, yes: Any, no: Any) -> None:
    """Nothing but the word for it is an allow."""
    assert module.allowed(yes) is True
    assert module.allowed(no) is False


class Wrong(Served):
    """A server that allows everything."""

    def ask(self, call: Call, name: str, line: Any) -> Any:
        return b'{"effect": "allow"}'


def test_a_server_that_answers_otherwise_is_void() -> None:
    """It is not measured."""
    cell = Cell(SHAPES[0], 3)
    asking = Asking("/v1/check", gateway.body, gateway.allowed)
    with pytest.raises(Refused, match="void"):
        over_http.hold(Wrong("wrong", 1, 1, asking, 0.0), cell)


@pytest.mark.parametrize("seen", [{"number": 1, "refused": 1}, {"number": 0, "refused": 0}])
def test_a_server_that_refuses_requests_or_answers_none_is_not_measured(
    seen: dict[str, int], tmp_path: Path
) -> None:
    """A refusal is answered fast, and says nothing of decisions; of no answer there is no time."""

    class Refusing(wrk.Wrk):
        def run(self, *_: Any) -> dict[str, Any]:
            return {"us": 1, "p50_us": 1, "p99_us": 1, "broken": 0, **seen}

    served = Served("busy", 1, 1, Asking("/", gateway.body, gateway.allowed), 0.0)
    with pytest.raises(Refused, match="busy"):
        over_http.one_round(served, tmp_path, Refusing("wrk"), 1, 1)


def test_every_server_has_a_name_of_its_own_and_two_decide_nothing() -> None:
    """The page tells them apart by it."""
    names = [one.name for one in over_http.SERVERS]

    assert len(set(names)) == len(names)
    assert set(over_http.CONSTANT) <= set(names)
    assert json.loads(constant._BODY)["effect"] == "allow"


def test_a_server_that_breaks_under_many_is_left_out_and_the_others_go_on(tmp_path: Path) -> None:
    """One that refuses does not take the run with it, and each round begins with another."""
    asked: list[int] = []

    class Some(wrk.Wrk):
        def run(self, port: int, *_: Any) -> dict[str, Any]:
            asked.append(port)
            figures = {"number": 1, "us": 1, "p50_us": 1, "p99_us": 1, "broken": 0}
            return {**figures, "refused": int(port == 2)}

    asking = Asking("/", gateway.body, gateway.allowed)
    running = {
        name: (Served(name, port, 1, asking, 0.0), tmp_path)
        for port, name in enumerate(("a", "b", "c"), start=1)
    }
    found = list(over_http.rounds(running, Some("wrk"), 4, PLAN))

    assert asked == [3, 1, 2, 1, 3, 3, 1]
    assert [one["engine"] for one in found if "why" in one] == ["b"]
    assert [one["round"] for one in found if one["engine"] == "a"] == [0, 1]
