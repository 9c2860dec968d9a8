"""The tables `notify.NAME` and `siem.NAME` of the settings: who is told what."""

from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.sending import webhook
from app.sending.shapes import Sending

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_ADDRESS: Final = "The `https://` address that a message is sent to by POST."
_SECRET: Final = "What messages are signed with: `whsec_` and base64 of 24 to 64 bytes."  # noqa: S105 - a description


class _Table(BaseModel):
    """A part of the settings: nothing undeclared, never printed as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TargetSettings(_Table):
    """Somebody who is told: by a webhook, or by a line in the log."""

    webhook: str | None = Field(None, description=_ADDRESS)
    secret: SecretStr | None = Field(None, description=_SECRET)
    log: bool = Field(default=False, description="Whether a line is written to the log.")
    timeout_ms: int = Field(5_000, ge=1, le=30_000, description="Time for one attempt.")
    tries: int = Field(10, ge=1, le=20, description="Attempts at most; ten take a day and a third.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.webhook is None and not self.log:
            raise ValueError("it needs a `webhook`, or `log = true`")
        if self.webhook is not None:
            _refuse_plain(self.webhook)
            webhook.key(self.signing)
        return self

    @property
    def signing(self) -> str:
        """Return the secret that messages are signed with."""
        return "" if self.secret is None else self.secret.get_secret_value()


class CollectorSettings(_Table):
    """A system that collects records, such as a SIEM."""

    webhook: str = Field(description=_ADDRESS)
    secret: SecretStr = Field(description=_SECRET)
    shape: Sending = Field(
        Sending.JSON,
        description="`json`: every record with its place in the chain; `ocsf`: decisions as events "
        "of class API Activity; `otlp`: records as OpenTelemetry logs, for `/v1/logs` of a "
        "collector.",
    )
    timeout_ms: int = Field(10_000, ge=1, le=30_000, description="Time for one attempt.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _refuse_plain(self.webhook)
        webhook.key(self.signing)
        return self

    @property
    def signing(self) -> str:
        """Return the secret that messages are signed with."""
        return self.secret.get_secret_value()


def _refuse_plain(address: str) -> None:
    """Refuse an address that anybody on the way could read, or that is none."""
    parts = urlsplit(address)
    plain = parts.scheme == "http" and parts.hostname in _LOCAL
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError("the webhook must begin with `https://`")
