"""Where a sidecar listens."""

from typing import Final

from app.data_folder import owned_folder
from app.settings import Settings

SOCKET: Final = "agent.sock"


def beside_an_agent(settings: Settings) -> Settings:
    """Let a sidecar listen on a socket in its folder, where nothing else was said."""
    said = {"host", "port", "uds"} & settings.model_fields_set
    if settings.sidecar is None or said:
        return settings
    return settings.model_copy(update={"uds": owned_folder(settings.data) / SOCKET})
