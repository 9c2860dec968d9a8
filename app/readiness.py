"""Why a gateway should get no traffic."""

from app.deciding.freezing import UNHEARD_S
from app.wiring import Gateway


async def faults(gateway: Gateway) -> list[str]:
    """Say why this gateway should get no traffic; empty when it is ready."""
    policies = gateway.live.current
    found = []
    if not policies.decides:
        found.append("no_policy")
    if policies.is_stale(gateway.now()):
        found.append("stale_policy")
    if gateway.live.unkept is not None:
        found.append("revision_not_kept")
    found += gateway.canaries.faults
    if not gateway.log.healthy:
        found.append("log_not_writable")
    if not await gateway.database.answers():
        found.append("store_unavailable")
    if not await gateway.sessions.answers():
        found.append("sessions_unavailable")
    if not gateway.watches:
        found.append("policies_not_watched")
    if gateway.announcements.silent_s() > UNHEARD_S:
        found.append("changes_not_heard")
    return found
