"""Ask a Drawbar gateway before an agent's tool runs."""

from drawbar.client import Client
from drawbar.decision import Decision, Effect

__all__ = ["Client", "Decision", "Effect"]
