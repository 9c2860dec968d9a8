"""The table `otel` of the settings: where traces are sent."""

from collections.abc import Mapping
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


class OtelSettings(BaseModel):
    """Where traces are sent, and how much of a call is in them."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    endpoint: str | None = Field(
        None,
        description="The address of a collector for OTLP over HTTP, with its path `/v1/traces`; "
        "without one there are no traces.",
    )
    headers: Mapping[str, SecretStr] = Field(
        {}, description="Headers that the collector wants, such as a key."
    )
    timeout_ms: int = Field(5_000, ge=1, le=30_000, description="Time for one attempt to send.")
    arguments: bool = Field(
        default=False, description="Whether spans hold the arguments of calls, masked."
    )
    genai: bool = Field(
        default=False,
        description="Whether spans of forwarded calls have `gen_ai.operation.name` as well.",
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.endpoint is None:
            return self
        parts = urlsplit(self.endpoint)
        plain = parts.scheme == "http" and parts.hostname in _LOCAL
        if not parts.hostname or not (parts.scheme == "https" or plain):
            raise ValueError("the endpoint must begin with `https://`")
        return self
