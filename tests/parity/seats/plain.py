"""Programs that ask over HTTP themselves: one call, and a batch of one."""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import uuid4

from tests.parity.call import Call
from tests.parity.seat import Told, Tools
from tests.parity.world import BANK, Decides, World

SUPPORTS: Final = {"changed_args": True}


class Http:
    """`POST /v1/check`, then the tool, then `POST /v1/observe`."""

    name = "http"
    can = frozenset(("text", "digits", "dry_run", "context", "facts", "approval", "key"))
    path = "/v1/check"

    def __init__(self, world: World, key: str | None = None) -> None:
        self.decides: Decides = world.outer
        self._key = key
        self._tools = Tools()
        self.ran = self._tools.ran

    def send(self, call: Call, session: str) -> Told:
        return self._sent(call, session, uuid4().hex, dict(call.options))

    def _sent(self, call: Call, session: str, name: str, options: Mapping[str, Any]) -> Told:
        members = {"call_id": name, "session": session, "server": BANK, "tool": call.tool}
        head = json.dumps({**members, "supports": SUPPORTS, **options})[:-1]
        status, said = self._asked(f'{head}, "args": {call.args}}}')
        if status != 200:
            return Told("deny", said.get("code"), said.get("detail", ""))
        if said["effect"] != "allow" or said["dry_run"]:
            handle = said.get("approval")
            approval = handle and handle["id"]
            again = approval and partial(
                self._sent, call, session, name, {**options, "approval": approval}
            )
            return Told(
                said["effect"], said["reason"], said["message"], approval=approval, again=again
            )
        args = said["args"] if said["args"] is not None else call.values
        return self._run(call.tool, args, session, name, said)

    def _asked(self, body: str) -> tuple[int, dict[str, Any]]:
        answered = self.decides.post(self.path, body, self._key)
        return answered.status_code, json.loads(answered.text, parse_float=Decimal)

    def _run(self, tool: str, args: Any, session: str, name: str, said: Mapping[str, Any]) -> Told:
        value, failed = self._tools.tried(tool, args)
        event = {"id": f"r{name}", "type": "result", "call_id": name, "result": value}
        event |= {"is_error": failed}
        answered = self.decides.post(
            "/v1/observe", {"session": session, "events": [event]}, self._key
        )
        if answered.status_code != 200:
            return Told("deny", answered.json()["code"], answered.json()["detail"])
        (seen,) = answered.json()["events"]
        if seen["effect"] != "allow":
            return Told("deny", seen["reason"], seen["message"])
        shown = value if seen["changed"] is None else seen["changed"]
        return Told("allow", said["reason"], said["message"], shown, token=said["seat_token"])


class Batch(Http):
    """`POST /v1/check/batch` with the one call."""

    name = "batch"
    path = "/v1/check/batch"

    def _asked(self, body: str) -> tuple[int, dict[str, Any]]:
        status, said = super()._asked(f'{{"calls": [{body}]}}')
        if status != 200:
            return status, said
        (found,) = said["decisions"]
        if "status" in found:  # it could not be read, or may not be asked for
            return found["status"], {"code": found["reason"], "detail": found["message"]}
        return status, found
