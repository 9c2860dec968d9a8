"""Plays the calls of tasks with the official client, and times each of them in every arm.

Run as `python -I agent.py` in the environment of this bench. What to play comes as JSON on the
standard input; each call becomes a line of JSON on the standard output. In the arms with a gateway
this agent is the seat: it asks before each call, and tells what came back behind it.
"""

import asyncio
import importlib
import json
import sys
import time
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

mcp: Any = importlib.import_module("mcp")


class Line:
    """One connection to a gateway, kept open: no more of HTTP than this takes."""

    def __init__(self, address: str, key: str) -> None:
        self._host = urlsplit(address)
        self._head = f"Host: bench\r\nAuthorization: Bearer {key}\r\n"
        self._head += "Content-Type: application/json\r\n"

    async def open(self) -> "Line":
        """Connect."""
        streams = await asyncio.open_connection(self._host.hostname, self._host.port)
        self._reading, self._writing = streams
        return self

    async def post(self, path: str, body: str) -> Any:
        """Send JSON, and return the answer."""
        content = body.encode()
        head = f"POST {path} HTTP/1.1\r\n{self._head}Content-Length: {len(content)}\r\n\r\n"
        self._writing.write(head.encode() + content)
        told = (await self._reading.readuntil(b"\r\n\r\n")).lower().decode()
        length = int(told.partition("content-length:")[2].partition("\r\n")[0])
        answer = json.loads(await self._reading.readexactly(length))
        if " 200 " not in told[: told.index("\r\n")]:
            raise SystemExit(f"{path}: {answer}")
        return answer

    def close(self) -> None:
        """Let go."""
        self._writing.close()


class Seat:
    """Asks a gateway about the calls of one task. Without one, everything runs."""

    def __init__(self, line: Line | None, session: str | None, *, observes: bool) -> None:
        self._line = line
        self._session = session
        self._observes = observes

    async def said(self, prompt: str) -> None:
        """Tell what the user wants."""
        await self._observe({"type": "user", "id": "user", "text": prompt})

    async def allows(self, number: int, call: Any) -> bool:
        """Ask whether a call may run."""
        if self._line is None:
            return True
        body = {"call_id": f"c{number}", "tool": call["tool"], "args": call["args"]}
        if self._session is not None:
            body["session"] = self._session
        answer = await self._line.post("/v1/check", json.dumps(body))
        return bool(answer["effect"] == "allow")

    async def came(self, number: int, result: str) -> None:
        """Tell what came back; the result is JSON already, and stays as exact as it is."""
        event = {"type": "result", "id": f"r{number}", "call_id": f"c{number}"}
        await self._observe(event, f', "result": {result}')

    async def _observe(self, event: Any, more: str = "") -> None:
        if self._line is not None and self._observes:
            told = f"{json.dumps(event)[:-1]}{more}}}"
            body = f'{{"session": {json.dumps(self._session)}, "events": [{told}]}}'
            await self._line.post("/v1/observe", body)


async def play(client: Any, seat: Seat, task: Any) -> list[float]:
    """Play a task; return the milliseconds of each call, up to one that was not allowed."""
    taken = []
    await seat.said(task["prompt"])
    for number, call in enumerate(task["calls"]):
        began = time.perf_counter()
        if not await seat.allows(number, call):
            break
        answer = await client.call_tool(call["tool"], call["args"])
        result = answer.content[0].text
        await seat.came(number, result)
        taken.append((time.perf_counter() - began) * 1000)
        if result != call["result"]:
            raise SystemExit(f"{task['id']}: another result than was recorded")
    return taken


async def one_agent(wanted: Any, which: int) -> None:
    """Play all tasks in all arms, in an order that begins with another arm each time."""
    told = wanted["server"]
    server = told if isinstance(told, str) else mcp.StdioServerParameters(**told)
    arms = wanted["arms"]
    async with AsyncExitStack() as held:
        client = await held.enter_async_context(mcp.Client(server))
        lines = {}
        for name, arm in arms.items():
            if arm["address"]:
                lines[name] = await Line(arm["address"], arm["key"]).open()
                held.callback(lines[name].close)
        for turn in range(wanted["rounds"]):
            for at, task in enumerate(wanted["tasks"]):
                names = list(arms)
                first = (turn + at + which) % len(names)
                for name in (*names[first:], *names[:first]):
                    session = (
                        f"{wanted['name']}-{which}-{turn}-{at}" if arms[name]["session"] else None
                    )
                    seat = Seat(lines.get(name), session, observes=arms[name]["session"])
                    began, spent = time.perf_counter(), time.process_time()
                    taken = await play(client, seat, task)
                    whole = (time.perf_counter() - began) * 1000
                    row = {"arm": name, "round": turn, "task": task["id"], "calls": taken}
                    row |= {"agent": which, "whole": whole}
                    row |= {"cpu": (time.process_time() - spent) * 1000}
                    print(json.dumps(row), flush=True)


async def main() -> None:
    """Play what is wanted, by as many agents at once as are wanted."""
    wanted = json.loads(sys.stdin.read())
    await asyncio.gather(*(one_agent(wanted, one) for one in range(wanted["agents"])))


if __name__ == "__main__":
    asyncio.run(main())
