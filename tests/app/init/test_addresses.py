"""Servers that are reached over HTTP are asked for their tools, with the client's own headers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli

SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
RESULTS: dict[str, dict[str, Any]] = {
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "tiny", "version": "1"},
    },
    "tools/list": {
        "tools": [{"name": name, "inputSchema": SCHEMA} for name in ("get_mail", "delete_mail")]
    },
}


class Tiny(BaseHTTPRequestHandler):
    """A server that wants a key."""

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("X-Key") != "k-4711":
            self._send(401, {})
        elif "id" not in message:
            self._send(202, {})
        elif message["method"] in RESULTS:
            self._send(200, {"id": message["id"], "result": RESULTS[message["method"]]})
        else:
            self._send(200, {"id": message["id"], "error": {"code": -32601, "message": "no"}})

    def _send(self, status: int, members: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **members}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)
    server = HTTPServer(("127.0.0.1", 0), Tiny)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/mcp"
    server.shutdown()
    thread.join()
    server.server_close()


def init(*words: object) -> Result:
    return CliRunner().invoke(cli, ["init", *map(str, words)])


def test_a_client_server_at_an_address_is_asked(address: str, tmp_path: Path) -> None:
    """With its headers it lists its tools, which are drafted and pinned."""
    entry = {"url": address, "headers": {"X-Key": "k-4711"}}
    (tmp_path / "c.json").write_text(json.dumps({"servers": {"mail": entry}}), "utf-8")
    ran = init("--config", "c.json", "--json")
    report = json.loads(ran.stdout)

    assert ran.exit_code == 0
    assert report["rules"] == {"reading": ["get_mail"], "destroying": ["delete_mail"]}
    assert set(json.loads((tmp_path / "policies" / "mcp-pins.json").read_text())) == {"mail"}
    assert "k-4711" not in ran.output
    text = "".join(one.read_text() for one in (tmp_path / "policies").iterdir())
    assert "k-4711" not in text


def test_a_server_that_refuses_is_told(address: str, tmp_path: Path) -> None:
    """Without its key nothing is written."""
    ran = init("--url", address)

    assert ran.exit_code == 1
    assert "cannot be listed" in str(ran.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "example.com", "", "http://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """Only HTTP is spoken."""
    assert "no address" in str(init("--url", url).exception)


def test_without_mcp_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawbar without its extra asks no server, and says so in one sentence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.init.asking.find_spec", lambda _name: None)

    assert "drawbar-server[mcp]" in str(init("--url", "https://example.com/mcp").exception)
    assert list(tmp_path.iterdir()) == []
