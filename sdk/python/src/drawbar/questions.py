"""What a caller may say of a call, checked before anything is sent."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict
from uuid import uuid4

from drawbar import exact
from drawbar.address import VISIBLE_ASCII
from drawbar.decision import Decision
from drawbar.fault import Fault

LONGEST_HOLD_S: Final = 50  # of the gateway
_LONGEST_TOKEN: Final = 8192
LABELS: Final = ("violation", "ok")
_WRONG: Final = "invalid_request"
_HANDLE: Final = re.compile(r"[A-Za-z0-9_]{1,40}")


class CallOptions(TypedDict, total=False):
    """What may be said of a call besides its tool and arguments."""

    call_id: str | None
    server: str | None
    context: Mapping[str, Any] | None
    facts: Mapping[str, Any] | None
    approval: str | None  # the id of one that an earlier answer to this very call named
    wait_s: int  # seconds to be held, at most 50, while people decide
    dry_run: bool
    changed_args: bool  # the caller runs `decision.run_with(args)`, not what it asked about
    obligations: Collection[str]  # the types of what the caller can do along with the call
    seat_token: str | None  # of the seat that decided this call before


class CheckOptions(CallOptions, total=False):
    """And whose call it is, in which session."""

    session: str | None
    subject: str | None
    roles: Sequence[str]
    agent: str | None


@dataclass(slots=True)
class Question:
    """One call to be decided."""

    tool: str
    args: Mapping[str, Any]
    call_id: str | None = None
    server: str | None = None
    session: str | None = None
    subject: str | None = None
    roles: Sequence[str] = ()
    agent: str | None = None
    context: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] | None = None
    approval: str | None = None
    wait_s: int = 0
    dry_run: bool = False
    changed_args: bool = False
    obligations: Collection[str] = ()
    seat_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.call_id is None:
            self.call_id = str(uuid4())

    @property
    def id(self) -> str:
        """Return the name of the call."""
        return self.call_id if isinstance(self.call_id, str) else str(self.call_id)

    def body(self) -> bytes:
        """Write the request; a member of the wrong type is a fault."""
        members = {
            "call_id": _is(self.call_id, str, "call_id"),
            "tool": _is(self.tool, str, "tool"),
            "args": _is(self.args, Mapping, "args"),
            "server": _may_be(self.server, str, "server"),
            "session": _may_be(self.session, str, "session"),
            **owner(self.subject, self.roles, self.agent),
            "context": _may_be(self.context, Mapping, "context"),
            "facts": _may_be(self.facts, Mapping, "facts"),
            "approval": _may_be(self.approval, str, "approval"),
            "wait_s": hold(self.wait_s) or None,
            "dry_run": _is(self.dry_run, bool, "dry_run") or None,
            "supports": self._supports(),
        }
        return exact.write({name: one for name, one in members.items() if one is not None})

    def _supports(self) -> dict[str, Any] | None:
        _is(self.changed_args, bool, "changed_args")
        self.obligations = names(self.obligations, "obligations")
        if not self.changed_args and not self.obligations:
            return None
        return {"changed_args": self.changed_args, "obligations": self.obligations}

    def token(self) -> str | None:
        """Return the seat token, which must fit into a header."""
        if self.seat_token is None:
            return None
        token = str(_is(self.seat_token, str, "seat_token"))
        if len(token) > _LONGEST_TOKEN or not VISIBLE_ASCII.fullmatch(token):
            raise Fault("`seat_token` is not a token", "invalid_call")
        return token


def owner(subject: Any, roles: Any, agent: Any) -> dict[str, Any]:
    """Write whose call or session it is, as far as it is said."""
    held = names(roles, "roles")
    if held and subject is None:
        raise Fault("`roles` are given without a `subject`", "invalid_call")
    claim = {"id": _may_be(subject, str, "subject"), **({"roles": held} if held else {})}
    named = _may_be(agent, str, "agent")
    return {
        "subject": None if subject is None else claim,
        "agent": None if named is None else {"id": named},
    }


def hold(seconds: Any) -> int:
    """Return for how long to be held."""
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise Fault(f"`wait_s` has the type {type(seconds).__name__}", "invalid_call")
    if not 0 <= seconds <= LONGEST_HOLD_S:
        raise Fault(f"`wait_s` is not within 0 and {LONGEST_HOLD_S}", "invalid_call")
    return seconds


def handle(approval_id: Any) -> str:
    """Return the id of an approval, which becomes part of an address."""
    name = str(_is(approval_id, str, "id"))
    if not _HANDLE.fullmatch(name):
        raise Fault("this is no id of an approval", "invalid_call")
    return name


def report(decision: Any, label: Any, comment: Any) -> bytes:
    """Write what somebody says of a decision, which is named by its id or given itself."""
    name = decision.decision_id if isinstance(decision, Decision) else decision
    if name is None:
        raise Fault("the gateway made no such decision, so nothing can be said of it", _WRONG)
    if label not in LABELS:
        raise Fault("a label is `violation` or `ok`", _WRONG)
    if not isinstance(name, str) or not isinstance(comment, str | None):
        raise Fault("a decision is named by a text, and a comment is one", _WRONG)
    told = {"decision_id": name, "label": label}
    return exact.write(told if comment is None else {**told, "comment": comment})


def names(given: Any, what: str) -> list[str]:
    """Return a list of texts; one text alone is a slip, not a list of its letters."""
    if isinstance(given, str) or not isinstance(given, Collection):
        raise Fault(f"`{what}` has the type {type(given).__name__}", "invalid_call")
    return [_is(one, str, what) for one in given]


def _may_be(value: Any, kind: type, name: str) -> Any:
    return None if value is None else _is(value, kind, name)


def _is(value: Any, kind: type, name: str) -> Any:
    if value is None:
        raise Fault(f"`{name}` is missing", "invalid_call")
    if not isinstance(value, kind):
        raise Fault(f"`{name}` has the type {type(value).__name__}", "invalid_call")
    return value
