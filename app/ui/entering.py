"""Coming in: by a key, a password, or from a provider; and going out again."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.api.approvals import NAME, asking_the_store
from app.approvals.approving import PAGE
from app.auth import found_key
from app.problems import Problem
from app.ui.forms import form
from app.ui.pages import PageRoute, page, sent
from app.ui.sitting import COOKIE, LASTS
from app.wiring import Gateway
from memory.keys import ApiKey, Scope

GOING: Final = "drawbar_login"
GOING_S: Final = 600
_Found = tuple[ApiKey, Mapping[str, Any]] | None
router = APIRouter(prefix=PAGE, route_class=PageRoute, include_in_schema=False)


@router.post("/login")
async def login(request: Request) -> Response:
    """Take a key, or a name and a password, and give a cookie for it."""
    gateway: Gateway = request.app.state.gateway
    fields = await form(request)
    to = fields.get("to", "")
    by_password = "name" in fields
    found = await (_by_password if by_password else _by_key)(request, fields)
    async with asking_the_store(gateway):
        if found is None or Scope.APPROVE not in found[0].scopes:
            return await login_page(gateway, to, wrong=True)
        key, told = found
        if by_password:
            await gateway.people.signed_in(key, "password", gateway.now())
    answer = RedirectResponse(_place(to), 303)
    sit(request, answer, told, LASTS)
    return answer


async def _by_key(request: Request, fields: Mapping[str, str]) -> _Found:
    gateway: Gateway = request.app.state.gateway
    async with asking_the_store(gateway):
        key = await found_key(request, fields.get("key", "").strip(), None)
    return None if key is None else (key, {"key": key.id})


async def _by_password(request: Request, fields: Mapping[str, str]) -> _Found:
    """Return who signs in; the store has its deadline, and comparing takes as long as it takes."""
    gateway: Gateway = request.app.state.gateway
    admitted = partial(gateway.limits.check_address, request)
    failed = partial(gateway.limits.failed, request)
    admitted()
    async with asking_the_store(gateway):
        person = await gateway.people.named(fields["name"])
    try:
        given = fields.get("password", "")
        return await gateway.login.password_fits(person, given, admitted, failed)
    except TimeoutError:
        detail = "too many people sign in right now; wait and try again"
        raise Problem(503, "unavailable", detail) from None


@router.get("/login/provider")
async def leave(request: Request, to: str = "") -> Response:
    """Send a browser to the provider."""
    gateway: Gateway = request.app.state.gateway
    provider = gateway.login.provider
    if provider is None:
        raise Problem(404, "not_found", "there is no provider to sign in at")
    from app.login.oidc import Unavailable  # noqa: PLC0415 - it is there where a provider is

    gateway.limits.check_address(request)
    try:
        where, cookie = await provider.begin(to, gateway.now())
    except Unavailable:
        raise Problem(503, "unavailable", "the provider cannot be asked right now") from None
    answer = RedirectResponse(where, 303)
    _remember(request, answer, cookie, GOING_S)
    return answer


@router.get("/login/back")
async def back(request: Request) -> Response:
    """Take somebody in who comes back from the provider."""
    gateway: Gateway = request.app.state.gateway
    if gateway.login.provider is None:
        raise Problem(404, "not_found", "there is no provider to sign in at")
    gateway.limits.check_address(request)
    key, to = await _came_back(request)
    if Scope.APPROVE not in key.scopes:
        raise Problem(403, "missing_scope", "you are known, and may not approve here")
    async with asking_the_store(gateway):
        await gateway.people.signed_in(key, str(gateway.login.settings.issuer), gateway.now())
    # A page of ours, and no redirect: browsers send the cookie only with what we start ourselves.
    answer = page("arrived", to=_place(to))
    lasts = timedelta(seconds=gateway.login.settings.session_s)
    sit(request, answer, gateway.login.of_provider(key), lasts)
    _remember(request, answer, "", 0)
    return answer


async def _came_back(request: Request) -> tuple[ApiKey, str]:
    from app.login.oidc import Refused, Stray, Unavailable  # noqa: PLC0415 - as above

    gateway: Gateway = request.app.state.gateway
    provider = gateway.login.provider
    assert provider is not None  # noqa: S101 - `back` has looked
    said = request.query_params.multi_items()
    # Of a name that stands there twice nobody knows which is meant, so none of them counts.
    query = {name: value for name, value in said if [one for one, _ in said].count(name) == 1}
    try:
        return await provider.end(request.cookies.get(GOING), query, gateway.now())
    except Refused as refused:
        if not isinstance(refused, Stray):
            gateway.limits.failed(request)
        raise Problem(403, "not_signed_in", "you could not be signed in; try again") from None
    except Unavailable:
        raise Problem(503, "unavailable", "the provider cannot be asked right now") from None


@router.post("/logout")
async def logout(request: Request) -> Response:
    """Take the cookie back."""
    await sent(request)
    answer = RedirectResponse(PAGE, 303)
    _give(request, answer, COOKIE, "", 0)
    return answer


async def login_page(gateway: Gateway, to: str, *, wrong: bool = False) -> Response:
    """Show the ways in."""
    provider = gateway.login.provider is not None
    passwords = not provider and await gateway.people.any()
    status = 403 if wrong else 200
    return page("login", status, wrong=wrong, to=_known(to), provider=provider, passwords=passwords)


def sit(request: Request, answer: Response, told: Mapping[str, Any], lasts: timedelta) -> None:
    """Let somebody sit at a browser."""
    gateway: Gateway = request.app.state.gateway
    now: datetime = gateway.now()
    cookie = gateway.sittings.cookie(told, now + lasts)
    _give(request, answer, COOKIE, cookie, int(lasts.total_seconds()))


def _remember(request: Request, answer: Response, cookie: str, lasts: int) -> None:
    """Give the cookie that is sent when another site's link leads back: that of going there."""
    _give(request, answer, GOING, cookie, lasts, strict=False, path=f"{PAGE}/login")


def _give(  # noqa: PLR0913 - all that a cookie is
    request: Request,
    answer: Response,
    name: str,
    cookie: str,
    lasts: int,
    *,
    strict: bool = True,
    path: str = PAGE,
) -> None:
    public = request.app.state.gateway.settings.public_url or ""
    answer.set_cookie(
        name,
        cookie,
        max_age=lasts,
        path=path,
        secure=request.url.scheme == "https" or public.startswith("https:"),
        httponly=True,
        samesite="strict" if strict else "lax",
    )


def _known(to: str) -> str:
    return to if re.fullmatch(NAME, to) else ""


def _place(to: str) -> str:
    return f"{PAGE}/{to}" if _known(to) else PAGE
