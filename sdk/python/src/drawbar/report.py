"""What became of a report on a decision."""

from dataclasses import dataclass
from typing import Literal

Label = Literal["violation", "ok"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that the gateway keeps; without `report_id` it keeps none, and `message` says why.

    What is kept and does not count weighs nothing in what is learned; `reason` says why.
    """

    report_id: str | None
    counted: bool = False
    reason: str | None = None
    message: str = ""

    @property
    def kept(self) -> bool:
        """Whether the gateway keeps it."""
        return self.report_id is not None

    def __bool__(self) -> bool:
        return self.kept
