"""What both clients do; only the connections below it differ.

The coroutines here wait for nothing but their connections, so the blocking client runs them
through without a loop: one flow, two clients.
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic
from urllib.parse import quote
from uuid import uuid4

from drawbar import answers, exact, questions
from drawbar.address import Address, chosen, usable
from drawbar.decision import Approval, Decision
from drawbar.fault import Fault
from drawbar.http1 import Answer, Broken, NotHttp
from drawbar.lines import AnyLine, Lines
from drawbar.observed import Observed
from drawbar.questions import Question
from drawbar.report import Report

_PAUSES: Final = (0.05, 0.2)  # before the second and the third attempt
_UNAVAILABLE: Final = 503


class Settings:
    """Which gateway is asked, with what key, and for how long; checked at once."""

    def __init__(self, url: str | None, key: str | None, uds: str | None, timeout: float) -> None:
        self.address: Address = chosen(url, uds)
        if not (math.isfinite(timeout) and timeout > 0):
            message = "the timeout must be a number of seconds above zero"
            raise ValueError(message)
        self.timeout = timeout
        self.head = (
            f"Host: {self.address.authority}\r\n"
            f"Authorization: Bearer {usable(key)}\r\n"
            "Accept: application/json, application/problem+json\r\n"
        )


class Core(Generic[AnyLine]):
    """Asks one gateway over kept connections; nothing here raises for a fault on the way."""

    def __init__(self, settings: Settings, lines: Lines[AnyLine]) -> None:
        self.settings = settings
        self.lines = lines

    async def check(self, question: Question) -> Decision:
        """Return the decision about a call; whatever goes wrong on the way is a deny."""
        try:
            body, token = question.body(), question.token()
            headers = f"Drawbar-Decision: {token}\r\n" if token else ""
            request = self._request("POST", "/v1/check", body, headers)
            answer = await self._ask(request, question.wait_s)
            return answers.decision(
                answer,
                question.id,
                dry_run=question.dry_run,
                changed_args=question.changed_args,
                obligations=question.obligations,
            )
        except Exception as error:  # noqa: BLE001 - this is the edge: a fault nobody foresaw denies
            return Fault.of(error).decision(question.id, dry_run=question.dry_run is True)

    async def observe(self, whose: Mapping[str, Any], event: Mapping[str, Any]) -> Observed:
        """Tell one event of a session; its id is the same over all attempts."""
        event_id = f"e_{uuid4().hex}"
        try:
            body = exact.write({**whose, "events": [{"id": event_id, **event}]})
            answer = await self._ask(self._request("POST", "/v1/observe", body))
            return answers.observed(answer, event_id)
        except Exception as error:  # noqa: BLE001 - as above: a fault withholds
            return Fault.of(error).observed(event_id)

    async def open_session(self, whose: Mapping[str, Any]) -> Observed:
        """Open a session, or find it open."""
        return await self._session("POST", "/v1/sessions", whose["session"], whose)

    async def overlay(self, whose: Mapping[str, Any], rules: str) -> Observed:
        """Narrow a session."""
        name = whose["session"]
        members = {at: one for at, one in whose.items() if at != "session"}
        path = f"/v1/sessions/{_escaped(name)}/overlay"
        return await self._session("PUT", path, name, {**members, "text": rules})

    async def approval(self, approval_id: str, wait_s: int) -> Approval:
        """Return how an approval stands, after people decided or the wait is over."""
        try:
            name, seconds = questions.handle(approval_id), questions.hold(wait_s)
            path = f"/v1/approvals/{name}?wait_s={seconds}"
            answer = await self._ask(self._request("GET", path), wait_s)
            return answers.approval(answer, approval_id)
        except Exception as error:  # noqa: BLE001 - as above: a fault tells nothing
            return Fault.of(error).approval(str(approval_id))

    async def answer(self, approval_id: str, *, yes: bool, comment: str = "") -> Approval:
        """Say yes or no to a call that waits, with a key that may; return how it stands then."""
        try:
            name, said = questions.handle(approval_id), "approve" if yes else "reject"
            body = exact.write({"comment": comment} if comment else {})
            answer = await self._ask(self._request("POST", f"/v1/approvals/{name}/{said}", body))
            return answers.approval(answer, approval_id)
        except Exception as error:  # noqa: BLE001 - as above: a fault tells nothing
            return Fault.of(error).approval(str(approval_id))

    async def report(self, decision: Any, label: Any, comment: Any) -> Report:
        """Say what a decided call was, once, however often it must be sent."""
        once = f"Idempotency-Key: r-{uuid4().hex}\r\n"
        try:
            body = questions.report(decision, label, comment)
            request = self._request("POST", "/v1/feedback", body, once)
            return answers.report(await self._ask(request, unavailable=False))
        except Exception as error:  # noqa: BLE001 - as above: a fault keeps nothing for known
            return Fault.of(error).report()

    async def visible(
        self, whose: Mapping[str, Any], tools: Sequence[Mapping[str, Any]]
    ) -> frozenset[tuple[Any, Any]]:
        """Return the server and name of each tool that is worth showing; after a fault, of none."""
        owner = {name: whose[name] for name in ("subject", "agent") if name in whose}
        try:
            body = exact.write({"tools": tools, **owner})
            return answers.tools(await self._ask(self._request("POST", "/v1/tools", body)))
        except Exception:  # noqa: BLE001 - as above: a fault shows nothing
            return frozenset()

    async def _session(
        self, method: str, path: str, name: str, members: Mapping[str, Any]
    ) -> Observed:
        event_id = f"e_{uuid4().hex}"
        try:
            answer = await self._ask(self._request(method, path, exact.write(members)))
            return answers.session(answer, name, event_id)
        except Exception as error:  # noqa: BLE001 - as above: a fault refuses
            return Fault.of(error).observed(event_id)

    def _request(
        self, method: str, path: str, body: bytes | None = None, headers: str = ""
    ) -> bytes:
        head = f"{method} {path} HTTP/1.1\r\n{self.settings.head}{headers}"
        if body is None:
            return f"{head}\r\n".encode("ascii")
        sized = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return f"{head}{sized}".encode("ascii") + body

    async def _ask(self, request: bytes, held_s: int = 0, *, unavailable: bool = True) -> Answer:
        """Send the same bytes up to three times, but never past the deadline.

        `unavailable`: also after a 503, where nothing can have been done by halves.
        """
        deadline = time.monotonic() + self.settings.timeout + held_s
        outcome = await self._attempt(request, deadline)
        for pause in _PAUSES:
            again = _again(outcome, unavailable=unavailable)
            if not again or time.monotonic() + pause >= deadline:
                break
            await self.lines.opens.pause(pause)
            outcome = await self._attempt(request, deadline)
        if isinstance(outcome, Fault):
            raise outcome
        return outcome

    async def _attempt(self, request: bytes, deadline: float) -> Answer | Fault:
        try:
            return await self.lines.exchange(request, deadline)
        except TimeoutError:
            return Fault(f"the gateway gave no answer within {self.settings.timeout:g} seconds")
        except Broken:
            return Fault("the answer of the gateway broke off")
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            told = f": {why}" if why else ""
            return Fault(f"the gateway could not be reached{told}", again=True)
        except NotHttp:
            return Fault("the answer of the gateway is not HTTP that can be read in one way")


def _again(outcome: Answer | Fault, *, unavailable: bool) -> bool:
    if isinstance(outcome, Fault):
        return outcome.again
    return unavailable and outcome.status == _UNAVAILABLE


def _escaped(name: str) -> str:
    return quote(name, safe="")
