"""What guards answered before, tenant by tenant; what they could not answer is never kept."""

from collections import OrderedDict
from typing import Final

from guards.judgement import Raw

A_TENANT: Final = 10_000
MOST: Final = 40_000  # of all tenants together


class Cache:
    """Keeps the newest answers of each tenant; none of them sees another's."""

    def __init__(self, a_tenant: int = A_TENANT, most: int = MOST) -> None:
        self._a_tenant = a_tenant
        self._most = most
        self._number = 0
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
        """Keep an answer; let go of the tenant's oldest, or of one that asked longest ago."""
        kept = self._kept.setdefault(tenant, OrderedDict())
        self._kept.move_to_end(tenant)
        self._number += key not in kept
        kept[key] = raw
        kept.move_to_end(key)
        if len(kept) > self._a_tenant:
            self._drop(tenant)
        while self._number > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, tenant: str) -> None:
        self._kept[tenant].popitem(last=False)
        self._number -= 1
        if not self._kept[tenant]:
            del self._kept[tenant]
