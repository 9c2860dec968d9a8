"""The table `[limits]` of the settings: how much callers may send, and whom proxies speak for."""

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.shapes import Tenant
from memory.key import MOST_RATE

_Rate = Annotated[float, Field(gt=0, le=MOST_RATE, allow_inf_nan=False)]
_Burst = Annotated[int, Field(ge=1, le=int(MOST_RATE))]
SECONDS: Final = 2.0  # of its rate that may come at once, where no burst is named


class _Table(BaseModel):
    """A part of the settings: nothing undeclared, never printed as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RateSettings(_Table):
    """What all keys of a tenant may send together."""

    rate: _Rate = Field(description="Requests a second.")
    burst: _Burst | None = Field(
        None, description="How many of them at once; two seconds' worth when not set."
    )


class LimitSettings(_Table):
    """How much callers may send, and what becomes of those who guess."""

    rate: _Rate | None = Field(
        None, description="Requests a second for each key without a rate of its own; else no limit."
    )
    burst: _Burst | None = Field(
        None, description="How many of them at once; two seconds' worth when not set."
    )
    tenants: Mapping[Tenant, RateSettings] = Field(
        {}, description="A table `[limits.tenants.NAME]` for what its keys may send together."
    )
    failures: int = Field(
        10, ge=1, le=1_000_000, description="Wrong keys from one address before it is locked out."
    )
    lockout_max_s: int = Field(
        900, ge=1, le=86_400, description="The longest that an address is locked out at a time."
    )
    trusted_proxies: tuple[str, ...] = Field(
        (),
        description="Addresses or networks of proxies that are believed when they say for whom "
        "they speak (`X-Forwarded-For`, `X-Forwarded-Proto`); nobody else is.",
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.burst is not None and self.rate is None:
            raise ValueError("`limits.burst` needs `limits.rate`")
        for one in self.trusted_proxies:
            ipaddress.ip_network(one)  # a name could come to mean somebody else
        return self
