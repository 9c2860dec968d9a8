"""The table `[mcp]` of the settings: who may speak with the MCP gateway, and for whom."""

import re
from collections.abc import Mapping
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.edges.mcp.gateway_settings import GatewaySettings, Name
from app.edges.mcp.oauth_settings import OAuthSettings
from app.edges.mcp.origin import Places

_CALLER: Final = re.compile(r"key:k_[0-9A-Z]{26}|client:[\x21-\x7e]{1,128}")


class McpSettings(BaseModel):
    """Who may speak with the MCP gateway, and for whom."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    origins: tuple[str, ...] = Field(
        (),
        description="Origins of web pages that may speak with it, such as "
        "`https://app.example.com`. What is no browser sends none and needs none.",
    )
    hosts: tuple[str, ...] = Field(
        (),
        description="Names that it may be asked under, with any port or with one. This machine's "
        "and that of `public_url` always may.",
    )
    speaks_for_user: tuple[str, ...] = Field(
        (),
        description="Callers whose form answers `approver user`: `key:ID`, or `client:ID` of an "
        "OAuth client. Only clients in which a person sees every form; an agent that runs alone "
        "would answer itself.",
    )
    gateways: Mapping[Name, GatewaySettings] = Field(
        {}, description="What clients reach at `/mcp/NAME`: a table for each, described below."
    )
    oauth: OAuthSettings = Field(
        OAuthSettings(), description="The table `[mcp.oauth]`, described below."
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        Places.of(self.origins, self.hosts, None)
        for one in self.speaks_for_user:
            if _CALLER.fullmatch(one) is None:
                raise ValueError("`speaks_for_user` names callers as `key:ID` or `client:ID`")
        return self
