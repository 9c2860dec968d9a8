"""Reads what the log of feedback holds, row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.engine import RowMapping

from dsl import strictjson
from memory.induction.log import Events, Refreshed, Withdrawn
from memory.induction.rejecting import Rejected
from memory.induction.report import Kind, Label, Report
from memory.induction.undone import Numbered, Released, RolledBack

REPORT: Final = "report"
WITHDRAWAL: Final = "withdrawal"
REFRESH: Final = "refresh"
ROLLBACK: Final = "rollback"
RELEASE: Final = "release"
REJECTION: Final = "rejection"
PROMOTION: Final = "promotion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """A rule that a person put into a draft of a policy."""

    seq: int
    at: datetime
    rule: str
    policy: str
    draft: str
    reporters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told(Events):
    """What one tenant's log holds in the store; comments stay sealed."""

    promoted: Sequence[Promoted] = ()

    @property
    def held(self) -> list[Report]:
        """Return the reports that wait for somebody to let them in."""
        view = self.view
        return [one for one in self.reports if view.keeps(one)]

    @property
    def undone(self) -> int:
        """Return the number of the last event that changed which reports count."""
        acts: tuple[Numbered, ...] = (*self.withdrawn, *self.rolled_back, *self.released)
        return max((one.seq for one in acts), default=0)

    @property
    def ruled(self) -> int:
        """Return the number of the last event by which a person changed what rules there are."""
        return max((self.undone, *(one.seq for one in self.rejected)))


def told(rows: Iterable[RowMapping]) -> Told:
    """Return what some rows hold."""
    found: dict[str, list[Any]] = {kind: [] for kind in _READ}
    for row in rows:
        if row["kind"] in found:
            found[row["kind"]].append(_READ[row["kind"]](row))
    return Told(*found.values())


def _content(row: RowMapping) -> Mapping[str, Any]:
    said: Mapping[str, Any] = strictjson.reread(row["content"].encode())
    return said


def _report(row: RowMapping) -> Report:
    said = _content(row)
    return Report(
        id=row["id"],
        seq=row["seq"],
        decision_id=row["decision"],
        label=Label(row["label"]),
        kind=Kind(said["how"]),
        reporter=row["reporter"],
        group=said["group"],
        at=row["at"],
    )


def _withdrawn(row: RowMapping) -> Withdrawn:
    said = _content(row)
    names = {name: said.get(name) for name in ("report", "reporter", "group")}
    return Withdrawn(seq=row["seq"], **names)


def _refreshed(row: RowMapping) -> Refreshed:
    return Refreshed(row["seq"], row["at"])


def _rolled_back(row: RowMapping) -> RolledBack:
    return RolledBack(seq=row["seq"], to=_content(row)["to"], at=row["at"])


def _released(row: RowMapping) -> Released:
    said = _content(row)
    named = tuple(said.get("reports", ()))
    return Released(seq=row["seq"], reports=named, reporter=said.get("reporter"))


def _rejected(row: RowMapping) -> Rejected:
    said = _content(row)
    plain = {name: said[name] for name in ("rule", "side", "tool", "agreeing")}
    return Rejected(seq=row["seq"], at=row["at"], reports=tuple(said["reports"]), **plain)


def _promoted(row: RowMapping) -> Promoted:
    said = _content(row)
    plain = {name: said[name] for name in ("rule", "policy", "draft")}
    return Promoted(seq=row["seq"], at=row["at"], reporters=tuple(said["reporters"]), **plain)


# In the order in which `Told` has them.
_READ: Final = {
    REPORT: _report,
    WITHDRAWAL: _withdrawn,
    REFRESH: _refreshed,
    ROLLBACK: _rolled_back,
    RELEASE: _released,
    REJECTION: _rejected,
    PROMOTION: _promoted,
}
