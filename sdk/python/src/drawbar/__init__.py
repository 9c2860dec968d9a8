"""Ask a Drawbar gateway before an agent's tool runs."""

from drawbar.client import AsyncClient, Client
from drawbar.current import current_session
from drawbar.decision import Approval, Change, Decision, Effect, Need, Obligation
from drawbar.guard import guard
from drawbar.observed import Observed
from drawbar.refusals import Denied, Pending, Withheld
from drawbar.report import Report
from drawbar.session import AsyncSession, Session

__all__ = [
    "Approval",
    "AsyncClient",
    "AsyncSession",
    "Change",
    "Client",
    "Decision",
    "Denied",
    "Effect",
    "Need",
    "Obligation",
    "Observed",
    "Pending",
    "Report",
    "Session",
    "Withheld",
    "current_session",
    "guard",
]
