"""Servers that are compared, each in a process of its own: `python -m bench.check.served NAME`.

All of them run under the server, event loop and parser of `drawbar serve`, and answer what a check
is answered with.
"""

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from app.deciding.question import Question
from app.edges.base import Beside
from app.hotpath import check
from app.hotpath.answer import answer
from app.main import create_app
from app.serving.server import FIRST_SCOPES, serving
from app.settings import Settings
from app.wiring import Gateway
from dsl.model import Decision, Effect, Reason, ReasonCode, Verdict

POLICY: Final = "policy bench version 1;\nrule small: allow pay when args.amount <= 100;\n"
# A dry run, as it has no token for another seat: nothing but the way there and back is measured.
DECISION: Final = Decision(
    "d_01JD00000000000000000000000",
    "c1",
    Verdict(
        Effect.ALLOW,
        ReasonCode.RULE,
        (Reason(ReasonCode.RULE, Effect.ALLOW, policy="bench", rule="small"),),
        retryable=False,
    ),
    "Allowed.",
    "1:sha256:0",
    datetime(2026, 3, 2, 10, tzinfo=UTC),
    dry_run=True,
)
ANSWER: Final = answer(DECISION, Beside())


async def constant(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer the same to everything, unread."""
    if scope["type"] == "http":
        await send(check.start(ANSWER))
        await send({"type": "http.response.body", "body": ANSWER})


class Asked(BaseModel):
    """What a check asks, as one usually writes it down."""

    call_id: str
    tool: str
    args: dict[str, Any]
    session: str | None = None


class Why(BaseModel):
    """One thing that decided."""

    code: str
    effect: str
    policy: str | None
    rule: str | None
    by: str | None = None
    cause: str | None = None
    path: str | None = None
    detail: str | None = None
    because: str | None = None
    source: str | None = None


class Answered(BaseModel):
    """What a check is answered, as one usually writes it down."""

    decision_id: str
    call_id: str
    effect: str
    reason: str
    retryable: bool
    message: str
    reasons: list[Why]
    args: dict[str, Any] | None = None
    changes: list[str] = []
    obligations: list[str] = []
    approval: str | None = None
    would: str | None = None
    observe_until: str | None = None
    shadow: list[str] = []
    revision: str | None
    dry_run: bool
    seat_token: str | None = None
    display: str | None = None


def idiomatic() -> FastAPI:
    """Return an application that decides by one comparison and keeps nothing."""
    app = FastAPI()

    @app.post(check.PATH, response_model=Answered)
    async def decide(asked: Asked) -> Answered:
        effect = "allow" if asked.tool == "pay" and asked.args["amount"] <= 100 else "deny"  # noqa: PLR2004 - the rule
        return Answered(
            decision_id=DECISION.id,
            call_id=asked.call_id,
            effect=effect,
            reason="rule",
            retryable=False,
            message=DECISION.message,
            reasons=[Why(code="rule", effect=effect, policy="bench", rule="small")],
            revision=DECISION.revision,
            dry_run=True,
        )

    return app


async def decided(_gateway: Gateway, _question: Question) -> Decision:
    """Return what stands for a decision where only the way to it is measured."""
    return DECISION


@asynccontextmanager
async def gateway(name: str, options: argparse.Namespace) -> AsyncIterator[tuple[ASGIApp, str]]:
    """Open a gateway on an empty store; give its application, and a key."""
    options.data.mkdir(parents=True)
    policy = options.data / "bench.bar"
    policy.write_text(POLICY, "utf-8")
    settings = Settings(data=options.data / "var", policies=policy, audit=options.audit)
    made = Gateway(settings)
    app = create_app(settings, made)
    await made.open()
    if name == "ordinary":
        app.short_cuts = {}
    if name == "short":
        vars(check)["settle"] = decided  # in the place of what it imported
    try:
        yield app, await made.keys.create("bench", FIRST_SCOPES, made.now(), subject="ada")
    finally:
        await made.close()


@asynccontextmanager
async def application(options: argparse.Namespace) -> AsyncIterator[tuple[ASGIApp, str]]:
    """Give the application that is asked for, and a key for it."""
    if options.name == "constant":
        yield constant, "none"
    elif options.name == "idiomatic":
        yield idiomatic(), "none"
    else:
        async with gateway(options.name, options) as made:
            yield made


async def serve(options: argparse.Namespace) -> None:
    """Serve until told to stop, once it is said where, and with which key."""
    listening = _listening(options.uds)
    async with application(options) as (app, key):
        config = serving(Settings(), app)
        server = uvicorn.Server(config)
        where = options.uds or listening.getsockname()[1]
        sys.stdout.write(json.dumps({"where": str(where), "key": key}) + "\n")
        sys.stdout.flush()
        await server.serve([listening])


def _listening(uds: Path | None) -> socket.socket:
    if uds is None:
        made = socket.create_server(("127.0.0.1", 0))
    else:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.bind(str(uds))
        made.listen()
    made.setblocking(False)  # noqa: FBT003 - the socket module's own name for it
    return made


def main() -> None:
    """Serve one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=("constant", "idiomatic", "short", "ordinary", "whole"))
    parser.add_argument("--data", type=Path, required=True, help="a folder that is not there yet")
    parser.add_argument("--audit", choices=("group", "async"), default="async")
    parser.add_argument("--uds", type=Path, help="a Unix socket instead of a port")
    options = parser.parse_args()
    config = uvicorn.Config(constant)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve(options))


if __name__ == "__main__":
    main()
