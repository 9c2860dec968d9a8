"""The short way from a check to its answer: only a decision is answered here.

Whatever is not certain goes on to the ordinary route: a key that must be looked up, a body that
comes in parts or is not what `Recognised` knows. So does every refusal and every fault, to be
raised there anew: what they look like is said in one place.
"""

from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth import KNOWN, RAISED, Caller
from app.deciding.question import Question
from app.deciding.settling import settle
from app.edges import http
from app.edges.base import beside, too_slow
from app.hotpath.answer import answer
from app.hotpath.heads import Heads, heads
from app.hotpath.shape import Recognised, recognised
from app.tracing.tracing import begin
from memory.keys import Scope as Permission
from memory.within import within

if TYPE_CHECKING:
    from app.wiring import Gateway

PATH: Final = http.EDGE.path


class Check:
    """Answers checks for one gateway."""

    def __init__(self, gateway: "Gateway", ordinary: ASGIApp) -> None:
        self._gateway = gateway
        self._ordinary = ordinary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a check, or hand it on with what is known of it so far."""
        said = heads(scope["headers"])
        key = None if said is None else self._gateway.ring.remembered(said.secret)
        if said is None or key is None or scope.get("root_path"):
            await self._ordinary(scope, receive, send)
            return
        caller = Caller(key)
        body: bytes | None = None
        try:
            self._gateway.limits.admit(key)
            caller.require(Permission.CHECK)
            scope[KNOWN] = caller
            message = await self._first(receive)
            receive = _again(message, receive)
            asked = _whole(message)
            if asked is not None:
                body = await self._decided(asked, caller, said)
        except Exception as error:  # noqa: BLE001 - it is raised where all others are
            scope[RAISED] = error
        if body is None:
            await self._ordinary(scope, receive, send)
            return
        await send(start(body))
        await send({"type": "http.response.body", "body": body})

    async def _first(self, receive: Receive) -> Message:
        """Return the first part of the body, or refuse who dawdles."""
        try:
            return await within(self._gateway.settings.deadline_ms / 1000, _received(receive))
        except TimeoutError as error:
            raise too_slow() from error

    async def _decided(self, asked: Recognised, caller: Caller, said: Heads) -> bytes:
        """Decide and record, and only then write the answer."""
        gateway = self._gateway
        begin(gateway.tracing, said.traceparent)
        http.permit(asked, caller)
        question = Question(
            http.called(asked, asked.args, caller),
            caller,
            http.EDGE.name,
            (said.deadline_ms or gateway.settings.deadline_ms) / 1000,
            http.terms(asked),
            http.facts(asked, caller),
            said.seat_token,
        )
        decision = await settle(gateway, question)
        return answer(decision, beside(gateway, question, decision))


async def _received(receive: Receive) -> Message:
    return await receive()


def _whole(message: Message) -> Recognised | None:
    """Return what is asked, where all of it came at once and is certain."""
    if message["type"] != "http.request" or message.get("more_body", False):
        return None
    return recognised(message.get("body", b""))


def _again(message: Message, receive: Receive) -> Receive:
    """Return what gives a message once more, and then what comes after it."""
    given = [message]

    async def again() -> Message:
        return given.pop() if given else await receive()

    return again


def start(body: bytes) -> Message:
    """Return the head of an answer."""
    headers = [
        (b"content-length", str(len(body)).encode()),
        (b"content-type", b"application/json"),
    ]
    return {"type": "http.response.start", "status": 200, "headers": headers}
