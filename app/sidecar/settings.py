"""The table `sidecar` of the settings: where the bundle comes from, and where records go."""

from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

BUNDLE_PATH: Final = "/v1/bundle"
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_ID: Final = r"^[\x21-\x7e]{1,128}$"


class SidecarSettings(BaseModel):
    """What a sidecar lives on."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    trust: tuple[Path, ...] = Field(
        min_length=1, description="Public keys that bundles must be signed with one of."
    )
    upstream: str | None = Field(
        None, description="The gateway that the bundle comes from and that records are shipped to."
    )
    key: Path | None = Field(
        None, description="File with the API key for it: `bundle:read` and `records:write`."
    )
    ca: Path | None = Field(
        None, description="Certificates to trust for it instead of those of this machine."
    )
    bundle: Path | None = Field(
        None, description="A file with the bundle, such as in a mounted folder, instead."
    )
    bundle_url: str | None = Field(
        None, description="Another `https://` address that the bundle is fetched from, without key."
    )
    poll_s: float = Field(
        5, ge=0.1, le=3_600, description="Time between two looks for a new bundle."
    )
    stale_s: int = Field(
        3_600,
        ge=1,
        description="How long policies decide after they were last found to be the newest.",
    )
    ship: bool = Field(default=True, description="Whether records are shipped to `upstream`.")
    most_unshipped: int = Field(
        100_000,
        ge=1,
        description="Records that may wait to be shipped; beyond it calls are denied.",
    )
    tenant: str = Field("default", pattern=_ID, description="Whose agent it stands beside.")
    subject: str = Field("local", pattern=_ID, description="On whose behalf the agent acts.")
    agent: str | None = Field(None, pattern=_ID, description="What the agent is called.")
    agent_key: Path | None = Field(
        None, description="File to put the agent's API key into; in `data` when not set."
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.upstream is None and self.bundle is None and self.bundle_url is None:
            raise ValueError("it needs `upstream`, `bundle` or `bundle_url` to get policies from")
        if self.bundle is not None and self.bundle_url is not None:
            raise ValueError("`bundle` and `bundle_url` exclude each other")
        if self.upstream is not None and self.key is None:
            raise ValueError("`upstream` needs `key`")
        for address in (self.upstream, self.bundle_url):
            if address is not None:
                _refuse_plain(address)
        return self

    @property
    def address(self) -> str:
        """Return where the bundle is fetched from, where it is no file."""
        return self.bundle_url or f"{(self.upstream or '').rstrip('/')}{BUNDLE_PATH}"

    @property
    def ships(self) -> bool:
        """Tell whether records are shipped."""
        return self.ship and self.upstream is not None


def _refuse_plain(address: str) -> None:
    """Refuse what others could read: the key goes along."""
    parts = urlsplit(address)
    local = parts.scheme == "http" and parts.hostname in _LOCAL
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise ValueError("addresses begin with `https://`")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("addresses hold neither a password nor anything behind the path")
