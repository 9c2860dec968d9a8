"""The tables `[mcp.gateways.NAME]` of the settings: gateways, and the servers behind them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from app.edges.mcp.names import is_server
from guards.wire.framing import FRAMING

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


class _Table(BaseModel):
    """A part of the settings: nothing undeclared, never printed as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _named(name: str) -> str:
    if not is_server(name):
        raise ValueError("a name is 1 to 32 small letters, digits and `-`")
    return name


def _sendable(headers: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
    seen = set[str]()
    for name in headers:
        if name.lower() in FRAMING:
            raise ValueError(f"`{name}` is not for you to set; each request says it by itself")
        if name.lower() in seen:
            raise ValueError(f"`{name}` is named twice; capital letters make no difference")
        seen.add(name.lower())
    return headers


Name = Annotated[str, AfterValidator(_named)]
Sent = Annotated[Mapping[str, SecretStr], AfterValidator(_sendable)]


class ServerSettings(_Table):
    """An MCP server: a command that is started, or an address."""

    command: str | None = Field(None, description="The program that is started.")
    args: tuple[str, ...] = Field((), description="What it is started with.")
    env: Mapping[str, SecretStr] = Field(
        {}, description="What its environment holds beside `PATH`, `HOME` and the like."
    )
    cwd: Path | None = Field(None, description="The folder it is started in.")
    url: str | None = Field(None, description="Its address over streamable HTTP.")
    headers: Sent = Field(
        {}, description="What each request to `url` carries, such as `Authorization`."
    )
    questions: bool = Field(
        default=False,
        description="Whether what it asks of people (elicitation) is handed on to the client.",
    )
    timeout_s: int = Field(300, ge=1, le=3_600, description="Time for one request of it.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise ValueError("it needs a `command` or a `url`, and not both")
        if self.url is not None:
            parts = urlsplit(self.url)
            plain = parts.scheme == "http" and parts.hostname in _LOCAL
            if not parts.hostname or not (parts.scheme == "https" or plain):
                raise ValueError("the `url` must begin with `https://`")
        return self


class GatewaySettings(_Table):
    """What clients reach at `/mcp/NAME`."""

    servers: Mapping[Name, ServerSettings] = Field(
        min_length=1, description="The servers behind it: a table for each, described below."
    )
    deny_as: Literal["result", "error"] = Field(
        "result", description="A denied call is a result that is an error, or a protocol error."
    )
    wait_s: int = Field(
        0, ge=0, le=50, description="Seconds that a call is held while people are asked."
    )
