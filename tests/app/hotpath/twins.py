"""Two gateways that are alike, but one has no short way: what one answers, so must the other."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.hotpath import check
from app.limits.settings import LimitSettings
from memory.keys import Scope as Permission
from tests.harness import ALL_SCOPES, GatewayHarness

POLICY: Final = """\
policy bank version 1;
fact country = given;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 because "large payments need a person";
rule never: deny erase reply "Nothing of {args.what} is erased here." final;
rule card: allow note with redact(args.note, "card");
rule told: allow wire require notify("security");
rule few: deny buy when count(buy) >= 2;
rule buys: allow buy;
rule known: allow ship when fact.country == "DE" and context.urgent == true;
"""
NOW: Final = datetime(2026, 3, 2, 10, tzinfo=UTC)
# What is drawn anew for each request, or sealed with a gateway's own key.
_VOLATILE: Final = re.compile(
    rb"(?<=[\"/`])(?:d|r|apr)_[0-9A-HJKMNP-TV-Z]{26}|eyJ[\w-]+\.[\w-]+\.[\w-]+"
)
_MATTER: Final = (b"content-type", b"content-length", b"allow", b"www-authenticate", b"retry-after")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as a server hands it over: a part that is None is a client that went away."""

    parts: Sequence[bytes | None]
    headers: Sequence[tuple[bytes, bytes]]
    method: str = "POST"
    path: str = "/v1/check"
    query: bytes = b""
    dawdles: int | None = None  # before which of the parts whoever sends falls asleep


@dataclass(slots=True)
class Answered:
    """What came back: nothing at all from somebody who went away."""

    status: int = 0
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    raised: str | None = None

    @property
    def steady(self) -> "Answered":
        """Return it without what differs between two answers to the same."""
        body = _VOLATILE.sub(b"-", self.body)
        headers = {name: self.headers[name] for name in _MATTER if name in self.headers}
        headers[b"content-length"] = str(len(body)).encode()
        if b"retry-after" in headers:
            headers[b"retry-after"] = b"-"
        return Answered(self.status, headers, body, self.raised)


async def ask(app: ASGIApp, sent: Sent) -> Answered:
    """Send a request to an application."""
    answered = Answered()
    left = list(sent.parts)

    async def receive() -> Message:
        if sent.dawdles is not None and len(sent.parts) - len(left) == sent.dawdles:
            await asyncio.sleep(3600)
        part = left.pop(0) if left else None
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            answered.headers = dict(message["headers"])
        else:
            answered.body += message.get("body", b"")

    try:
        await app(_scope(sent), receive, send)
    except Exception as error:  # noqa: BLE001 - a server writes it down, and goes on
        answered.raised = type(error).__name__
    return answered


def _scope(sent: Sent) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50_000),
        "scheme": "http",
        "root_path": "",
        "headers": list(sent.headers),
        "state": {},
        "method": sent.method,
        "path": sent.path,
        "raw_path": sent.path.encode(),
        "query_string": sent.query,
    }


class Twin:
    """One of both, with keys of some names."""

    def __init__(self, folder: Path, *, short: bool) -> None:
        folder.mkdir()
        self.harness = GatewayHarness(folder, POLICY, limits=LimitSettings(failures=10**6))
        assert self.harness.gateway.live.revision is not None
        self.taken = self.handed_on = 0
        self.keys = {
            "all": self._key(ALL_SCOPES),
            "check": self._key([Permission.CHECK]),
            "observe": self._key([Permission.OBSERVE]),
            "once": self._key(ALL_SCOPES, rate=0.001, burst=1),
            "gone": self._key(ALL_SCOPES),
        }
        gone = self.harness.run(self.harness.gateway.ring.find(self.keys["gone"]))
        assert gone is not None
        self.harness.run(self.harness.gateway.keys.revoke(gone.id, datetime.now(UTC)))
        self.settle_keys()
        self.harness.gateway.now = lambda: NOW
        if short:
            ordinary = self.harness.app.ordinary
            self.harness.app.short_cuts = {
                check.PATH: _counting(self, check.Check(self.harness.gateway, ordinary))
            }
        else:
            self.harness.app.short_cuts = {}

    def _key(self, scopes: Any, **more: Any) -> str:
        return self.harness.new_key(scopes, subject="ada", **more)

    def settle_keys(self) -> None:
        """Hear of all that was said of keys so far: later it would make the ring forget them."""
        self.harness.run(self.harness.gateway.announcements.look())
        self.harness.run(self.harness.gateway.ring.forget())

    def ask(self, sent: Sent, key: str | None) -> Answered:
        """Send a request with one of the keys, by its name, or as it is."""
        secret = self.keys.get(key or "", key)
        bearer = [] if secret is None else [(b"authorization", b"Bearer " + secret.encode())]
        with_key = replace(sent, headers=[*bearer, *sent.headers])
        return self.harness.run(ask(self.harness.app, with_key))


def _counting(twin: Twin, short: check.Check) -> ASGIApp:
    """Count what is answered on the short way, and what is handed on."""
    ordinary = short._ordinary

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        twin.handed_on += 1
        await ordinary(scope, receive, send)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        before = twin.handed_on
        await short(scope, receive, send)
        twin.taken += twin.handed_on == before

    short._ordinary = noted
    return app


def twins(folder: Path) -> Iterator[tuple[Twin, Twin]]:
    """Open both, the one with the short way first."""
    pair = Twin(folder / "short", short=True), Twin(folder / "ordinary", short=False)
    yield pair
    for one in pair:
        one.harness.close()
