"""One tool call, from the question to what may be shown of its result, at the tool itself."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from langchain_core.messages import ToolMessage
from langgraph.errors import GraphBubbleUp

from drawbar.decision import Decision
from drawbar.fault import Fault
from drawbar.handing import handing
from drawbar.langchain import results
from drawbar.langchain.asking import Heard, pause
from drawbar.langchain.batches import Turn, Wait, awaited, blocked
from drawbar.langchain.message import Origin, instead, refusal, said
from drawbar.langchain.plain import plain, same, shown_text
from drawbar.langchain.settings import Settings, Side
from drawbar.langchain.tools import Shape
from drawbar.observed import Observed
from drawbar.place import Place, SessionCore

WAITS: Final[Mapping[Side, Wait]] = {"blocking": blocked, "looping": awaited}


class Stopped(Exception):
    """The tool did not run, or what came of it may not be shown; never leaves this package."""


@dataclass(slots=True)
class Call:
    """What is known of one call while it is under way."""

    settings: Settings
    place: Place
    request: Any
    origin: Origin
    turn: Turn
    shape: Shape
    call_id: str
    decision: Decision | None = None  # of arguments that rules changed: the next try runs them
    again: Mapping[str, Any] | None = None  # try once more, with these arguments
    answer: ToolMessage | None = None  # in place of what the tool gives
    reached: bool = False
    began: bool = False
    failed: bool = False

    def begin(self) -> None:
        """Begin a try."""
        self.again = self.answer = None

    async def at_tool(
        self, side: Side, step: Callable[..., Any], places: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        """Ask about what the tool is about to run with, run it, and report what came of it."""
        self.reached = True
        session = self.settings.session(self.place, side)
        try:
            args = self._args(places, named)
            decision = self.decision or await self._decided(session, side, args)
            decided = args if decision.args is None else decision.args
            _must_be(decided, self._args(places, named))
        except Fault as fault:
            raise self._stop(fault.decision(self.call_id, dry_run=False)) from None
        finally:
            self.turn.pass_on()
        if not self.turn.begin():
            raise self._stop(AGAIN.decision(self.call_id, dry_run=False))
        self.began = True
        # The tool may call functions and MCP clients that are guarded: in this session as well.
        with self.settings.entered(self.place), handing(self.place.name, decision.seat_token):
            return await self._ran(session, lambda: step(*places, **named))

    def _args(self, places: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
        return self.shape.args(places, named, self.request.tool_call["args"])

    async def _decided(
        self, session: SessionCore[Any], side: Side, args: dict[str, Any]
    ) -> Decision:
        """Return an allow, or stop; where people are asked, the graph pauses."""
        await self.turn.come(WAITS[side], self.origin.answered)
        decision = await self._check(session, args, None)
        while decision.effect == "ask" and decision.approval and self.settings.pauses:
            approval = decision.approval
            heard = pause(self.request.tool_call["name"], args, decision, approval)
            await self._hear(side, decision, approval.id, heard)
            decision = await self._check(session, args, approval.id)
        if not decision.allowed:
            raise self._stop(decision)
        if decision.args is not None:
            self.decision, self.again = decision, plain(decision.run_with(args))
            raise Stopped
        return decision

    async def _check(
        self, session: SessionCore[Any], args: dict[str, Any], approval: str | None
    ) -> Decision:
        tool = self.request.tool
        return await session.check(
            tool.name,
            args,
            {
                "call_id": self.call_id,
                "server": self.settings.server(tool),
                "approval": approval,
                "wait_s": self.settings.wait_s,
                "changed_args": True,
            },
        )

    async def _hear(self, side: Side, decision: Decision, approval: str, heard: Heard) -> None:
        """Take what the host said: a no holds at once, and an edit is another call."""
        if heard.kind == "edit":
            self.again, self.call_id = heard.args, self.turn.edited()
            raise Stopped
        if heard.kind != "look":
            yes = heard.kind == "approve"
            await self.settings.answer(approval, side, heard.comment, yes=yes)
        if heard.kind == "reject":
            text = f"Rejected: {heard.comment}" if heard.comment else "Rejected."
            self.answer = refusal(self.request.tool_call, text, decision)
            raise Stopped

    def _stop(self, decision: Decision) -> Stopped:
        self.answer = refusal(self.request.tool_call, said(decision), decision)
        return Stopped()

    async def _ran(self, session: SessionCore[Any], run: Callable[[], Any]) -> Any:
        try:
            value = run()
            if inspect.isawaitable(value):
                value = await value
        except GraphBubbleUp:  # the tool itself pauses the graph, or leaves it: it is not over
            raise
        except Exception as error:
            self.failed = True
            told = results.error_text(error)
            seen = await session.result(self.call_id, told, is_error=True)
            if seen.allowed and not seen.is_changed:
                raise
            self._show_instead(seen, told)
        except BaseException:
            await session.result(self.call_id, _CUT_OFF, is_error=True)
            raise
        else:
            return await self._shown(session, value)
        raise Stopped  # outside of the handler: a traceback must not show what is withheld

    async def _shown(self, session: SessionCore[Any], value: Any) -> Any:
        """Return what may be shown of a result."""
        results.mark(value)
        pair = self.request.tool.response_format == "content_and_artifact"
        told = results.of(value, pair=pair)
        seen = await session.result(self.call_id, told, is_error=results.is_error(value))
        if seen.allowed and not seen.is_changed:
            return value
        if seen.allowed and results.can_be_replaced(value):
            return results.replaced(value, seen.shown(told), pair=pair)
        self._show_instead(seen, told)
        raise Stopped

    def _show_instead(self, seen: Observed, told: Any) -> None:
        text = shown_text(seen.shown(told))
        self.answer = instead(self.request.tool_call, text, seen, failed=self.failed)


def _must_be(decided: Mapping[str, Any], args: Mapping[str, Any]) -> None:
    """Refuse what is not what was decided."""
    if not same(decided, args):
        raise Fault("the arguments at the tool are not those decided", "invalid_call")


AGAIN: Final = Fault("this call has run already, and what it gave is lost", "call_replayed")
_CUT_OFF: Final = "the tool was cut off; nobody knows what it did"
