"""What guards answered before, tenant by tenant; what they could not answer is never kept."""

from collections import OrderedDict
from typing import Final

from guards.judgement import Raw

A_TENANT: Final = 10_000
TENANTS: Final = 256


class Cache:
    """Keeps the newest answers of each tenant; none of them sees another's."""

    def __init__(self, a_tenant: int = A_TENANT, tenants: int = TENANTS) -> None:
        self._a_tenant = a_tenant
        self._tenants = tenants
        self._kept: OrderedDict[str, OrderedDict[str, Raw]] = OrderedDict()

    def find(self, tenant: str, key: str) -> Raw | None:
        """Return an answer that is still kept."""
        kept = self._kept.get(tenant)
        if kept is None or key not in kept:
            return None
        self._kept.move_to_end(tenant)
        kept.move_to_end(key)
        return kept[key]

    def keep(self, tenant: str, key: str, raw: Raw) -> None:
        """Keep an answer, and let go of the one that was not asked for longest."""
        kept = self._kept.setdefault(tenant, OrderedDict())
        self._kept.move_to_end(tenant)
        kept[key] = raw
        kept.move_to_end(key)
        if len(kept) > self._a_tenant:
            kept.popitem(last=False)
        if len(self._kept) > self._tenants:
            self._kept.popitem(last=False)
