"""Measures whole decisions by how much their session has seen, in process and over HTTP.

`python -m bench.decision` tells one gateway four sessions, of 10 KB to 10 MB, and then asks about
calls with 2 KB of prose: each about all four sessions in turn, in an order that rotates, so that
whatever else the machine does falls on all of them. Growth is told by the medians of one run.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from structlog.testing import capture_logs

from app import engine
from app.auth import Caller
from app.deciding.question import Question
from app.deciding.settling import settle
from app.engine import PLAIN
from app.main import create_app
from app.settings import Settings
from app.wiring import Gateway
from bench import gateways
from bench.origin import SAID, SIZES, Writer, story
from dsl import strictjson
from dsl.model import Effect, Subject, ToolCall
from memory.keys import Scope

CALLS: Final = 250  # about each session
TURNS: Final = 60  # of an agent that asks, runs the call, and tells what came back
PAUSE_S: Final = 0.05  # in which a model would think; it takes far longer
PROSE: Final = 2 << 10
POLICY: Final = """\
policy office version 1;
kind send_email.to is email;
kind pay.account is iban;
source get_contacts as trusted;
source get_mails[*].subject as internal;
label read_secret as secret;
rule reading: allow read, get_mails, get_contacts, read_secret;
rule paying: allow pay when args.account from [user, trusted];
rule mailing: allow send_email when args.to from [user, trusted];
rule injected: deny send_email when args.to from untrusted or args.subject from untrusted;
rule strange: deny send_email when any e in entities(args.body): e from [untrusted, nowhere];
rule leaking: deny send_email when args has secret;
"""
WORDS: Final = Writer(17)


def mail(at: int) -> dict[str, Any]:
    """Return the arguments of a call that nobody asked about before."""
    return {"to": f"eve{at}@evil.example", "subject": "The bill", "body": WORDS.prose(PROSE)}


def told(session: str, size: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the requests that tell a session a story."""
    said = {"type": "user", "id": "u", "text": SAID}
    yield "/v1/observe", {"session": session, "events": [said]}
    for at, (tool, result) in enumerate(story(size)):
        yield from step(session, f"c{at}", tool, result)


