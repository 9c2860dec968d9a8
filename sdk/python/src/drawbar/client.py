"""The clients of a gateway: one question, one decision, and never an exception instead."""

from collections.abc import Mapping, Sequence
from typing import Any, Self, Unpack

from drawbar.blocking import at_once
from drawbar.core import Settings
from drawbar.cores import Cores
from drawbar.decision import Approval, Decision
from drawbar.place import Place
from drawbar.questions import CheckOptions, Question
from drawbar.report import Label, Report
from drawbar.session import AsyncSession, Session


class Client:
    """Asks one gateway, with one key, over connections that it keeps; threads may share it.

    Without arguments it takes the gateway's address from DRAWBAR_URL and the key from
    DRAWBAR_KEY. `uds` is the path of a Unix socket, in place of an address. `timeout` bounds
    a whole question in seconds, attempts and pauses included; `wait_s` of a question comes on
    top. What is set up wrongly raises `ValueError` here; `check` never raises.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        uds: str | None = None,
        timeout: float = 5.0,
    ) -> None:
        self.cores = Cores(Settings(url, key, uds, timeout))

    def check(
        self, tool: str, args: Mapping[str, Any], **options: Unpack[CheckOptions]
    ) -> Decision:
        """Ask whether the tool may run; whatever goes wrong on the way is a deny.

        Run the tool only if `decision.allowed`, and with `decision.run_with(args)`.
        """
        return at_once(self.cores.blocking.check(Question(tool, args, **options)))

    def approval(self, approval_id: str, wait_s: int = 0) -> Approval:
        """Return how an approval stands, once people decided or `wait_s` seconds are over."""
        return at_once(self.cores.blocking.approval(approval_id, wait_s))

    def report(self, decision: Decision | str, label: Label, comment: str | None = None) -> Report:
        """Say what a decided call was, whatever was decided about it; never raises.

        The key's subject says it, with a key that holds `feedback` and so not `check`.
        """
        return at_once(self.cores.blocking.report(decision, label, comment))

    def session(
        self,
        id: str | None = None,  # noqa: A002 - what it is called everywhere
        *,
        subject: str | None = None,
        roles: Sequence[str] = (),
        agent: str | None = None,
    ) -> Session:
        """Return a session: a new one, or the one of this name; asks the gateway nothing yet."""
        return Session(self.cores, Place(id, subject, roles, agent))

    def close(self) -> None:
        """Close the connections that are kept; later questions open new ones and keep none."""
        self.cores.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient:
    """What `Client` is, for asyncio: a cancelled question closes its connection.

    Connections belong to the loop that opened them; in another loop new ones are opened.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        uds: str | None = None,
        timeout: float = 5.0,
    ) -> None:
        self.cores = Cores(Settings(url, key, uds, timeout))

    async def check(
        self, tool: str, args: Mapping[str, Any], **options: Unpack[CheckOptions]
    ) -> Decision:
        """Ask whether the tool may run; whatever goes wrong on the way is a deny.

        Run the tool only if `decision.allowed`, and with `decision.run_with(args)`.
        """
        return await self.cores.looping.check(Question(tool, args, **options))

    async def approval(self, approval_id: str, wait_s: int = 0) -> Approval:
        """Return how an approval stands, once people decided or `wait_s` seconds are over."""
        return await self.cores.looping.approval(approval_id, wait_s)

    async def report(
        self, decision: Decision | str, label: Label, comment: str | None = None
    ) -> Report:
        """Say what a decided call was, whatever was decided about it; never raises.

        The key's subject says it, with a key that holds `feedback` and so not `check`.
        """
        return await self.cores.looping.report(decision, label, comment)

    def session(
        self,
        id: str | None = None,  # noqa: A002 - what it is called everywhere
        *,
        subject: str | None = None,
        roles: Sequence[str] = (),
        agent: str | None = None,
    ) -> AsyncSession:
        """Return a session: a new one, or the one of this name; asks the gateway nothing yet."""
        return AsyncSession(self.cores, Place(id, subject, roles, agent))

    async def close(self) -> None:
        """Close the connections that are kept; later questions open new ones and keep none."""
        self.cores.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
