"""A client over standard input and output: each line is read strictly."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from typing import Any, Final

import pytest

from app.edges.mcp.links.opening import LEGACY, META, MODERN
from app.edges.mcp.peer import Peer
from app.edges.mcp.serving_stdio import MOST, StdioClient
from tests.app.edges.mcp.scripted import Bank, Seated

HELLO: Final = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": LEGACY,
        "capabilities": {},
        "clientInfo": {"name": "x", "version": "1"},
    },
}


def pay(name: Any = 1, amount: Any = 5, **meta: Any) -> dict[str, Any]:
    params = {"name": "pay", "arguments": {"amount": amount}, "_meta": {**META, **meta}}
    return {"jsonrpc": "2.0", "id": name, "method": "tools/call", "params": params}


def old(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message without what the new revision has beside its parameters."""
    params = {name: one for name, one in message["params"].items() if name != "_meta"}
    return {**message, "params": params}


def talk(seated: Seated, *lines: Any, answers: int = 1) -> list[dict[str, Any]]:
    """Send lines, and return so many answers by their ids."""

    async def story() -> list[dict[str, Any]]:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)  # noqa: FBT003 - the socket module's own name for it
        lines_in, out = await asyncio.open_connection(sock=ours, limit=MOST)
        gate = await seated.gate()
        client = StdioClient(gate, Peer(await seated.judge(), LEGACY), lines_in, out)
        serving = asyncio.create_task(client.serve())
        reading, writing = await asyncio.open_connection(sock=theirs, limit=4 * MOST)
        for line in lines:
            text = line if isinstance(line, bytes) else json.dumps(line).encode()
            writing.write(text + b"\n")
        found = [json.loads(await reading.readline()) for _ in range(answers)]
        writing.close()
        await serving
        out.close()
        return found

    found: list[dict[str, Any]] = seated.run(story)
    return found


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (json.dumps(pay()).replace('"amount": 5', '"amount": 5, "amount": 500').encode(), -32700),
        (json.dumps(pay()).replace('"id": 1', '"id": 1, "id": 2').encode(), -32700),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"a": NaN}}', -32700),
        (b"not json", -32700),
        (b'{"a": "\xff"}', -32700),
        (b"[1, 2]", -32600),
        (json.dumps([pay()]).encode(), -32600),
        ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, -32600),
        ({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}, -32600),
        ({"jsonrpc": "2.0", "id": None, "method": "tools/call"}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping", "result": {}}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}, -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "x": "' + b"x" * (MOST + 1) + b'"}', -32700),
        ({**pay(), "method": "tools/steal"}, -32601),
        ({**pay(), "method": "subscriptions/listen"}, -32601),
        ({**pay(), "method": "logging/setLevel"}, -32601),
        (old(pay()), -32602),
        (pay(amount=5, **{"io.modelcontextprotocol/protocolVersion": "2027-01-01"}), -32022),
        (pay(amount=5, **{"io.modelcontextprotocol/clientCapabilities": 5}), -32602),
        (pay(amount=5, **{"drawbar/session": 5}), -32602),
        (pay(amount=5, **{"drawbar/session": "a b"}), -32602),
        (pay(amount=5, **{"drawbar/session": "a\0b"}), -32602),
        (pay(amount=5, **{"drawbar/session": "s" * 129}), -32602),
        ({**pay(), "params": {"name": "pay", "arguments": [5], "_meta": META}}, -32602),
        ({**pay(), "params": {"name": 5, "arguments": {}, "_meta": META}}, -32602),
    ],
)
def test_what_is_no_request_of_its_revision_is_refused(
    seated: Seated, bank: Bank, line: Any, code: int
) -> None:
    """What can be read in two ways, is too long, or asks for what is not served is an error."""
    (told,) = talk(seated, line)

    assert told["error"]["code"] == code
    assert bank.ran == []


def test_a_refused_line_tells_its_sender_where(seated: Seated) -> None:
    """Whoever sent a key twice hears it under the request's id, with the path."""
    line = json.dumps(pay(7)).replace('"amount": 5', '"amount": 5, "amount": 500').encode()
    (told,) = talk(seated, line)

    assert told["id"] == 7
    assert told["error"]["data"]["drawbar"] == {
        "effect": "deny",
        "reason": "invalid_call",
        "path": "/params/arguments/amount",
    }


