"""One call of an MCP tool, from the question to what may be shown of its result."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from mcp import ClientSession
from mcp.client.session import ElicitationFnT
from mcp_types import CallToolResult

from drawbar.core import Core
from drawbar.decision import Decision
from drawbar.fault import Fault
from drawbar.handing import handed
from drawbar.mcp import asking, results
from drawbar.place import SessionCore
from drawbar.questions import LONGEST_HOLD_S

_CUT_OFF: Final = "the call was cut off; nobody knows what it did"


@dataclass(frozen=True, slots=True)
class Person:
    """The person at the client, as far as the host lets Drawbar ask them."""

    session: ClientSession
    callback: ElicitationFnT | None
    approver: Core[Any] | None  # asks with a key that may approve, so that their yes counts

    async def asked(self, call: "Call", decision: Decision) -> asking.Said:
        """Return what they said."""
        approval = decision.approval
        if self.callback is None or approval is None:
            return "nothing"
        if self.approver is None:
            link = asking.link(decision, approval)
            found = link and await asking.ask(self.callback, self.session, decision, link)
            return found or "nothing"
        form = asking.form(call.name, call.args, decision)
        said = await asking.ask(self.callback, self.session, decision, form)
        if said in {"yes", "no"}:
            await self.approver.answer(approval.id, yes=said == "yes")
        return said


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool, by its public name."""

    session: SessionCore[Any]
    server: str | None
    tool: str
    name: str
    args: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid4()))

    async def decided(self, person: Person, wait_s: int) -> Decision:
        """Return the decision; the person at the client may be asked on the way."""
        decision = await self._check(None, wait_s)
        approval = decision.approval
        if decision.effect != "ask" or approval is None:
            return decision
        if approval.approved:
            return await self._check(approval.id, 0)
        said = await person.asked(self, decision)
        if said == "no":
            fault = Fault("the person at the client said no", "rejected")
            return fault.decision(self.id, dry_run=False)
        if said == "nothing":
            return decision
        return await self._check(approval.id, LONGEST_HOLD_S if said == "looked" else 0)

    async def _check(self, approval: str | None, wait_s: int) -> Decision:
        before = handed()
        return await self.session.check(
            self.tool,
            self.args,
            {
                "call_id": self.id,
                "server": self.server,
                "approval": approval,
                "wait_s": wait_s,
                "changed_args": True,
                "seat_token": before.seat_token if before else None,
            },
        )

    async def ran(self, run: Callable[[], Awaitable[CallToolResult]]) -> CallToolResult:
        """Make the call, and return what may be shown of its result."""
        try:
            result = await run()
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            seen = await self.session.result(self.id, told, is_error=True)
            if seen.allowed and not seen.is_changed:
                raise
            shown = str(seen.shown(told))
        except BaseException:
            await self.session.result(self.id, _CUT_OFF, is_error=True)
            raise
        else:
            return await self._shown(result)
        # Outside of the handler: a traceback must not show what is withheld.
        return results.refused(shown, seen)

    async def _shown(self, result: CallToolResult) -> CallToolResult:
        value = results.value(result)
        seen = await self.session.result(self.id, value, is_error=bool(result.is_error))
        if not seen.allowed:
            return results.refused(seen.message, seen)
        return results.changed(result, seen.shown(value)) if seen.is_changed else result
