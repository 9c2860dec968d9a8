"""What people are shown of a call that they are asked about."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from app.approvals.snippets import snippets
from app.deciding.shield import shielded
from app.policy.policies import PolicySet
from dsl import syntax
from dsl.evaluation.scope import kind_at
from dsl.model import Approval, Reason, ReasonCode, ToolCall, Verdict
from dsl.session.leaves import Place, leaves
from dsl.state import Argument
from dsl.types import Unknown
from memory.sessions.session import Session
from memory.sessions.sessions import Turn

MOST_VALUES: Final = 60
LONG: Final = 256  # characters of a text that is not looked for whole


def content(call: ToolCall, verdict: Verdict, turn: Turn, policies: PolicySet) -> dict[str, Any]:
    """Return all that people are shown: the call, the rules that ask, where values come from."""
    asking = verdict.approval or Approval(())
    names = {one.policy for one in asking.asking}
    here = (*policies.narrowed(turn.overlays).bound, *policies.softening)
    judging = [one.policy for one in here if one.policy.name in names]
    denied = [one for one in verdict.reasons if one.code is ReasonCode.SOFTENED]
    session = turn.session

    def look() -> list[dict[str, Any]]:
        return [] if session is None else list(_origins(session, call, judging))

    return {
        "args": dict(call.args),
        "changed": verdict.changed,
        "changes": [asdict(one) for one in verdict.changes],
        "context": dict(call.context),
        "rules": [_rule(reason) for reason in verdict.reasons if reason not in denied],
        "softened": [_rule(reason) for reason in denied],
        "texts": [asdict(one) for one in asking.asking],
        "origins": shielded(look, list, call_id=call.call_id),
    }


def _rule(reason: Reason) -> dict[str, Any]:
    names = ("policy", "rule", "by", "cause", "path", "because")
    return {name: getattr(reason, name) for name in names}


def _origins(
    session: Session, call: ToolCall, policies: Sequence[syntax.Policy]
) -> Iterator[dict[str, Any]]:
    """Yield where each value of a call was met, as the policies that ask judge it."""
    for number, (place, value) in enumerate(leaves(call.args)):
        if number == MOST_VALUES:
            return
        told = {"path": pointer(place)}
        if not isinstance(value, str | int | Decimal) or len(str(value)) > LONG:
            yield {**told, "levels": None, "perhaps": [], "snippets": []}
            continue
        sure, perhaps = _levels(session, call, policies, place, value)
        found = snippets(session, value) if sure or perhaps else []
        yield {**told, "levels": sure, "perhaps": perhaps, "snippets": found}


def _levels(
    session: Session,
    call: ToolCall,
    policies: Sequence[syntax.Policy],
    place: Place,
    value: Any,
) -> tuple[list[str], list[str]]:
    """Return the levels a value was met in, and those where nobody can tell."""
    at = Argument(
        call.server, call.tool, tuple(syntax.EACH if isinstance(s, int) else s for s in place)
    )
    sure, perhaps = set[str](), set[str]()
    for policy in policies:
        found = session.origins(policy, value, kind_at(policy, at), at)
        levels = {"origin": found} if isinstance(found, Unknown) else found.levels
        sure |= {name for name, truth in levels.items() if truth is True}
        perhaps |= {name for name, truth in levels.items() if isinstance(truth, Unknown)}
    return sorted(sure), sorted(perhaps - sure)


def pointer(place: Place) -> str:
    """Write a place as a JSON pointer."""
    return "".join(f"/{one}" if isinstance(one, int) else _step(one) for one in place)


def _step(name: str) -> str:
    return "/" + name[:LONG].replace("~", "~0").replace("/", "~1")
