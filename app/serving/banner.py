"""What whoever started a gateway is told to do next."""

import shlex
import shutil
import socket
import sys
from typing import Final

from app.binding.bindings import said
from app.settings import Settings
from app.sidecar.agent_key import key_place
from app.wiring import Gateway

CALL: Final = '{"call_id": "c1", "tool": "pay", "args": {"recipient": "Ada", "amount": 50}}'


def banner(gateway: Gateway, listening: socket.socket, fresh: str | None) -> str:
    """Say where the gateway listens and how to ask it."""
    settings = gateway.settings
    lines = ["", f"Drawbar listens on {_address(settings, listening)}"]
    place = "the store" if settings.policy_source == "store" else settings.policies
    place = place if gateway.bundles is None else gateway.bundles.place
    lines.append(f"Policies: {place}   Store: {gateway.database.shown}")
    for policy, until in gateway.reminding.observing().items():
        lines.append(f"Observing: {said(policy, until)}")
    if settings.sidecar is not None:
        path = shlex.quote(str(key_place(settings.sidecar, settings.data)))
        lines += ["", f"The agent's API key lies in {path}"]
        bearer = f"$(cat {path})"
    elif fresh is not None:
        lines += ["", f"Your API key, shown this once: {fresh}"]
        bearer = fresh
    else:
        data = shlex.quote(str(settings.data))
        lines += ["", "A new API key, if the first one is lost:"]
        command = "drawbar" if shutil.which("drawbar") else shlex.quote(sys.argv[0])
        lines += [f"  export DRAWBAR_KEY=$({command} keys create --scope check --data {data})"]
        bearer = "$DRAWBAR_KEY"
    lines += ["", "Ask for a decision:", "", _curl(settings, listening, bearer), "", ""]
    return "\n".join(lines)


def _address(settings: Settings, listening: socket.socket) -> str:
    if settings.uds is not None:
        return f"unix:{settings.uds}"
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - every address is also this one  # nosec B104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _curl(settings: Settings, listening: socket.socket, bearer: str) -> str:
    over = f"--unix-socket {shlex.quote(str(settings.uds))} " if settings.uds is not None else ""
    base = "http://localhost" if settings.uds is not None else _address(settings, listening)
    return (
        f"curl -s {over}{base}/v1/check \\\n"
        f'  -H "Authorization: Bearer {bearer}" -H "Content-Type: application/json" \\\n'
        f"  -d '{CALL}'"
    )
