"""The client of a gateway: one question, one decision, and never an exception instead."""

import math
import os
import re
import time
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, Final
from uuid import uuid4

from drawbar import messages
from drawbar.decision import Decision, Fault
from drawbar.transport import Address, Answer, address_of, post

DEFAULT_URL: Final = "http://127.0.0.1:8484"
_PAUSES: Final = (0.05, 0.2)  # before the second and the third attempt
_UNAVAILABLE: Final = 503
_VISIBLE_ASCII: Final = re.compile(r"[\x21-\x7e]+")


class Client:
    """Asks one gateway, with one key; threads may share it.

    Without arguments it takes the gateway's address from DRAWBAR_URL and the key from
    DRAWBAR_KEY. `uds` is the path of a Unix socket, in place of an address. `timeout` bounds
    a whole question in seconds, attempts and pauses included. What is set up wrongly raises
    `ValueError` here; `check` never raises.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        uds: str | None = None,
        timeout: float = 5.0,
    ) -> None:
        self._address = _address(url, uds)
        self._headers = {
            "Authorization": f"Bearer {_key(key)}",
            "Content-Type": "application/json",
            "Accept": "application/json, application/problem+json",
        }
        if not (math.isfinite(timeout) and timeout > 0):
            message = "the timeout must be a number of seconds above zero"
            raise ValueError(message)
        self._timeout = timeout

    def check(  # noqa: PLR0913 - one parameter a member of the request
        self,
        tool: str,
        args: Mapping[str, Any],
        *,
        call_id: str | None = None,
        server: str | None = None,
        session: str | None = None,
        context: Mapping[str, Any] | None = None,
        dry_run: bool = False,
        subject: str | None = None,
        agent: str | None = None,
    ) -> Decision:
        """Ask whether the tool may run; whatever goes wrong on the way is a deny.

        Run the tool only if `decision.allowed`, and with exactly these arguments.
        """
        call_id = str(uuid4()) if call_id is None else call_id
        dry_run = bool(dry_run)
        members = {
            "call_id": call_id,
            "tool": tool,
            "args": args,
            "server": server,
            "session": session,
            "subject": None if subject is None else {"id": subject},
            "agent": None if agent is None else {"id": agent},
            "context": context,
            "dry_run": dry_run or None,
        }
        try:
            return self._ask(members, call_id, dry_run=dry_run)
        except Fault as fault:
            return fault.decision(call_id, dry_run=dry_run)
        except Exception as error:  # noqa: BLE001 - this is the edge: a fault nobody foresaw denies
            what = f"the client failed with {type(error).__name__}"
            return Fault(what).decision(call_id, dry_run=dry_run)

    def _ask(self, members: dict[str, Any], call_id: str, *, dry_run: bool) -> Decision:
        deadline = time.monotonic() + self._timeout
        body = messages.write(_given(members))
        answer = self._send(body, deadline)
        return messages.read(answer, call_id, dry_run=dry_run)

    def _send(self, body: bytes, deadline: float) -> Answer:
        """Send the same bytes up to three times, but never past the deadline."""
        outcome = self._attempt(body, deadline)
        for pause in _PAUSES:
            if not _again(outcome) or time.monotonic() + pause >= deadline:
                break
            time.sleep(pause)
            outcome = self._attempt(body, deadline)
        if isinstance(outcome, Fault):
            raise outcome
        return outcome

    def _attempt(self, body: bytes, deadline: float) -> Answer | Fault:
        try:
            return post(self._address, "/v1/check", self._headers, body, deadline)
        except TimeoutError:
            return Fault(f"the gateway gave no answer within {self._timeout:g} seconds")
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            return Fault(f"the gateway could not be reached: {why}", again=True)
        except HTTPException:
            return Fault("the answer of the gateway is not HTTP")


def _again(outcome: Answer | Fault) -> bool:
    return outcome.again if isinstance(outcome, Fault) else outcome.status == _UNAVAILABLE


def _address(url: str | None, uds: str | None) -> Address:
    if uds is None:
        from_environment = os.environ.get("DRAWBAR_URL") or DEFAULT_URL
        return address_of(from_environment if url is None else url)
    if url is not None or not uds:
        message = "give an address or the path of a Unix socket"
        raise ValueError(message)
    return Address(uds=uds)


def _key(key: str | None) -> str:
    """Return the key, which must fit into a header; a message never shows it."""
    key = os.environ.get("DRAWBAR_KEY") if key is None else key
    if not key:
        message = "no key: give one, or set DRAWBAR_KEY"
        raise ValueError(message)
    if not _VISIBLE_ASCII.fullmatch(key):
        message = "the key holds a character that is not visible ASCII"
        raise ValueError(message)
    return key


_OBJECTS: Final = frozenset({"args", "context", "subject", "agent"})


def _given(members: dict[str, Any]) -> dict[str, Any]:
    """Keep the members that were given; each must have its type before anything is sent."""
    given = {name: value for name, value in members.items() if value is not None}
    for name in ("call_id", "tool", "args"):
        if name not in given:
            raise Fault(f"`{name}` is missing", "invalid_call")
    for name, value in given.items():
        kind = Mapping if name in _OBJECTS else bool if name == "dry_run" else str
        if not isinstance(value, kind):
            raise Fault(f"`{name}` has the type {type(value).__name__}", "invalid_call")
    return given
