"""A real gateway, on a store of its own, with the keys and the defaults that it comes with."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import gateways
from bench.speed.servers.served import Asking, Served
from bench.speed.shapes import Call


@contextmanager
def serving(text: str, folder: Path, audit: str, module: str = "app.cli") -> Iterator[Served]:
    """Serve a policy; `audit` is how long an answer waits for its record."""
    policies = folder / "policies"
    policies.mkdir()
    (policies / "bench.bar").write_text(text, "utf-8")
    with gateways.serving(policies, {"audit": audit}, folder, module) as gateway:
        port = urlsplit(gateway.address).port
        asking = Asking("/v1/check", body, allowed, {"Authorization": f"Bearer {gateway.key}"})
        yield Served("drawbar", port or 0, gateway.pid, asking, gateway.started_s)


def body(call: Call, name: str) -> bytes:
    """Return the request's body."""
    return json.dumps({"call_id": name, **call}).encode()


def allowed(answer: Any) -> bool:
    """Tell what the answer says."""
    return bool(answer["effect"] == "allow")
