"""What became of one question: a decision of the gateway's, or a fault that denies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from drawbar.refusals import Denied
from drawbar.restoring import restored

Effect = Literal["allow", "ask", "deny"]


@dataclass(frozen=True, slots=True)
class Need:
    """Who must approve a call, and what they said so far."""

    kind: str
    role: str | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What people were asked; a call comes back with its `id` when they have decided."""

    id: str
    status: str  # pending, approved, rejected, used, expired; unknown: the gateway did not say
    needs: tuple[Need, ...] = ()
    expires_at: str | None = None
    url: str = ""
    message: str = ""  # why the status is unknown

    @property
    def approved(self) -> bool:
        """Whether the call may come back; only the check that follows lets it run."""
        return self.status == "approved"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that rules changed: a place, and `set`, `redact` or `drop`."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Obligation:
    """What the caller has to do along with the call."""

    id: str
    type: str
    properties: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What may happen to a call; only `allowed` says that the tool may run."""

    effect: Effect
    reason: str
    message: str
    decision_id: str | None  # None: the gateway made no decision, the client refused
    call_id: str
    retryable: bool = False
    reasons: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    revision: str | None = None
    dry_run: bool = False
    args: Mapping[str, Any] | None = field(default=None, hash=False)  # only where rules changed it
    changes: tuple[Change, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    approval: Approval | None = None
    seat_token: str | None = field(default=None, repr=False)  # for the next seat on the call's way
    display: Mapping[str, Any] | None = field(default=None, hash=False)
    would: str | None = None  # what a policy that only observes would have said
    observe_until: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether the tool may run: for allow only, and never on a dry run."""
        return self.effect == "allow" and not self.dry_run

    @property
    def for_agent(self) -> str:
        """What to tell the agent: the message, or the final words where it was denied often."""
        return self.message if self.display is None else str(self.display.get("text"))

    def run_with(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments to run the tool with: those asked about, or as rules changed them.

        Raises `Denied` unless the call is allowed.
        """
        if not self.allowed:
            raise Denied(self)
        return dict(args) if self.args is None else restored(args, self.args)

    def __bool__(self) -> bool:
        # Without this, `if client.check(...)` would be true for a deny.
        return self.allowed
