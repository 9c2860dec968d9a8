"""Two servers that decide nothing, to be measured against: `python -m` this module, with a name.

`bare` is the least that answers a request at all; `fastapi` reads it into a model and answers by
one, as anybody would begin. Both run under the server of the gateway.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from bench.speed.servers import gateway
from bench.speed.servers.served import Asking, Served, free_port, running

_BODY: Final = (
    b'{"effect":"allow","decision_id":"d_01JD0000000000000000000000","message":"Allowed.",'
    b'"policy_revision":"1:sha256:0","reasons":[]}'
)
_HEADERS: Final = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Read a request to its end, and answer what is always answered."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


class Check(BaseModel):
    """A call."""

    call_id: str
    tool: str
    args: dict[str, Any]


class Answer(BaseModel):
    """A decision."""

    effect: str
    decision_id: str
    message: str
    policy_revision: str
    reasons: list[str]


fastapi = FastAPI()


@fastapi.post("/v1/check")
async def check(asked: Check) -> Answer:
    """Answer what is always answered."""
    return Answer(
        effect="allow",
        decision_id=f"d_{asked.call_id}",
        message="Allowed.",
        policy_revision="1:sha256:0",
        reasons=[],
    )


@contextmanager
def serving(name: str, folder: Path) -> Iterator[Served]:
    """Serve one of the two."""
    log, port = folder / "log", free_port()
    command = [sys.executable, "-m", __name__, name, str(port)]
    asking = Asking("/v1/check", gateway.body, gateway.allowed)
    with running(name, command, port, log, asking) as served:
        yield served


def main() -> None:
    """Serve until told to stop."""
    name, port = sys.argv[1:]
    app: Any = {"bare": bare, "fastapi": fastapi}[name]
    quiet: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False}
    uvicorn.run(app, host="127.0.0.1", port=int(port), **quiet)


if __name__ == "__main__":
    main()