def step(session: str, name: str, tool: str, result: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the requests of one call that is let through, and comes back."""
    call = {"call_id": name, "tool": tool, "args": {"page": name}, "session": session}
    yield "/v1/check", call
    event = {"type": "result", "id": name, "call_id": name, "result": result}
    yield "/v1/observe", {"session": session, "events": [event]}


def let(answer: Any) -> None:
    """Hold an answer to what the story needs: reading is allowed."""
    effects = {one["effect"] for one in answer.get("events", [answer])}
    if effects != {"allow"}:
        raise gateways.Refused(f"not allowed: {answer}")


class InProcess:
    """A gateway without a socket."""

    def __init__(self, gateway: Gateway, client: httpx.AsyncClient, caller: Caller) -> None:
        self.gateway = gateway
        self.client = client
        self.caller = caller

    async def ask(self, path: str, body: Any) -> Any:
        """Send a request through the whole application."""
        content = strictjson.canonical(body)
        answer = await self.client.post(path, content=content)
        answer.raise_for_status()
        return strictjson.read(answer.content)

    def question(self, session: str, call_id: str, tool: str, args: dict[str, Any]) -> Question:
        """Return a call that waits for its decision."""
        subject = Subject(self.caller.key.subject)
        call = ToolCall(call_id, tool, args, None, subject, None, session)
        return Question(call, self.caller, "http", 30.0, PLAIN)

    async def judged(self, question: Question) -> float:
        """Return the seconds of the processor that the judgement alone takes."""
        policies, now = self.gateway.live.current, self.gateway.now()
        session = question.call.session
        turns = self.gateway.sessions.turn(question.owner, session, policies.reach, now)
        async with turns as turn:
            turn.dry = True
            state = turn.state(question.call, policies.policies)
            began = time.thread_time()
            decision = engine.decide(policies, question.call, now, PLAIN, state)
            took = time.thread_time() - began
        assert decision.effect is Effect.DENY  # noqa: S101 - or the session would change
        return took

    async def settled(self, question: Question) -> float:
        """Return the seconds of a decision with its turn in the session and its record."""
        began = time.perf_counter()
        await settle(self.gateway, question)
        return time.perf_counter() - began


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator["InProcess"]:
    """Open a gateway in this process."""
    (folder / "policies").mkdir()
    (folder / "policies" / "office.bar").write_text(POLICY, "utf-8")
    settings = Settings(data=folder / "data", policies=folder / "policies")
    gateway = Gateway(settings)
    with capture_logs():  # before there is a key, it warns that none may tell it anything
        await gateway.open()
    scopes = [Scope(one) for one in gateways.SCOPES]
    secret = await gateway.keys.create("bench", scopes, datetime.now(UTC))
    key = await gateway.keys.find(secret)
    assert key is not None  # noqa: S101 - it was just made
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    transport = httpx.ASGITransport(app=create_app(settings, gateway))
    client = httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)
    try:
        yield InProcess(gateway, client, Caller(key))
    finally:
        await client.aclose()
        await gateway.close()


async def in_process() -> None:
    """Print the times of decisions without a socket."""
    with tempfile.TemporaryDirectory() as name:
        async with opened(Path(name)) as gateway:
            for session, size in SIZES.items():
                for path, body in told(_name(session), size):
                    let(await gateway.ask(path, body))
            await asyncio.sleep(1)  # what came last is taken in beside
            for what, ask in (
                ("the judgement alone, processor", gateway.judged),
                ("with its turn and its record", gateway.settled),
            ):
                taken: dict[str, list[float]] = {one: [] for one in SIZES}
                for at, session in _rotating(CALLS):
                    args = mail(at)
                    question = gateway.question(
                        _name(session), f"{what[:4]}{at}", "send_email", args
                    )
                    taken[session].append(await ask(question))
                _rows(what, taken)
            await changing(gateway)


async def changing(gateway: InProcess) -> None:
    """Print the times of decisions each of which comes after a result of 10 KB."""
    for what, pause in ((f"{PAUSE_S * 1000:.0f} ms after", PAUSE_S), ("at once after", 0.0)):
        session = "1 MB"
        taken: list[float] = []
        for at in range(TURNS):
            name, result = f"{what[:2]}{at}", WORDS.prose(10 << 10)
            for path, body in step(_name(session), name, "read", result):
                let(await gateway.ask(path, body))
            await asyncio.sleep(pause)
            question = gateway.question(_name(session), f"n{name}", "send_email", mail(at))
            taken.append(await gateway.settled(question))
        _rows(f"the same, {what} a result of 10 KB", {session: taken})


def over_http() -> None:
    """Print the times of decisions of a real server, over one connection."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "office.bar").write_text(POLICY, "utf-8")
        with gateways.serving(Path(name)) as served:
            for session, size in SIZES.items():
                for path, body in told(_name(session), size):
                    let(served.ask(path, body))
            time.sleep(1)
            taken: dict[str, list[float]] = {one: [] for one in SIZES}
            for at, session in _rotating(CALLS):
                body = {"call_id": f"q{at}", "tool": "send_email", "args": mail(at)}
                content = strictjson.canonical({**body, "session": _name(session)}).encode()
                began = time.perf_counter()
                served.post("/v1/check", content)
                taken[session].append(time.perf_counter() - began)
            _rows("over HTTP, asked one after another", taken)


def _name(session: str) -> str:
    return session.replace(" ", "")


def _rotating(calls: int) -> Iterator[tuple[int, str]]:
    """Yield each session as often, in an order that begins with another one each time."""
    names = list(SIZES)
    for at in range(calls):
        first = at % len(names)
        for session in (*names[first:], *names[:first]):
            yield at * len(names) + names.index(session), session


def _rows(what: str, taken: dict[str, list[float]]) -> None:
    first = next(iter(taken.values()))
    for session, seconds in taken.items():
        p50, p95, p99 = (_share(seconds, one) * 1000 for one in (0.5, 0.95, 0.99))
        growth = statistics.median(seconds) / statistics.median(first)
        print(
            f"| {what} | {session} | {p50:.2f} | {p95:.2f} | {p99:.2f} | {growth:.2f} |", flush=True
        )


def _share(seconds: Sequence[float], share: float) -> float:
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]


def main() -> None:
    """Print the table."""
    print(
        "| decision | seen | p50, ms | p95 | p99 | growth |\n| --- | --- | --- | --- | --- | --- |"
    )
    asyncio.run(in_process())
    over_http()


if __name__ == "__main__":
    main()
