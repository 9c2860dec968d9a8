"""The table `[mcp.oauth]` of the settings: whose access tokens are taken, and for whom."""

from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.shapes import Tenant

# Signed with a key that only the issuer has. `none`, and what is signed with a secret that both
# sides know, can be written by whoever reads our settings or an issuer's public key.
Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]
ID: Final = r"^[\x21-\x7e]{1,128}$"
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


class _Table(BaseModel):
    """A part of the settings: nothing undeclared, never printed as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class IssuerSettings(_Table):
    """Somebody whose access tokens are taken."""

    issuer: str = Field(description="Its name, exactly as tokens have it in `iss`.")
    jwks_url: str = Field(description="The `https://` address of its public keys (JWKS).")
    tenant: Tenant = Field(
        "default",
        description="The tenant of its tokens. Issuers of one tenant need different prefixes.",
    )
    algorithms: tuple[Algorithm, ...] = Field(
        ("RS256", "PS256", "ES256", "EdDSA"),
        min_length=1,
        description="How tokens may be signed; only what is asymmetric can be named.",
    )
    subject_prefix: str = Field(
        "",
        max_length=64,
        pattern=r"^[\x21-\x7e]*$",
        description="What is put before `sub`. Two issuers of one tenant need different ones.",
    )
    client_claim: str = Field(
        "client_id", min_length=1, description="The claim that names the agent; else `azp`."
    )
    roles_claim: tuple[str, ...] = Field(
        (), description='Where the roles stand, such as `["realm_access", "roles"]`; else none.'
    )
    required_scopes: tuple[str, ...] = Field(
        (), description="What each token must be granted; without it the answer is 403."
    )
    session_scope: str | None = Field(
        None, description="The granted scope that stands for `assert.session`; else none does."
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name, address in (("issuer", self.issuer), ("jwks_url", self.jwks_url)):
            parts = urlsplit(address)
            plain = parts.scheme == "http" and parts.hostname in _LOCAL
            if not parts.hostname or not (parts.scheme == "https" or plain):
                raise ValueError(f"`{name}` must begin with `https://`")
        return self


class OAuthSettings(_Table):
    """Whose access tokens the MCP gateway takes beside API keys."""

    issuers: tuple[IssuerSettings, ...] = Field(
        (), max_length=16, description="A table `[[mcp.oauth.issuers]]` for each, described below."
    )
    jwks_max_age_s: int = Field(
        600, ge=1, le=86_400, description="How long fetched keys are used; then no token is good."
    )
    jwks_timeout_ms: int = Field(3_000, ge=1, le=30_000, description="Time for fetching keys.")
    leeway_s: int = Field(
        30, ge=0, le=300, description="How far an issuer's clock may be from this gateway's."
    )

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [one.issuer for one in self.issuers]
        if len(set(names)) < len(names):
            raise ValueError("an issuer stands there twice")
        prefixes = [(one.tenant, one.subject_prefix) for one in self.issuers]
        if len(set(prefixes)) < len(prefixes):
            raise ValueError("issuers of one tenant need a `subject_prefix` each")
        return self