@pytest.mark.parametrize("name", ['"\\ud800"', "9" * 4_000, "1e400"])
def test_an_id_that_cannot_be_written_is_not_repeated(
    seated: Seated, bank: Bank, name: str
) -> None:
    """It is refused under no id, and the lines after it are answered as ever."""
    line = f'{{"jsonrpc": "2.0", "id": {name}, "method": "ping"}}'.encode()
    found = talk(seated, line, pay(2), answers=2)

    assert [one["id"] for one in found] == [None, 2]
    assert bank.ran == [("pay", {"amount": 5})]


def test_a_refused_line_ends_nothing_else(seated: Seated, bank: Bank) -> None:
    """The lines after one that was refused are answered as ever."""
    found = talk(seated, b"not json", b"", pay(2), answers=2)

    assert [one["id"] for one in found] == [None, 2]
    assert bank.ran == [("pay", {"amount": 5})]


def test_the_two_revisions_are_not_mixed(seated: Seated, bank: Bank) -> None:
    """Who shook hands speaks the earlier revision to the end."""
    found = talk(seated, HELLO, pay(1), old(pay(2)), answers=3)
    by_id = {one["id"]: one for one in found}

    assert by_id[0]["result"]["protocolVersion"] == LEGACY
    assert by_id[1]["error"]["code"] == -32600
    assert by_id[2]["result"]["isError"] is False
    assert "resultType" not in by_id[2]["result"]
    assert len(bank.ran) == 1


def test_an_id_that_runs_is_not_taken_twice(seated: Seated, bank: Bank) -> None:
    """A second request of an id that runs is refused: no answer can be taken for another's."""
    release = asyncio.Event()

    async def waits(_args: Any) -> Any:
        await release.wait()
        return {"content": []}

    def runs(args: Any) -> Any:
        return waits(args)

    bank.result = runs
    first = pay(1, 5)
    again = pay(1, 6)
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}

    (told,) = talk(seated, first, again, cancel)

    assert told["id"] == 1
    assert told["error"]["code"] == -32600
    assert bank.ran in ([], [("pay", {"amount": 5})])


@pytest.mark.parametrize("revision", [MODERN, LEGACY])
def test_discovery_names_what_is_served(seated: Seated, revision: str) -> None:
    """Both revisions are named to whoever asks, before any handshake."""
    (told,) = talk(
        seated, {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": META}}
    )

    assert revision in told["result"]["supportedVersions"]


@pytest.mark.parametrize(
    "module", ["app.cli.lint", "app.settings", "app.main", "app.edges.mcp.pins"]
)
def test_without_mcp_nothing_of_it_is_loaded(module: str) -> None:
    """Lint, a gateway without `[mcp]` and pins load nothing of the SDK."""
    found = "sorted(one for one in sys.modules if one.partition('.')[0] in ('mcp', 'mcp_types'))"
    code = f"import sys, {module}; print({found})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"


def test_who_hears_nothing_any_longer_is_gone(seated: Seated, bank: Bank) -> None:
    """A client that closed its end of our answers is served no more, though its lines go on."""

    async def story() -> None:
        loop = asyncio.get_running_loop()
        (taken, sends), (hears, sent) = os.pipe(), os.pipe()
        lines = asyncio.StreamReader(limit=MOST)
        reads = os.fdopen(taken, "rb")
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), reads)
        writes = os.fdopen(sent, "wb")
        pipe, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, writes)
        out = asyncio.StreamWriter(pipe, protocol, None, loop)
        client = StdioClient(await seated.gate(), Peer(await seated.judge(), LEGACY), lines, out)
        serving = asyncio.create_task(client.serve())
        os.close(hears)
        os.write(sends, json.dumps(pay(1)).encode() + b"\n")
        await serving
        os.write(sends, json.dumps(pay(2, 6)).encode() + b"\n")
        await asyncio.sleep(0.2)
        os.close(sends)
        await asyncio.sleep(0)
        pipe.close()

    seated.run(story)

    assert bank.ran in ([], [("pay", {"amount": 5})])
