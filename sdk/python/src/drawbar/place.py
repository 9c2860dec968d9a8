"""A session as the client knows it: its name, whose it is, and whether its rules are in force."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic
from uuid import uuid4

from drawbar import questions
from drawbar.address import VISIBLE_ASCII
from drawbar.core import Core
from drawbar.decision import Decision
from drawbar.fault import Fault
from drawbar.lines import AnyLine
from drawbar.observed import Observed
from drawbar.questions import CallOptions, Question

_LONGEST: Final = 128
_INVALID: Final = "invalid_overlay"


class Place:
    """The name of a session and its owner; what is set up wrongly raises `ValueError`."""

    def __init__(
        self, name: str | None, subject: str | None, roles: Sequence[str], agent: str | None
    ) -> None:
        self.name = f"s_{uuid4().hex}" if name is None else name  # hard to guess, as it must be
        if not VISIBLE_ASCII.fullmatch(self.name) or len(self.name) > _LONGEST:
            message = f"a session is named by 1 to {_LONGEST} visible ASCII characters"
            raise ValueError(message)
        try:
            owned = questions.owner(subject, roles, agent)
        except Fault as fault:
            raise ValueError(fault.what) from None
        self.subject, self.roles, self.agent = subject, tuple(roles), agent
        given = {at: one for at, one in owned.items() if one is not None}
        self.whose: Mapping[str, Any] = {"session": self.name, **given}
        self._lost: set[str] = set()
        self._refused = False

    @property
    def narrowed(self) -> bool:
        """Whether the gateway holds all rules that the session was given."""
        return not (self._lost or self._refused)

    def note(self, rules: str, seen: Observed) -> None:
        """Remember rules that the gateway did not take; while one is missing nothing may run."""
        if seen.allowed:
            self._refused = False
            self._lost.discard(rules)
        elif seen.reason == _INVALID:
            self._refused = True
        else:
            self._lost.add(rules)


class SessionCore(Generic[AnyLine]):
    """What both kinds of sessions do."""

    def __init__(self, core: Core[AnyLine], place: Place) -> None:
        self.core = core
        self.place = place

    async def check(self, tool: str, args: Mapping[str, Any], options: CallOptions) -> Decision:
        """Ask about a call of this session."""
        place = self.place
        question = Question(
            tool,
            args,
            session=place.name,
            subject=place.subject,
            roles=place.roles,
            agent=place.agent,
            **options,
        )
        if not place.narrowed:
            return _not_narrowed().decision(question.id, dry_run=question.dry_run is True)
        return await self.core.check(question)

    async def user(self, text: str) -> Observed:
        """Tell what the user said."""
        return await self._tell({"type": "user", "text": text})

    async def result(self, call_id: str, value: Any, *, is_error: bool) -> Observed:
        """Tell what a call gave back."""
        told = {"call_id": call_id, "result": value, "is_error": bool(is_error)}
        return self._by_all_rules(await self._tell({"type": "result", **told}))

    async def reply(self, text: str) -> Observed:
        """Tell what the agent is about to write to a person."""
        return self._by_all_rules(await self._tell({"type": "reply", "text": text}))

    async def not_run(self, call_id: str) -> Observed:
        """Tell that a call that was let through never ran."""
        return await self._tell({"type": "not_run", "call_id": call_id})

    async def overlay(self, rules: str) -> Observed:
        """Narrow the session."""
        seen = await self.core.overlay(self.place.whose, rules)
        self.place.note(rules, seen)
        return seen

    async def open(self) -> Observed:
        """Open the session now, and not with its first event."""
        return await self.core.open_session(self.place.whose)

    def _by_all_rules(self, seen: Observed) -> Observed:
        """Withhold what was judged without rules of the session: they may be about results too."""
        return seen if self.place.narrowed else _not_narrowed().observed(seen.event_id)

    async def _tell(self, event: Mapping[str, Any]) -> Observed:
        return await self.core.observe(self.place.whose, event)


def _not_narrowed() -> Fault:
    return Fault("rules of this session did not reach the gateway", "not_narrowed")
