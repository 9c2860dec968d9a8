"""A live stream over a real socket."""

import json
import threading
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.test_serve import drawbar


def _watch(gateway: GatewayProcess, key: str, ready: threading.Event, came: list[Any]) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.stream(
        "GET", f"{gateway.address}/v1/records/stream", headers=headers, timeout=30
    ) as answer:
        for line in answer.iter_lines():
            ready.set()
            if line.startswith("data: "):
                came.append(json.loads(line.removeprefix("data: ")))
            if len(came) == 3:
                return


def test_records_come_as_they_are_made(tmp_path: Path) -> None:
    """What is decided after the watch began comes in its order, and nothing from before."""
    came: list[Any] = []
    ready = threading.Event()
    with GatewayProcess(tmp_path, "--port", "0") as gateway:
        gateway.check(call_id="before")
        made = drawbar("keys", "create", "--scope", "audit", "--data", "var", cwd=tmp_path)
        arguments = (gateway, made.stdout.strip(), ready, came)
        watcher = threading.Thread(target=_watch, args=arguments)
        watcher.start()
        assert ready.wait(20)
        said = [gateway.check(call_id=f"c{n}").json()["decision_id"] for n in range(3)]
        watcher.join(20)
        assert gateway.stop() == 0

    assert [one["record"]["id"] for one in came] == said
    assert [one["seq"] for one in came] == [2, 3, 4]
