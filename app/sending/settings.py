"""The tables `notify.NAME` of the settings: whom rules may require to be told."""

import re
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.sending import webhook

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


class TargetSettings(BaseModel):
    """Somebody who is told: by a webhook, or by a line in the log."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    webhook: str | None = Field(
        None, description="The `https://` address that a message is sent to by POST."
    )
    secret: SecretStr | None = Field(
        None, description="What messages are signed with: `whsec_` and base64 of 24 to 64 bytes."
    )
    log: bool = Field(default=False, description="Whether a line is written to the log.")
    timeout_ms: int = Field(5_000, ge=1, le=30_000, description="Time for one attempt.")
    tries: int = Field(10, ge=1, le=20, description="Attempts, over about three days, at most.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.webhook is None and not self.log:
            raise ValueError("it needs a `webhook`, or `log = true`")
        if self.webhook is not None:
            self._address()
            webhook.key(self.signing)
        return self

    def _address(self) -> None:
        parts = urlsplit(self.webhook or "")
        plain = parts.scheme == "http" and parts.hostname in _LOCAL
        if not parts.hostname or not (parts.scheme == "https" or plain):
            raise ValueError("the webhook must begin with `https://`")

    @property
    def signing(self) -> str:
        """Return the secret that messages are signed with."""
        return "" if self.secret is None else self.secret.get_secret_value()
