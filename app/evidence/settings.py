"""The tables `evidence` and `masking` of the settings: what is kept for how long, what is shown."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dsl.detect import registry
from memory.evidence.kind import Kind
from memory.evidence.masking import EACH, Steps

YEAR: Final = 365
MOST_DAYS: Final = 36_500
_PATH: Final = re.compile(r"args(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:[0-9]{1,5}|\*)\])*")
_STEP: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|\*")


class _Table(BaseModel):
    """A part of the settings: nothing undeclared, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def _days(what: str) -> Any:
    words = f"Days that {what} are kept; 0: never."
    return Field(YEAR, ge=0, le=MOST_DAYS, description=words)


class EvidenceSettings(_Table):
    """How long what decisions were made on is kept, sealed."""

    arguments_days: int = _days("arguments and context of calls")
    facts_days: int = _days("facts that decisions asked for, or that requests told,")
    message_days: int = _days("words of users, replies, and answers with values in them")
    result_days: int = _days("results of calls")
    features_days: int = _days("what memory may learn from calls")
    sweep_s: int = Field(
        3_600, ge=1, description="Time between two looks for what is past its days, to delete it."
    )

    @property
    def keep(self) -> Mapping[Kind, timedelta]:
        """Return how long each kind is kept; one that is not named is never kept."""
        days = {kind: getattr(self, f"{kind}_days") for kind in Kind}
        return {kind: timedelta(days=number) for kind, number in days.items() if number}


def _readable(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError("a path is written as in policies, such as `args.lines[*].sku`")
    return path


def _detector(name: str) -> str:
    if registry.by_name(name) is None:
        raise ValueError("there is no such detector")
    return name


class MaskingSettings(_Table):
    """What may be seen outside the evidence store; everything else is masked."""

    shown: dict[str, list[Annotated[str, AfterValidator(_readable)]]] = Field(
        {},
        description="Tools, or globs of them, each with the arguments that may stand in clear in "
        'records: `"bank/pay" = ["args.amount"]`.',
    )
    hidden: list[Annotated[str, AfterValidator(_detector)]] = Field(
        [],
        description="Detectors, such as `email`: what they find in is masked also where it is "
        "shown.",
    )


def steps(path: str) -> Steps:
    """Return the steps of a path; `*` for any place of a list."""
    return tuple(EACH if step == "*" else step for step in _STEP.findall(path))
