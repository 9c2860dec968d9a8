"""What the gateway said of something that happened: whether it may be shown, and as what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from drawbar.decision import Change
from drawbar.restoring import restored


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What may be shown of a result or a reply; only `allowed` says that it may be shown at all.

    Of `user`, `not_run`, `overlay` and `open` it tells whether the gateway took it in.
    """

    effect: Literal["allow", "deny"]
    reason: str
    message: str
    event_id: str
    changed: Any = field(default=None, hash=False)
    changes: tuple[Change, ...] = ()
    reasons: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)

    @property
    def allowed(self) -> bool:
        """Whether it may be shown, perhaps changed: use `shown`."""
        return self.effect == "allow"

    @property
    def is_changed(self) -> bool:
        """Whether rules put something else in its place."""
        return self.changed is not None or bool(self.changes)

    def shown(self, value: Any) -> Any:
        """Return what to show in place of a value: itself, its changed form, or the message."""
        if not self.allowed:
            return self.message
        return restored(value, self.changed) if self.is_changed else value

    def __bool__(self) -> bool:
        return self.allowed
