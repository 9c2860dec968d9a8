"""The seat of LangGraph: stands around every tool call, and asks at the tool itself."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Unpack

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langgraph.errors import GraphBubbleUp

from drawbar.blocking import at_once
from drawbar.fault import Fault
from drawbar.langchain.batches import Batches, Turn
from drawbar.langchain.call import AGAIN, WAITS, Call
from drawbar.langchain.message import Origin, refusal, said
from drawbar.langchain.settings import Options, Settings, Side
from drawbar.langchain.tools import CannotWrap, Shape, wrapped

_LOG: Final = logging.getLogger("drawbar.langchain")
_OURS: Final = ("langgraph.prebuilt.tool_node", "langchain.tools.tool_node")
_MOST_TOOLS: Final = 1000
Execute = Callable[[Any], Awaitable[Any]]


class Seat:
    """Decides every call of a `ToolNode`, as its `wrap_tool_call` and `awrap_tool_call`.

    Without a client it makes one from DRAWBAR_URL and DRAWBAR_KEY. What is set up wrongly raises
    here; a call that cannot be decided is never run.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        self.settings = Settings(options)
        self._batches = Batches()
        self._shapes: dict[int, tuple[BaseTool, Shape]] = {}

    def wrap_tool_call(self, request: Any, execute: Callable[[Any], Any]) -> Any:
        """Let a call run as the gateway decides."""

        async def run(changed: Any) -> Any:
            return execute(changed)

        return at_once(self._through("blocking", request, execute, run))

    async def awrap_tool_call(self, request: Any, execute: Execute) -> Any:
        """Let a call run as the gateway decides."""
        return await self._through("looping", request, execute, execute)

    async def _through(self, side: Side, request: Any, execute: Any, run: Execute) -> Any:
        try:
            call = self._call(request, execute)
        except Fault as fault:
            decision = fault.decision(str(request.tool_call["id"]), dry_run=False)
            return refusal(request.tool_call, said(decision), decision)
        began, earlier = await call.turn.earlier(WAITS[side])
        if began:
            call.turn.pass_on()
            return _refused(call, AGAIN) if earlier is None else earlier
        try:
            answer = await self._tried(call, side, run)
        except GraphBubbleUp:
            call.turn.pause()
            raise
        except Exception:
            call.turn.fail()
            raise
        except BaseException:
            call.turn.end(None)
            raise
        call.turn.end(answer)
        return answer

    def _call(self, request: Any, execute: Any) -> Call:
        """Return the call, or a fault where it could not be decided for what will run."""
        tool, asked = request.tool, request.tool_call
        if getattr(execute, "__module__", "") not in _OURS:
            raise Fault("Drawbar is not the innermost middleware; put it last", "not_innermost")
        if tool is None or tool.name != asked["name"]:
            raise Fault(f"there is no tool `{asked['name']}`", "invalid_call")
        place = self.settings.place(_configurable(request.runtime), request.state)
        origin = Origin.of(asked, request.state)
        batch = self._batches.of(place.name, origin.message, origin.source)
        turn = Turn(batch, origin.name, origin.position)
        return Call(self.settings, place, request, origin, turn, self._shape(tool), turn.name)

    async def _tried(self, call: Call, side: Side, run: Execute) -> Any:
        """Run the call, and once more where rules or people changed its arguments."""
        while True:
            call.begin()
            try:
                answer = await run(self._guarded(call))
            except GraphBubbleUp:
                raise
            except CannotWrap as error:
                return _refused(call, Fault(str(error), "cannot_wrap"))
            except Exception:
                if call.began and call.answer is None:
                    raise  # the tool's own, which was reported
                if not call.reached:
                    raise  # arguments that do not fit the tool, and nobody was asked about
                answer = None
            if call.again is None:
                return await self._over(call, side, answer)
            args = dict(call.again)
            call.request = call.request.override(tool_call={**call.request.tool_call, "args": args})

    async def _over(self, call: Call, side: Side, answer: Any) -> Any:
        """Return what the model is shown; what was allowed and never began is reported."""
        if call.decision is not None and not call.began:
            await self.settings.session(call.place, side).not_run(call.call_id)
        if call.answer is not None:
            return call.answer
        if call.began or (not call.reached and getattr(answer, "status", "") == "error"):
            return answer
        if call.reached:
            what = "the tool cannot run with the arguments that rules or people gave it"
            return _refused(call, Fault(what, "unsupported_obligation"))
        _LOG.error("the tool %s ran without being asked about", call.request.tool.name)
        return _refused(call, Fault("the tool was not asked about", "cannot_wrap"))

    def _guarded(self, call: Call) -> Any:
        """Return the request with a tool that asks before it runs."""

        def run(step: Any) -> Any:
            return lambda *places, **named: at_once(call.at_tool("blocking", step, places, named))

        def arun(step: Any) -> Any:
            async def later(*places: Any, **named: Any) -> Any:
                return await call.at_tool("looping", step, places, named)

            return later

        return call.request.override(tool=wrapped(call.request.tool, run, arun))

    def _shape(self, tool: BaseTool) -> Shape:
        """Return the shape of a tool; finding it out takes milliseconds."""
        known = self._shapes.get(id(tool))
        if known is None or known[0] is not tool:
            if len(self._shapes) >= _MOST_TOOLS:
                self._shapes.clear()
            known = self._shapes[id(tool)] = (tool, Shape(tool))
        return known[1]


def _configurable(runtime: Any) -> Mapping[str, Any]:
    config = getattr(runtime, "config", None) or {}
    return config.get("configurable") or {}


def _refused(call: Call, fault: Fault) -> ToolMessage:
    decision = fault.decision(call.call_id, dry_run=False)
    return refusal(call.request.tool_call, said(decision), decision)
