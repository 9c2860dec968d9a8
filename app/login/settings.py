"""The table `[login]` of the settings: who tells the pages who somebody is."""

from collections.abc import Mapping
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.shapes import Tenant
from memory.scopes import Scope, ScopeError, checked

Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


class GrantSettings(BaseModel):
    """What somebody may do who has a role at the provider."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    scopes: tuple[Scope, ...] = Field((), description="Scopes, such as `approve`.")
    roles: tuple[str, ...] = Field((), description="Roles here, such as policies name approvers.")


class LoginSettings(BaseModel):
    """Who tells the pages who somebody is."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    issuer: str | None = Field(
        None, description="The provider, exactly as it calls itself in `iss`; else passwords only."
    )
    client_id: str = Field("", description="What this gateway is called there.")
    client_secret: SecretStr | None = Field(
        None, description="Its secret there; without one PKCE alone holds the exchange."
    )
    ask_for: tuple[str, ...] = Field(
        ("openid", "profile"), description="The scopes that are asked for at the provider."
    )
    algorithms: tuple[Algorithm, ...] = Field(
        ("RS256", "PS256", "ES256", "EdDSA"), min_length=1, description="How tokens may be signed."
    )
    subject_claim: str = Field(
        "sub", min_length=1, description="What becomes the subject; nobody may choose it there."
    )
    subject_prefix: str = Field(
        "", max_length=64, pattern=r"^[\x21-\x7e]*$", description="What is put before it."
    )
    roles_claim: tuple[str, ...] = Field(
        ("roles",), min_length=1, description='Where the roles stand: `["realm_access", "roles"]`.'
    )
    grants: Mapping[str, GrantSettings] = Field(
        {}, description="A table `[login.grants.ROLE]` for a role there; other roles are nothing."
    )
    tenant: Tenant = Field("default", description="The tenant of all who come from there.")
    tenant_claim: str | None = Field(None, description="The claim that names the tenant instead.")
    tenants: Mapping[str, Tenant] = Field(
        {}, description="Which value of it is which tenant; others do not come in."
    )
    session_s: int = Field(
        3_600, ge=60, le=86_400, description="How long somebody from there stays signed in."
    )
    timeout_ms: int = Field(3_000, ge=1, le=30_000, description="Time for asking the provider.")
    leeway_s: int = Field(30, ge=0, le=300, description="How far its clock may be from ours.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.issuer is None:
            return self
        if not sound_address(self.issuer):
            raise ValueError("`login.issuer` must begin with `https://`")
        if not self.client_id or not self.grants:
            raise ValueError("`login.issuer` needs `client_id` and `grants`")
        if "openid" not in self.ask_for or (self.tenant_claim is None) == bool(self.tenants):
            raise ValueError("ask for `openid`; `tenant_claim` and `tenants` go together")
        for name in (*self.tenants.values(), *([] if self.tenants else [self.tenant])):
            self._grants_stand(name)
        return self

    def _grants_stand(self, tenant: str) -> None:
        """Refuse scopes that may not stand together, or not there, whatever roles one has."""
        every = {scope for one in self.grants.values() for scope in one.scopes}
        try:
            checked(every, tenant)
        except ScopeError as error:
            raise ValueError(str(error)) from error


def sound_address(address: object) -> bool:
    """Tell whether an address is `https://`, or one of this machine."""
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    plain = parts.scheme == "http" and parts.hostname in _LOCAL
    return bool(parts.hostname) and (parts.scheme == "https" or plain)
