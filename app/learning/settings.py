"""The table `memory` of the settings: whether the gateway learns, and who is asked then."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

_Domain = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=253)]

_SWITCH: Final = (
    "`soften` is no setting: `drawbar memory soften` switches it, for people with the scope `admin`"
)


class MemorySettings(BaseModel):
    """Whether memory makes rules of what people report, and what they are made with."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_switch(cls, told: Any) -> Any:
        if isinstance(told, Mapping) and "soften" in told:
            raise ValueError(_SWITCH)
        return told

    learn: bool = Field(
        default=False,
        description="Keep what rules can be made of, make them, and ask people as they say.",
    )
    approver: str = Field(
        "security",
        pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$",
        description="The role that learned rules ask.",
    )
    internal: tuple[_Domain, ...] = Field(
        (), description="Your own domains, which conditions on addresses tell from others."
    )
    partners: tuple[_Domain, ...] = Field((), description="Domains of partners, likewise.")
    audit_allowed: float = Field(
        0.01, ge=0, le=1, description="The share of allowed calls that is drawn for audits."
    )
    audit_softly_denied: float = Field(
        0.05, ge=0, le=1, description="That of calls that rules denied which ask a model."
    )
    audit_fired: float = Field(
        0.2, ge=0, le=1, description="That of the first 50 calls that a learned rule asked about."
    )
    encoder: Annotated[Path, Strict(strict=False)] | None = Field(
        default=None,
        description="A folder that `drawbar train export-encoder` wrote: it puts similar calls in "
        "order for people by what they mean.",
    )
    refresh_s: int = Field(
        3_600,
        ge=10,
        description="Time after which new reports become rules at the latest; 20 do so at once.",
    )
