"""What an `admin` key may hand out: no more than it holds, unless it is the operator's."""

from fastapi import Request

from app.auth import Caller
from app.limits.buckets import Rate
from app.limits.limits import Limits
from app.problems import Problem
from app.wiring import Gateway
from memory.keys import DEFAULT_TENANT, NewKey, Scope


def asking(request: Request) -> tuple[Gateway, Caller]:
    """Return the gateway and who asks it."""
    return request.app.state.gateway, request.state.caller


def operates(caller: Caller) -> bool:
    """Tell whether somebody keeps the gateway itself: `admin` of the operator's tenant."""
    return caller.key.tenant == DEFAULT_TENANT and Scope.ADMIN in caller.key.scopes


def tenant_of(caller: Caller, named: str | None) -> str:
    """Return whose keys are meant: the caller's tenant, or one that the operator names."""
    if named is None or named == caller.key.tenant:
        return caller.key.tenant
    if not operates(caller):
        detail = "only an `admin` key of the operator's tenant may name another tenant"
        raise Problem(403, "foreign_tenant", detail)
    return named


def check_grant(caller: Caller, new: NewKey, limits: Limits) -> None:
    """Refuse a key that may do or send more than the key that makes it."""
    if operates(caller):
        return
    beyond = sorted(new.scopes - caller.key.scopes)
    if beyond:
        detail = f"this key lacks the scope `{beyond[0]}`, so it cannot hand it out"
        raise Problem(403, "beyond_your_key", detail)
    if new.trusts_not_run and not caller.key.trusts_not_run:
        detail = "this key is not trusted for `not_run`, so it cannot hand that out"
        raise Problem(403, "beyond_your_key", detail)
    _check_rate(limits.rate_of(caller.key), limits.rate_of(new))


def _check_rate(own: Rate | None, new: Rate | None) -> None:
    """Refuse what is more than the maker's own; one without a rate sends as much as it likes."""
    if own is None:
        return
    detail = None
    if new is None or new.rate > own.rate:
        detail = f"this key may send {own.rate:g} requests a second, so it cannot hand out more"
    elif new.burst > own.burst:
        detail = f"this key may send {own.burst:g} requests at once, so it cannot hand out more"
    if detail is not None:
        raise Problem(403, "beyond_your_key", detail)
