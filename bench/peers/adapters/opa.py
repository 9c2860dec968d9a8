"""OPA, as it is deployed beside a service: a server with one policy, asked over HTTP.

The arguments go in as the JSON text that came. A document `decision` says allow, ask or deny;
else `allow` must be true. What is undefined is no allow, as OPA's documentation tells hosts to
read it. In the defensive wording a policy must first pass `opa check --strict`.
"""

import atexit
import http.client
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from host import (  # type: ignore[import-not-found]
    ALLOWED,
    ASKED,
    REFUSED,
    Answer,
    Case,
    Decide,
)

PROGRAM = sys.argv[-1]
EFFECTS = {"allow": ALLOWED, "ask": ASKED}
_FOLDER = Path(tempfile.mkdtemp(prefix="opa-"))
_SOCKET = _FOLDER / "opa.sock"
_SERVERS: list[subprocess.Popen[bytes]] = []


def version() -> str:
    """Return the version that the program says it is."""
    said = subprocess.run([PROGRAM, "version"], check=True, capture_output=True, text=True).stdout
    return said.splitlines()[0].removeprefix("Version: ")


def load(case: Case) -> Decide:
    """Give the policy to the server, in place of the one before."""
    if case.wording == "defensive":
        _check(case.text)
    _server()
    _ask("DELETE", "/v1/policies/probe")
    if case.text.strip():
        status, body = _ask("PUT", "/v1/policies/probe", case.text)
        if status != http.client.OK:
            raise ValueError(_message(body))

    def decide(call: Mapping[str, Any]) -> Answer:
        args = call.get("args_text") or json.dumps(call["args"])
        declared = json.dumps(_declared(case, call["tool"]))
        given = f'{{"tool": {json.dumps(call["tool"])}, "declared": {declared}, "args": {args}}}'
        status, body = _ask("POST", "/v1/data/tools", f'{{"input": {given}}}')
        if status != http.client.OK:
            raise http.client.HTTPException(f"status {status}: {_message(body)}")
        return _read(json.loads(body).get("result", {}))

    return decide


def _declared(case: Case, tool: str) -> dict[str, Any]:
    """Return what is known of the tool, as a host would hand it over: risk, annotations."""
    known: dict[str, Any] = next((one for one in case.tools or [] if one["name"] == tool), {})
    return {key: known[key] for key in ("risk", "annotations") if key in known}


def _read(document: Mapping[str, Any]) -> Answer:
    if "decision" in document:
        decision = document["decision"]
        more = document.get("reply"), document.get("args")
        return Answer(EFFECTS.get(decision, REFUSED), json.dumps(document), *more)
    return Answer(ALLOWED if document.get("allow") is True else REFUSED, json.dumps(document))


def _check(text: str) -> None:
    path = _FOLDER / "policy.rego"
    path.write_text(text, "utf-8")
    ran = subprocess.run(
        [PROGRAM, "check", "--strict", str(path)], capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise ValueError(ran.stderr.replace(str(path), "policy.rego"))


def _message(body: str) -> str:
    said = json.loads(body)
    more = [f"{one.get('code', '')}: {one.get('message', '')}" for one in said.get("errors", [])]
    return "; ".join([said.get("message", ""), *more])


class _Connection(http.client.HTTPConnection):
    """HTTP over the server's socket, which nobody else can reach."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(_SOCKET))


def _ask(method: str, path: str, body: str | None = None) -> tuple[int, str]:
    connection = _Connection("localhost")
    try:
        connection.request(method, path, body.encode() if body is not None else None)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def _server() -> None:
    """Start the server, if it does not run."""
    if _SERVERS and _SERVERS[-1].poll() is None:
        return
    _SOCKET.unlink(missing_ok=True)
    flags = ["--log-level", "error", "--disable-telemetry"]
    _SERVERS.append(
        subprocess.Popen(
            [PROGRAM, "run", "--server", "--addr", f"unix://{_SOCKET}", *flags],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )
    for _ in range(200):
        with suppress(OSError):  # its socket is there before anybody listens
            _ask("GET", "/health")
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


@atexit.register
def _end() -> None:
    for server in _SERVERS:
        server.kill()
        server.wait()
    shutil.rmtree(_FOLDER, ignore_errors=True)
