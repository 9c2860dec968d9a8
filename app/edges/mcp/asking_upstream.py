"""Questions that a server asks back are handed on to the client, under the server's name.

Only what people are asked is handed on (elicitation), and only where the settings say so for the
server. What it asks is judged as a result of its call before anybody sees it; the call ends with
it. When the client comes back with answers the call is a new one and is decided again; rules see
its arguments, and not what was answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mcp_types import ElicitRequestFormParams, ElicitRequestURLParams
from pydantic import ValidationError

from app.edges.mcp.asking import Instead
from app.edges.mcp.asking_words import ELICIT, asked_in, can
from app.edges.mcp.judge import Asked, Came
from app.edges.mcp.links.link import Garbled
from app.edges.mcp.peer import Peer
from app.edges.mcp.request_state import Carried, RequestStates, bound_to
from app.plain import plain
from dsl import strictjson
from dsl.model import Effect

MOST: Final = 4  # questions in one go
LONGEST: Final = 16 << 10  # characters of a question, of a server's state, and of all answers
ROUNDS: Final = 5  # in which a client of an earlier revision is asked within one call
_PLACE: Final = "server."  # our question has another name, so that none is taken for it
_ACTIONS: Final = ("accept", "decline", "cancel")


class NotHandedOn(Exception):
    """A question that is not put to anybody, and why."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What servers of one gateway ask people, and what people answer."""

    gateway: str
    states: RequestStates

    def carried(self, peer: Peer, asked: Asked, params: Mapping[str, Any]) -> Carried | None:
        """Return what a client brings back for the server of this very call."""
        if not peer.modern:
            return None
        bound = bound_to(self.gateway, peer.judge.principal, asked)
        back = self.states.open(params.get("requestState"), bound)
        return None if back is None else with_answers(back, params)

    async def hand_on(self, peer: Peer, asked: Asked, raw: Mapping[str, Any]) -> Instead | Carried:
        """Put a server's questions to the client; return them, or what was answered at once."""
        asks = _read(raw, peer, asked.server)
        state = raw.get("requestState")
        if state is not None and not (isinstance(state, str) and len(state) <= LONGEST):
            raise Garbled("the server's state cannot be carried")
        await self._judged(peer, asked, list(asks.values()))
        kept = Carried(upstream=state, asked=tuple(asks))
        if peer.modern:
            sealed = self.states.seal(bound_to(self.gateway, peer.judge.principal, asked), kept)
            told = {place(at): {"method": ELICIT, "params": one} for at, one in _numbered(asks)}
            result = {"resultType": "input_required", "inputRequests": told}
            return Instead({**result, "requestState": sealed})
        given = {}
        for at, one in _numbered(asks):
            named = {"elicitationId": asked.call_id} if one["mode"] == "url" else {}
            given[place(at)] = await peer.back.ask(ELICIT, {**one, **named})
        back = with_answers(kept, {"inputResponses": given})
        if back.answers is None:
            raise NotHandedOn("nobody answered what the server asks")
        return back

    async def _judged(self, peer: Peer, asked: Asked, asks: Sequence[Mapping[str, Any]]) -> None:
        """Let rules look at what a server asks, as they look at what it gives back."""
        came = Came(asked.call_id, asked.session, {"asks": list(asks)})
        shown = await peer.judge.told(came)
        if shown.effect is not Effect.ALLOW or shown.changed is not None:
            raise NotHandedOn(shown.message or "what the server asks is withheld")


def is_question(raw: Mapping[str, Any]) -> bool:
    """Tell whether a server wants to know something before it goes on."""
    return raw.get("resultType") == "input_required"


def capabilities(peer: Peer) -> Mapping[str, Any]:
    """Return what a server may ask of a client: no more than the client itself says."""
    return asked_in(peer.capabilities)


def with_answers(back: Carried, params: Mapping[str, Any]) -> Carried:
    """Return what is carried with the answers that came beside it, if it has none yet."""
    given = params.get("inputResponses")
    if back.answers is not None or not back.asked or not isinstance(given, Mapping):
        return back
    found = {
        name: answer
        for at, name in enumerate(back.asked)
        if (answer := _answer(given.get(place(at)))) is not None
    }
    written = strictjson.written(found)
    if not found or len(written) > LONGEST:
        return back
    return Carried(back.approval, back.form, back.upstream, back.asked, written)


def taken(back: Carried | None) -> Mapping[str, Any]:
    """Return what goes back to the server: its own state, and the answers under its own names."""
    if back is None or back.answers is None:
        return {}
    state = {} if back.upstream is None else {"requestState": back.upstream}
    return {"inputResponses": strictjson.read(back.answers), **state}


def place(number: int) -> str:
    """Name a server's question for the client; what the server calls it stays with us."""
    return f"{_PLACE}{number}"


def _numbered(asks: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
    return list(enumerate(asks.values()))


def _answer(raw: object) -> Mapping[str, Any] | None:
    """Return what a person answered, with what of it goes on."""
    if not isinstance(raw, Mapping) or raw.get("action") not in _ACTIONS:
        return None
    content = raw.get("content")
    told = {"action": raw["action"]}
    return {**told, "content": content} if isinstance(content, Mapping) else told


def _read(raw: Mapping[str, Any], peer: Peer, server: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the questions of a server by its own names, as the client is to show them."""
    found = raw.get("inputRequests")
    if not isinstance(found, Mapping) or not 0 < len(found) <= MOST:
        raise NotHandedOn("the server asks nothing that can be handed on, or too much")
    return {name: _question(one, peer, server) for name, one in found.items()}


def _question(raw: object, peer: Peer, server: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping) or raw.get("method") != ELICIT:
        raise NotHandedOn("the server asks for something that is not given to servers")
    params = raw.get("params")
    if not isinstance(params, Mapping) or len(strictjson.written(dict(params))) > LONGEST:
        raise NotHandedOn("the server's question is too long, or none")
    mode = params.get("mode", "form")
    if mode not in ("form", "url") or not can(peer.capabilities, mode):
        raise NotHandedOn("the server asks in a way that the client cannot show")
    kind = ElicitRequestFormParams if mode == "form" else ElicitRequestURLParams
    try:
        kind.model_validate(dict(params))
    except ValidationError:
        raise NotHandedOn("the server's question cannot be read") from None
    words = f"The server `{server}` asks:\n{_plain(params['message'])}"
    if mode == "form":
        return {"mode": mode, "message": words, "requestedSchema": params["requestedSchema"]}
    if not str(params["url"]).startswith("https://"):
        raise NotHandedOn("the server leads to an address that is not `https://`")
    return {"mode": mode, "message": words, "url": plain(str(params["url"]))}


def _plain(text: str) -> str:
    """Return a server's words with all hidden characters written out, line by line."""
    return "\n".join(plain(line) for line in text.split("\n"))
