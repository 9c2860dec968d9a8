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
from app.edges.mcp.asking_upstream import with_answers
from app.edges.mcp.asking_words import ELICIT, Answered, can, form, opened, page, said
from app.edges.mcp.judge import Asked, Ruling, Waiting
from app.edges.mcp.peer import Peer
from app.edges.mcp.request_state import Carried, RequestStates, bound_to
from dsl.model import Effect

QUESTION: Final = "drawbar"  # what our question is called among those of a request
COMPLETE: Final = "notifications/elicitation/complete"
USER: Final = "user"
_NO_QUESTION: Final = "mcp.complete"  # since 2026-07-28 its answer cannot be a question
_NOTHING: Final = Carried()


@dataclass(frozen=True, slots=True)
class AskingPeople:
    """Decides calls of one gateway together with the people who must be asked."""

    gateway: str
    states: RequestStates
    wait_s: int = 0

    async def decide(self, peer: Peer, asked: Asked, params: Mapping[str, Any]) -> Ruling | Instead:
        """Return what becomes of a call, or the question that its client must put first."""
        case = _Case(self, peer, asked, self._carried(peer, asked, params) or _NOTHING)
        if case.back.approval is None:
            return await case.asks(await settled(peer, asked))
        given = params.get("inputResponses")
        return await case.again(given.get(QUESTION) if isinstance(given, Mapping) else None)

    def _carried(self, peer: Peer, asked: Asked, params: Mapping[str, Any]) -> Carried | None:
        """Return what the client carried back, if it is ours and of this very call."""
        if not peer.modern:
            return None
        bound = bound_to(self.gateway, peer.judge.principal, asked)
        back = self.states.open(params.get("requestState"), bound)
        return None if back is None else with_answers(back, params)


@dataclass(frozen=True, slots=True)
class _Case:
    """One call of one client, with what it carried back."""

    asking: AskingPeople
    peer: Peer
    asked: Asked
    back: Carried

    async def asks(self, ruling: Ruling) -> Ruling | Instead:
        """Ask people about what waits for them, in the best way that this client can."""
        waiting = _waits(ruling)
        if waiting is None:
            return ruling
        question = self._question(ruling, waiting)
        if question is None:
            return await self._held(self.asked, ruling)
        if self.peer.modern:
            return self._carries(waiting, question)
        return await self._at_once(waiting.id, question)

    def _question(self, ruling: Ruling, waiting: Waiting) -> Mapping[str, Any] | None:
        """Return what the client is to show: a form if that counts, else our page."""
        modes = self.peer.capabilities
        if self.peer.modern and self.asked.tool == _NO_QUESTION:
            return None
        counts = (USER, None) in waiting.needs and self.peer.judge.speaks_for_user
        if counts and can(modes, "form") and (found := form(self.asked, ruling)) is not None:
            return found
        return page(self.asked, ruling) if can(modes, "url") else None

    async def _held(self, asked: Asked, ruling: Ruling) -> Ruling:
        """Hold a call that still waits, if calls are held at all."""
        wait_s = self.asking.wait_s
        if not wait_s or _waits(ruling) is None:
            return ruling
        return await settled(self.peer, replace(asked, wait_s=wait_s))

    def _carries(self, waiting: Waiting, question: Mapping[str, Any]) -> Instead:
        """Return the question as the answer; the client comes back with what was said."""
        by_form, states = question["mode"] == "form", self.asking.states
        back = self.back
        carried = Carried(waiting.id, by_form, back.upstream, back.asked, back.answers)
        bound = bound_to(self.asking.gateway, self.peer.judge.principal, self.asked)
        state = states.seal(bound, carried, _moment(waiting.expires_at))
        request = {"method": ELICIT, "params": question}
        told = {"resultType": "input_required", "inputRequests": {QUESTION: request}}
        return Instead({**told, "requestState": state})

    async def _at_once(self, approval: str, question: Mapping[str, Any]) -> Ruling:
        """Ask on the way back while the request runs, as clients before 2026-07-28 want it."""
        by_form = question["mode"] == "form"
        named = {} if by_form else {"elicitationId": approval}
        answer = await self.peer.back.ask(ELICIT, {**question, **named})
        ruling = await self._after(approval, answer, by_form=by_form)
        if named and _waits(ruling) is None:
            await self.peer.back.notify(COMPLETE, named)
        return ruling

    async def again(self, answer: object) -> Ruling | Instead:
        """Go on with a call whose client comes back, by what its person said."""
        approval = str(self.back.approval)
        ruling = await self._after(approval, answer, by_form=self.back.form)
        waiting = _waits(ruling)
        if waiting is None or waiting.id == approval:
            return ruling
        return await self.asks(ruling)  # that one was used up, or is over

    async def _after(self, approval: str, answer: object, *, by_form: bool) -> Ruling:
        """Decide once more after a person answered, or did not; a yes may need others beside it."""
        word = said(answer) if by_form else Answered.NOTHING
        if word is not Answered.NOTHING:
            await self.peer.judge.answered(approval, yes=word is Answered.YES)
        named = replace(self.asked, approval=approval)
        ruling = await settled(self.peer, named)
        goes_on = word is Answered.YES or (not by_form and opened(answer))
        return await self._held(named, ruling) if goes_on else ruling


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
