"""Says shortly and for good that a call stays denied, where an agent asks again and again.

Agents loop on denials that they take for a passing fault. What is said here is for show: it is no
part of the decision, its record or its replay, and each gateway counts for itself.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from app.deciding.question import Question
from dsl.model import Decision, Effect, ReasonCode

TIMES: Final = 3
MOST_SESSIONS: Final = 10_000
MOST_DENIALS: Final = 100  # of one session that are told apart
MOST_WORDS: Final = 200

_PASSING: Final = (
    ReasonCode.FAULT,
    ReasonCode.DEADLINE,
    ReasonCode.CANARY,
    ReasonCode.STALE_POLICY,
    ReasonCode.BREAK_GLASS,
)

_Session = tuple[str, str | None, str | None, str]
_Same = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Display:
    """What a seat shows the agent in place of the message."""

    text: str


class Repeats:
    """Counts equal denials of the sessions that were used last."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[_Session, OrderedDict[_Same, set[str]]] = OrderedDict()

    def display(self, question: Question, decision: Decision) -> Display | None:
        """Return what is shown from the third denial of one kind on; one call counts once."""
        call, owner = question.call, question.owner
        if decision.effect is not Effect.DENY or decision.dry_run or call.session is None:
            return None
        if decision.verdict.code in _PASSING:
            return None
        denials = self._of((owner.tenant, owner.subject, owner.agent, call.session))
        kind = _kind(question, decision)
        names = denials.setdefault(kind, set())
        denials.move_to_end(kind)
        if len(denials) > MOST_DENIALS:
            denials.popitem(last=False)
        if len(names) < TIMES:
            names.add(call.call_id)
        return Display(_words(decision)) if len(names) >= TIMES else None

    def _of(self, session: _Session) -> OrderedDict[_Same, set[str]]:
        found = self._sessions.setdefault(session, OrderedDict())
        self._sessions.move_to_end(session)
        if len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return found


def _kind(question: Question, decision: Decision) -> _Same:
    """Tell denials apart: by the tool, and by what refused."""
    verdict = decision.verdict
    why = tuple((one.policy, one.rule, one.path, one.cause) for one in verdict.reasons)
    return question.call.server, question.call.tool, verdict.code, why


def _words(decision: Decision) -> str:
    message = decision.message
    said = message if len(message) <= MOST_WORDS else f"{message[:MOST_WORDS]}..."
    return f"{said} This is final in this session: do not try it again."
