"""Measures what the gateway adds to asking a served guard: `python -m bench.guards`.

16 callers ask the same questions: bare, as one prepared request on an open connection each, and as
the gateway asks, with prompt, breaker, turns, cache and calibration. Both ask in turns within one
run. Without `--url` a stand-in answers after a fixed time, which is no model and says so; with it,
a vLLM that serves a generator for the family `policyguard`.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

from guards.asking import Asker
from guards.classifier.vllm.families import FAMILIES
from guards.classifier.vllm.guard import Vllm
from guards.classifier.vllm.http import Http
from guards.judgement import Form
from guards.prompt import prompt
from guards.question import Question
from guards.skill.reading import Reading

CALLERS: Final = 16
ROUNDS: Final = 10
GOAL_MS: Final = 1.0
SENTENCE: Final = "Never pay more than 100 euros without asking the user first."
FAMILY: Final = FAMILIES["policyguard"]
STAND_IN_MS: Final = 20
Asks = Callable[[int], Awaitable[None]]


def question(number: int) -> Question:
    """Return a question that was never asked, so that no answer is kept of it."""
    return Question(Form.JUDGE, SENTENCE, f'pay({{"amount":{number},"to":"water works"}})')


async def _measured(address: str, model: str, each: int) -> tuple[list[float], list[float]]:
    guard = Vllm(Http(address, dict), model, FAMILY, patience_s=180)
    await guard._http.open()  # noqa: SLF001 - no record of a verification is needed to measure
    await guard.look()
    asker = Asker("bench", guard, Reading(), longest_s=60)
    asker.unwell = None
    found: tuple[list[float], list[float]] = ([], [])
    spent, number = [0.0, 0.0], 0
    for at in range(ROUNDS + 1):
        # Opened anew for each round: a server closes a connection on which nothing comes for 5 s.
        lines = [await _Line.open(address, guard) for _ in range(CALLERS)]
        for kind, took in enumerate(found):
            asks = [line.ask for line in lines] if kind == 0 else [_through(asker)] * CALLERS
            began = time.process_time()
            times = await asyncio.gather(
                *(_calls(one, number + each * place, each) for place, one in enumerate(asks))
            )
            number += each * CALLERS
            if at:  # the first round is for warming up
                spent[kind] += time.process_time() - began
                took += [one for of_caller in times for one in of_caller]
    await guard.close()
    made = ROUNDS * each * CALLERS
    print(f"processor: {1000 * (spent[1] - spent[0]) / made:.2f} ms a call more than bare")
    return found


def _through(asker: Asker) -> Asks:
    async def ask(number: int) -> None:
        said = await asker.ask(Form.JUDGE, lambda: question(number), "t", 60, enforced=False)
        if said.p is None:
            raise SystemExit(f"the guard did not answer: {said.cause}")

    return ask


async def _calls(ask: Asks, first: int, each: int) -> list[float]:
    took = []
    for number in range(first, first + each):
        began = time.perf_counter()
        await ask(number)
        took.append(1000 * (time.perf_counter() - began))
    return took


class _Line:
    """One open connection, and nothing between: the least that a call can take."""

    def __init__(self, reading: Any, writing: Any, host: str, guard: Vllm) -> None:
        self._reading, self._writing = reading, writing
        self._host, self._guard = host, guard

    @classmethod
    async def open(cls, address: str, guard: Vllm) -> "_Line":
        parts = urlsplit(address)
        streams = await asyncio.open_connection(parts.hostname, parts.port)
        return cls(*streams, parts.netloc, guard)

    async def ask(self, number: int) -> None:
        text = prompt(FAMILY.template, question(number), self._guard._room)  # noqa: SLF001
        body = json.dumps(self._guard._chat(text)).encode()  # noqa: SLF001
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {self._host}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writing.write(head.encode() + body)
        told = (await self._reading.readuntil(b"\r\n\r\n")).lower()
        if b" 200 " not in told.split(b"\r\n", 1)[0]:
            raise SystemExit(f"the server refused: {told!r}")
        length = int(told.split(b"content-length:")[1].split(b"\r\n")[0])
        await self._reading.readexactly(length)


async def _stand_in(port: int) -> None:
    """Answer as vLLM does, after a fixed time."""
    tokens = {"violation": 11, "Violation": 12, "no_violation": 21, "no violation": 21}

    async def one(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        try:
            while head := await reading.readuntil(b"\r\n\r\n"):
                sent = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
                body = json.loads(await reading.readexactly(int(sent or 0)) or "null")
                answer = json.dumps(await _answer(head.split()[1].decode(), body)).encode()
                told = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n"
                writing.write(told.encode() + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writing.close()

    async def _answer(path: str, body: Any) -> Any:
        match path:
            case "/openapi.json":
                return {"paths": {"/tokenize": {}, "/v1/chat/completions": {}}}
            case "/v1/models":
                return {"data": [{"id": "guard", "max_model_len": 4096}]}
            case "/tokenize":
                return {"tokens": [tokens.get(body["prompt"], 22), 7]}
        await asyncio.sleep(STAND_IN_MS / 1000)
        tops = [{"token": f"token_id:{one}", "logprob": lp} for one, lp in ((11, -2.5), (21, -0.1))]
        content = [{**tops[1], "top_logprobs": tops}]
        return {"choices": [{"index": 0, "logprobs": {"content": content}}]}

    async with await asyncio.start_server(one, "127.0.0.1", port) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


def main() -> int:
    """Measure; end with 3 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a vLLM that serves a generator")
    parser.add_argument("--model", default="guard")
    parser.add_argument("--calls", type=int, default=40, help="of each caller in a round")
    parser.add_argument("--stand-in", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stand_in:
        asyncio.run(_stand_in(0))
        return 0
    if options.url:
        return _tell("vLLM", *asyncio.run(_measured(options.url, options.model, options.calls)))
    command = [sys.executable, "-m", "bench.guards", "--stand-in"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = f"http://127.0.0.1:{process.stdout.readline().strip()}"  # type: ignore[union-attr]
            named = f"a stand-in that answers after {STAND_IN_MS} ms"
            return _tell(named, *asyncio.run(_measured(address, "guard", options.calls)))
        finally:
            process.terminate()


def _tell(named: str, bare: list[float], through: list[float]) -> int:
    halves = statistics.median(bare), statistics.median(through)
    tenths = statistics.quantiles(bare, n=10)[8], statistics.quantiles(through, n=10)[8]
    added = halves[1] - halves[0]
    print(f"load of the machine over the last minute: {os.getloadavg()[0]:.1f}")
    print("| server, 16 callers | bare p50 | through p50 | added p50 | added p90 |")
    print("| --- | --- | --- | --- | --- |")
    told = f"{halves[0]:.2f} ms | {halves[1]:.2f} ms | {added:.2f} ms"
    print(f"| {named} | {told} | {tenths[1] - tenths[0]:.2f} ms |")
    return 3 if added > GOAL_MS else 0


if __name__ == "__main__":
    sys.exit(main())
