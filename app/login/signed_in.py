"""Who somebody is, by what a provider says of them: a subject, a tenant, roles and scopes."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.login.settings import LoginSettings
from memory.key import ApiKey
from memory.people import NAME

MOST_ROLES: Final = 200
_NAME: Final = re.compile(NAME)


class NotLetIn(Exception):
    """Somebody whom the provider knows, and who may not come in. Why is for our log alone."""


def signed_in(settings: LoginSettings, claims: Mapping[str, Any], now: datetime) -> ApiKey:
    """Return what stands for the key of somebody, or raise `NotLetIn`."""
    subject = settings.subject_prefix + _name(claims.get(settings.subject_claim))
    tenant = _tenant(settings, claims)
    granted = [settings.grants[one] for one in _roles(settings, claims) if one in settings.grants]
    scopes = frozenset(scope for one in granted for scope in one.scopes)
    if not scopes:
        raise NotLetIn("none of their roles grants anything here")
    told = "\n".join((str(settings.issuer), tenant, str(claims["sub"])))
    return ApiKey(
        id="p_" + hashlib.sha256(told.encode()).hexdigest()[:32],
        tenant=tenant,
        name=_name(subject),
        subject=_name(subject),
        agent=None,
        scopes=scopes,
        created_at=now,
        roles=tuple(sorted({role for one in granted for role in one.roles})),
    )


def _tenant(settings: LoginSettings, claims: Mapping[str, Any]) -> str:
    if settings.tenant_claim is None:
        return settings.tenant
    value = claims.get(settings.tenant_claim)
    if not isinstance(value, str) or value not in settings.tenants:
        raise NotLetIn("a tenant that the settings do not name")
    return settings.tenants[value]


def _roles(settings: LoginSettings, claims: Mapping[str, Any]) -> list[str]:
    """Return the roles; where they cannot be read nobody knows what they may do: nothing."""
    found: Any = claims
    for step in settings.roles_claim:
        found = found.get(step) if isinstance(found, Mapping) else None
    sound = isinstance(found, list) and len(found) <= MOST_ROLES
    if not sound or not all(isinstance(one, str) for one in found):
        raise NotLetIn("roles that are missing or no list of words")
    return list(found)


def _name(value: Any) -> str:
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise NotLetIn("a name that is missing, or that no name may be")
    return value
