"""A secret that is sent through everything is found nowhere but where it came from and sealed."""

import json
import sqlite3
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import httpx
import pytest

from memory.keys import Scope
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.test_serve import drawbar

SECRET: Final = "CANARY7f3e9bSECRET"
# What these forms of it would leave is looked for too.
FORMS: Final = (SECRET, SECRET.lower(), SECRET[::-1])
SCOPES: Final = [scope for scope in Scope if scope is not Scope.FEEDBACK]
TOOLS: Final = [
    {
        "name": "pay",
        "inputSchema": {
            "type": "object",
            "properties": {
                "amount": {"type": "number"},
                "to": {"type": "string", "maxLength": 400},
                "notes": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    },
    {"name": "read", "inputSchema": {"type": "object"}},
    {"name": "look", "inputSchema": {"type": "object"}},
    *(
        {"name": f"fail_{part}", "inputSchema": {"type": "object"}}
        for part in ("judging", "deciding", "recording")
    ),
]
POLICY: Final = """\
policy bank version 1;
use tools "tools.json";
source read as untrusted;
fact told = given;
fact member = lookup get_member(name: args.name) within 2s;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 because "large payments need a person"
  reply "{args.amount} to {args.to} in {context.place} needs a person.";
rule never: deny pay when args.amount < 0 reply "Nobody pays {args.amount} to {args.to}.";
rule told: deny pay when fact.told == "x" because "it was told";
rule reads: allow read when args.path starts_with "/" with set(args.mode, "r");
rule looks: allow look when fact.member.level == "gold";
rule fails: allow fail_judging, fail_deciding, fail_recording;
rule numbers on result: deny read when result.hidden == "x" because "a hidden result";
rule replies on reply: deny when reply contains "stop" reply "Say something else.";
"""
OVERLAY: Final = f"""\
overlay task version 1;
rule quoted: deny pay when args.to == "nobody" because "the user said {SECRET}"
  reply "{SECRET} {{args.to}}";
rule shadowed: ask pay when args.amount == 77 because "{SECRET}";
"""


class Source(BaseHTTPRequestHandler):
    """Answers every look-up with the secret."""

    def do_GET(self) -> None:
        """Answer."""
        body = json.dumps({"level": "gold", "secret": SECRET}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def source() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Source)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


class Faulty(GatewayProcess):
    """A gateway in which parts fail, at the log level that tells most."""

    def __init__(self, folder: Path, port: int) -> None:
        policies = folder / "policies"
        policies.mkdir()
        (policies / "bank.bar").write_text(POLICY)
        (policies / "tools.json").write_text(json.dumps(TOOLS))
        (folder / "drawbar.toml").write_text(
            'log_level = "debug"\n'
            f'[facts.get_member]\nkind = "http"\nurl = "http://127.0.0.1:{port}/m/{{name}}"\n'
        )
        super().__init__(folder, "--port", "0", policies=policies)
        program = Path(__file__).with_name("faulty_gateway.py")
        self._command = [sys.executable, str(program), *self._command[3:]]

    def send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """Send a request with the key."""
        headers = {"Authorization": f"Bearer {self.key}", **parts.pop("headers", {})}
        return httpx.request(
            method, self.address + path, headers=headers, timeout=30, trust_env=False, **parts
        )

    def ask(self, tool: str = "pay", **members: Any) -> httpx.Response:
        """Ask for a decision."""
        self.asked = getattr(self, "asked", 0) + 1
        body = {"call_id": f"c{self.asked}", "tool": tool, "session": "s1"}
        facts = {} if members.get("session", "") is None else {"facts": {"told": SECRET}}
        body |= facts | members
        return self.send("POST", "/v1/check", json=body)

    def tell(self, **event: Any) -> httpx.Response:
        """Tell what happened in the session."""
        return self.send("POST", "/v1/observe", json={"session": "s1", "events": [event]})


def sent(gateway: Faulty) -> list[str]:
    """Send the secret through everything; return the ids of the decisions that were made."""
    nested = {"deep": [{"deeper": SECRET}]}
    answers = [
        gateway.ask(args={"amount": 5, "to": SECRET}),
        gateway.ask(args={"amount": 500, "to": SECRET}, context={"place": SECRET}),
        gateway.ask(args={"amount": -1, "to": SECRET}, dry_run=True),
        gateway.ask(args={"amount": 5}, facts={"told": SECRET, SECRET: SECRET}),
        gateway.ask(args={"amount": 5, "notes": {SECRET: SECRET}}),
        gateway.ask(args={"amount": 5, "notes": {SECRET: 5}}),
        gateway.ask(args={"amount": 5, SECRET: 1}),
        gateway.ask(args={"amount": SECRET}),
        gateway.ask(args={"amount": 5, "to": SECRET * 50}),
        gateway.ask(args_text=json.dumps({"amount": 5, "to": SECRET})),
        gateway.ask("read", args={"path": f"/{SECRET}"}, supports={"changed_args": True}),
        gateway.ask("read", args={"path": f"/{SECRET}"}),
        gateway.ask("look", args={"name": SECRET}),
        gateway.ask("unknown", args={"x": SECRET, "y": nested}),
        gateway.ask("fail_judging", args={"x": SECRET}),
    ]
    assert {answer.status_code for answer in answers} == {200}, [a.text for a in answers]
    assert {answer.json()["effect"] for answer in answers} == {"allow", "ask", "deny"}
    refused = [
        gateway.ask("fail_deciding", args={"x": SECRET}),
        gateway.ask("fail_recording", args={"x": SECRET}),
        gateway.ask(args_text=f'{{"to": "{SECRET}'),
        gateway.ask(args_text=json.dumps([SECRET])),
        gateway.ask(args_text=f'{{"{SECRET}": 1, "{SECRET}": 2}}'),
        gateway.ask(f"{SECRET} not a name", args={}),
        gateway.ask(args={}, subject=SECRET),
        gateway.ask(args={}, **{SECRET: SECRET}),
        gateway.ask(args={"to": SECRET * 20_000}),
        gateway.ask(args={"to": {"x": [SECRET] * 11_000}}),
        gateway.ask(args={"amount": 5}, session=f"s1 {SECRET}"),
        gateway.send("POST", "/v1/check", content=SECRET, headers={"Content-Type": SECRET}),
        gateway.send("POST", "/v1/check", content=f'{{"a":"{SECRET}"', headers=JSON),
        gateway.send("POST", "/v1/check", content=f'"{SECRET}"', headers=JSON),
        gateway.send("POST", f"/v1/check?q={SECRET}", content=b"{}", headers=JSON),
        gateway.send("POST", "/v1/check", json={}, headers={"Drawbar-Deadline-Ms": SECRET}),
        gateway.send("POST", "/v1/check", json={}, headers={"Authorization": f"Bearer {SECRET}"}),
        gateway.send("GET", f"/v1/decisions/{SECRET}"),
        gateway.send("GET", f"/v1/{SECRET}?{SECRET}={SECRET}", headers={"X-Secret": SECRET}),
        gateway.send("DELETE", f"/metrics/{SECRET}"),
        gateway.send("PUT", "/v1/sessions/s1/overlay", json={"text": f"{SECRET} is no overlay"}),
        gateway.tell(type=SECRET, id="e1"),
        gateway.tell(type="result", id="e2", call_id=f"x {SECRET}", result=SECRET),
        gateway.tell(type="user", id="e3", text=SECRET, **{SECRET: 1}),
    ]
    assert not [a for a in refused if a.status_code < 400], [a.text for a in refused]
    assert {500, 503} <= {answer.status_code for answer in refused}
    around = [
        gateway.tell(type="user", id="u1", text=f"Pay {SECRET}"),
        gateway.tell(type="result", id="r1", call_id="c1", result={"ok": SECRET}),
        gateway.tell(type="result", id="r2", call_id="c11", result={"hidden": "x", "s": SECRET}),
        gateway.tell(type="result", id="r3", call_id="nobody", result=SECRET, is_error=True),
        gateway.tell(type="reply", id="t1", text=f"{SECRET} stop"),
        gateway.tell(type="reply", id="t2", text=SECRET),
        gateway.send("PUT", "/v1/sessions/s1/overlay", json={"text": OVERLAY}),
        gateway.ask(args={"amount": 5, "to": "nobody"}),
        gateway.ask(args={"amount": 77}),
    ]
    assert {answer.status_code for answer in around} == {200}, [a.text for a in around]
    decided = [*answers, *around[-2:]]
    return [answer.json()["decision_id"] for answer in decided]


JSON: Final = {"Content-Type": "application/json"}


def found_in(text: str | bytes) -> list[str]:
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return [form for form in FORMS if form in shown]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, source: int) -> Iterator[Any]:
    """Send the secret through a gateway once; what is left of it is looked for in many places."""
    folder = tmp_path_factory.mktemp("canary")
    with Faulty(folder, source) as gateway:
        scopes = [part for scope in SCOPES for part in ("--scope", str(scope))]
        made = drawbar("keys", "create", *scopes, "--data", "var", cwd=folder)
        gateway.key = made.stdout.strip()
        decisions = sent(gateway)
        yield gateway, decisions


def test_the_logs_do_not_hold_it(run: Any) -> None:
    """Neither standard output nor standard error, whatever failed, at the level `debug`."""
    gateway, _ = run
    printed = gateway.printed()

    assert found_in(printed) == []
    for told in ("a fault while judging", "could not be recorded", "Exception in ASGI"):
        assert told in printed, "the faults that were planted are not told at all"


def test_no_decision_that_is_read_back_holds_it(run: Any) -> None:
    """Over HTTP and in the terminal, each decision alone and all of them."""
    gateway, decisions = run
    for decision in decisions:
        answer = gateway.send("GET", f"/v1/decisions/{decision}")
        assert answer.status_code == 200
        assert found_in(answer.text) == [], answer.text
    shown = drawbar("decisions", decisions[2], "--data", "var", cwd=gateway.folder)
    assert "Nobody pays" in shown.stdout
    assert found_in(shown.stdout + shown.stderr) == []
    every = ("--limit", "1000", "--format", "json", "--data", "var")
    listed = drawbar("decisions", *every, cwd=gateway.folder)
    assert decisions[0] in listed.stdout
    assert found_in(listed.stdout) == []


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/healthz", "/v1/sessions/s1"])
def test_no_other_route_holds_it(run: Any, path: str) -> None:
    """What is answered to others than the sender knows nothing of it."""
    gateway, _ = run
    answer = gateway.send("GET", path)

    assert answer.status_code == 200
    assert found_in(answer.text) == []


def test_no_file_of_the_data_folder_holds_it(run: Any) -> None:
    """Neither the store nor its write-ahead file, nor any other file beside the policies."""
    gateway, _ = run
    files = [path for path in (gateway.folder / "var").rglob("*") if path.is_file()]

    assert {"drawbar.db", "drawbar.db-wal", "digest.key"} <= {path.name for path in files}
    assert [(path.name, found_in(path.read_bytes())) for path in files] == [
        (path.name, []) for path in files
    ]


def test_no_column_of_the_store_holds_it(run: Any) -> None:
    """Looked at by SQL as well, so that no page layout hides it."""
    gateway, _ = run
    with sqlite3.connect(gateway.folder / "var" / "drawbar.db") as store:
        tables = [
            name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        rows = {name: store.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608 - names of tables

    assert len(rows["evidence"]) > 20
    assert [name for name in rows if found_in(repr(rows[name]))] == []


def test_who_may_opens_it(run: Any) -> None:
    """It was not simply lost: `drawbar evidence show` opens what the decisions were made on."""
    gateway, decisions = run
    shown = [
        drawbar("evidence", "show", one, "--data", "var", cwd=gateway.folder).stdout
        for one in (decisions[0], decisions[2], decisions[12])
    ]

    assert all(SECRET in one for one in shown)
    assert f'"answered":"Nobody pays -1 to {SECRET}."' in shown[1]
    assert '"result":{"ok":"' in shown[0]
    assert '"source":"get_member"' in shown[2]


def test_a_gateway_that_leaks_is_found_out(
    tmp_path: Path, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The searches can fail: without masks and with words of faults, each of them finds it."""
    monkeypatch.setenv("LEAK", "1")
    with Faulty(tmp_path, source) as gateway:
        decisions = [
            gateway.ask(args={"amount": -1, "to": SECRET}, session=None).json()["decision_id"]
        ]
        gateway.ask("fail_deciding", args={"x": SECRET}, session=None)
        read = gateway.send("GET", f"/v1/decisions/{decisions[0]}")
        stored = (tmp_path / "var" / "drawbar.db-wal").read_bytes()

    assert found_in(gateway.printed()) == [SECRET]
    assert found_in(read.text) == [SECRET]
    assert found_in(stored) == [SECRET]
