"""Asks people through the client: by a form, by a page, or by waiting for them.

A *form* answers in the client itself, so it counts only for `approver user` and only from a client
that is registered to speak for its user. A *page* is the gateway's own, with its own sign-in. What
cannot be asked for either is held for a while. The yes itself is stored with the approval, wherever
it was said, and used up by one call: what a client carries back only says which one it is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from app.edges.mcp.asking import APPROVED, Instead, settled
from app.edges.mcp.asking_words import ELICIT, Answered, can, form, opened, page, said
from app.edges.mcp.judge import Asked, Ruling, Waiting
from app.edges.mcp.peer import Peer
from app.edges.mcp.request_state import Bound, Carried, RequestStates
from dsl.model import Effect

QUESTION: Final = "drawbar"  # what our question is called among those of a request
COMPLETE: Final = "notifications/elicitation/complete"
USER: Final = "user"
CALL: Final = "tools/call"


@dataclass(frozen=True, slots=True)
class AskingPeople:
    """Decides calls of one gateway together with the people who must be asked."""

    gateway: str
    states: RequestStates
    wait_s: int = 0

    async def decide(self, peer: Peer, asked: Asked, params: Mapping[str, Any]) -> Ruling | Instead:
        """Return what becomes of a call, or the question that its client must put first."""
        back = self._carried(peer, asked, params)
        if back is not None and back.approval is not None:
            return await self._again(peer, asked, params, back.approval, by_form=back.form)
        return await self._asks(peer, asked, await settled(peer, asked))

    def _carried(self, peer: Peer, asked: Asked, params: Mapping[str, Any]) -> Carried | None:
        """Return what the client carried back, if it is ours and of this very call."""
        if not peer.modern:
            return None
        return self.states.open(params.get("requestState"), self._bound(peer, asked))

    def _bound(self, peer: Peer, asked: Asked) -> Bound:
        name = f"{asked.server}/{asked.tool}"
        return Bound(self.gateway, (peer.judge.principal,), CALL, name, asked.args)

    async def _asks(self, peer: Peer, asked: Asked, ruling: Ruling) -> Ruling | Instead:
        """Ask people about what waits for them, in the best way that this client can."""
        waiting = _waits(ruling)
        if waiting is None:
            return ruling
        question = self._question(peer, asked, ruling)
        if question is None:
            return await self._held(peer, asked, ruling)
        if peer.modern:
            return self._carries(peer, asked, waiting, question)
        return await self._at_once(peer, asked, waiting.id, question)

    def _question(self, peer: Peer, asked: Asked, ruling: Ruling) -> Mapping[str, Any] | None:
        """Return what the client is to show: a form if that counts, else our page."""
        needs = () if ruling.approval is None else ruling.approval.needs
        if (USER, None) in needs and peer.judge.speaks_for_user and can(peer.capabilities, "form"):
            found = form(asked, ruling)
            if found is not None:
                return found
        return page(asked, ruling) if can(peer.capabilities, "url") else None

    async def _held(self, peer: Peer, asked: Asked, ruling: Ruling) -> Ruling:
        """Hold a call that still waits, if calls are held at all."""
        if not self.wait_s or _waits(ruling) is None:
            return ruling
        return await settled(peer, replace(asked, wait_s=self.wait_s))

    def _carries(
        self, peer: Peer, asked: Asked, waiting: Waiting, question: Mapping[str, Any]
    ) -> Instead:
        """Return the question as the answer; the client comes back with what was said."""
        carried = Carried(waiting.id, form=question["mode"] == "form")
        until = _moment(waiting.expires_at)
        state = self.states.seal(self._bound(peer, asked), carried, until)
        request = {"method": ELICIT, "params": question}
        told = {"resultType": "input_required", "inputRequests": {QUESTION: request}}
        return Instead({**told, "requestState": state})

    async def _at_once(
        self, peer: Peer, asked: Asked, approval: str, question: Mapping[str, Any]
    ) -> Ruling:
        """Ask on the way back while the request runs, as clients before 2026-07-28 want it."""
        by_form = question["mode"] == "form"
        named = {} if by_form else {"elicitationId": approval}
        answer = await peer.back.ask(ELICIT, {**question, **named})
        ruling = await self._after(peer, asked, approval, answer, by_form=by_form)
        if named and _waits(ruling) is None:
            await peer.back.notify(COMPLETE, named)
        return ruling

    async def _again(
        self,
        peer: Peer,
        asked: Asked,
        params: Mapping[str, Any],
        approval: str,
        *,
        by_form: bool,
    ) -> Ruling | Instead:
        """Go on with a call whose client comes back, by what its person said."""
        given = params.get("inputResponses")
        answer = given.get(QUESTION) if isinstance(given, Mapping) else None
        ruling = await self._after(peer, asked, approval, answer, by_form=by_form)
        waiting = _waits(ruling)
        if waiting is None or waiting.id == approval:
            return ruling
        return await self._asks(peer, asked, ruling)  # that one was used up, or is over

    async def _after(
        self, peer: Peer, asked: Asked, approval: str, answer: object, *, by_form: bool
    ) -> Ruling:
        """Decide once more after a person answered, or did not; a yes may need others beside it."""
        word = said(answer) if by_form else Answered.NOTHING
        if word is not Answered.NOTHING:
            await peer.judge.answered(approval, yes=word is Answered.YES)
        named = replace(asked, approval=approval)
        ruling = await settled(peer, named)
        goes_on = word is Answered.YES or (not by_form and opened(answer))
        return await self._held(peer, named, ruling) if goes_on else ruling


def _waits(ruling: Ruling) -> Waiting | None:
    """Return what people have not decided yet."""
    waiting = ruling.approval
    if ruling.effect is not Effect.ASK or waiting is None or waiting.status == APPROVED:
        return None
    return waiting


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
