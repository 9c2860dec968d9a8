"""`/approvals`: the page on which people see what they are asked, and answer."""

import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app import bindings
from app.api.approvals import NAME, ApprovalView, asking_the_store, readable, view
from app.approvals.approving import PAGE
from app.approvals.deciding import decide
from app.auth import Caller, found_key
from app.plain import plain
from app.problems import Problem
from app.ui import rows
from app.ui.forms import form
from app.ui.sitting import COOKIE, LASTS, Sitting, same
from app.wiring import Gateway
from memory.approvals.approval import Status
from memory.approvals.store import Wanted
from memory.keys import ApiKey, Scope

HERE: Final = Path(__file__).parent
MOST_LISTED: Final = 100
COMMENT: Final = 1000
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
WORDS: Final = {"approve": Status.APPROVED, "reject": Status.REJECTED}


def _shown(value: Any) -> Any:
    """Make text of strangers plain wherever a template prints it; it is escaped after that."""
    return value if isinstance(value, Markup) else plain(str(value))


TEMPLATES: Final = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
    trim_blocks=True,
    lstrip_blocks=True,
)


class _PageRoute(APIRoute):
    """A route whose refusals are pages, and all of whose answers have the same headers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put refusals into words for people."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                answer = await inner(request)
            except Problem as problem:
                answer = _page("refused", problem.status_code, detail=str(problem.detail))
            answer.headers.update(HEADERS)
            return answer

        return handle


router = APIRouter(prefix=PAGE, route_class=_PageRoute, include_in_schema=False)
Id = Annotated[str, InPath(max_length=40, pattern=NAME)]


def _page(
    name: str, status: int = 200, gateway: Gateway | None = None, **values: Any
) -> HTMLResponse:
    observing = gateway.reminding.observing() if gateway is not None else {}
    told = [bindings.said(policy, until) for policy, until in observing.items()]
    template = TEMPLATES.get_template(f"{name}.html")
    return HTMLResponse(template.render(page=PAGE, observing=told, **values), status)


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


async def _sits(request: Request) -> tuple[Caller, Sitting] | None:
    """Return whose browser this is, as long as the key is in use and may approve."""
    gateway = _gateway(request)
    sitting = gateway.sittings.read(request.cookies.get(COOKIE), gateway.now())
    if sitting is None:
        return None
    async with asking_the_store(gateway):
        key = await gateway.keys.get(sitting.key_id)
    return None if key is None or not _may(key) else (Caller(key), sitting)


def _may(key: ApiKey) -> bool:
    return Scope.APPROVE in key.scopes


@router.get("/style.css")
async def style() -> Response:
    """Answer with how the page looks."""
    return FileResponse(HERE / "static" / "approvals.css", media_type="text/css")


@router.get("")
async def listed(request: Request, status: Status = Status.PENDING) -> Response:
    """Show what waits, or what was decided."""
    gateway = _gateway(request)
    sits = await _sits(request)
    if sits is None:
        return _page("login", wrong=False, to="")
    caller, sitting = sits
    wanted = Wanted(caller.key.tenant, status=status, limit=MOST_LISTED)
    async with asking_the_store(gateway):
        found = await gateway.approving.approvals.listed(wanted, gateway.now())
    views = [await view(gateway, one, None) for one in found]
    lines = [(one, rows.left(one, gateway.now()), rows.needs(one)) for one in views]
    shown: dict[str, Any] = {
        "lines": lines,
        "wanted": str(status),
        "key": caller.key,
        "token": sitting.token,
    }
    return _page("list", gateway=gateway, **shown)


@router.post("/login")
async def login(request: Request) -> Response:
    """Take a key, and give a cookie for it."""
    gateway = _gateway(request)
    fields = await form(request)
    async with asking_the_store(gateway):
        key = await found_key(request, fields.get("key", "").strip(), None)
    to = fields.get("to", "")
    if key is None or not _may(key):
        return _page("login", 403, wrong=True, to=to)
    wanted = f"{PAGE}/{to}" if re.fullmatch(NAME, to) else PAGE
    answer = RedirectResponse(wanted, 303)
    _give(request, answer, gateway.sittings.cookie(key.id, gateway.now()))
    return answer


@router.post("/logout")
async def logout(request: Request) -> Response:
    """Take the cookie back."""
    await _sent(request)
    answer = RedirectResponse(PAGE, 303)
    _give(request, answer, "", lasts=0)
    return answer


def _give(
    request: Request, answer: Response, cookie: str, lasts: int = int(LASTS.total_seconds())
) -> None:
    public = _gateway(request).settings.public_url or ""
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=lasts,
        path=PAGE,
        secure=request.url.scheme == "https" or public.startswith("https:"),
        httponly=True,
        samesite="strict",
    )


@router.get("/{approval_id}")
async def one(approval_id: Id, request: Request) -> Response:
    """Show one approval."""
    sits = await _sits(request)
    if sits is None:
        return _page("login", wrong=False, to=approval_id)
    caller, sitting = sits
    gateway = _gateway(request)
    async with asking_the_store(gateway):
        seen = await view(gateway, await readable(gateway, caller, approval_id), caller)
    return _approval(request, seen, sitting)


@router.post("/{approval_id}")
async def answer(approval_id: Id, request: Request) -> Response:
    """Take an answer, and show what became of it."""
    caller, fields = await _sent(request)
    said = WORDS.get(fields.get("word", ""))
    comment = fields.get("comment", "").strip() or None
    if said is None or len(comment or "") > COMMENT:
        raise Problem(422, "invalid_request", "the form cannot be used as it was sent")
    gateway = _gateway(request)
    async with asking_the_store(gateway):
        await decide(gateway, caller, approval_id, said, comment)
    return RedirectResponse(f"{PAGE}/{approval_id}", 303)


async def _sent(request: Request) -> tuple[Caller, Any]:
    """Return who sent a form of ours, and its fields."""
    fields = await form(request)
    sits = await _sits(request)
    if sits is None:
        raise Problem(401, "unauthenticated", "you are signed out; open the page and sign in")
    caller, sitting = sits
    if not same(fields.get("token", ""), sitting.token):
        raise Problem(403, "foreign_form", "this form was not made for you; open the page again")
    return caller, fields


def _approval(request: Request, seen: ApprovalView, sitting: Sitting) -> Response:
    shown = seen.shown
    if shown is None:  # whoever may decide is shown all
        raise Problem(404, "not_found", "there is no such approval")
    return _page(
        "approval",
        gateway=_gateway(request),
        one=seen,
        shown=shown,
        rows=rows.rows(shown),
        gone=rows.gone(shown),
        changed=rows.changed(shown),
        context=rows.context(shown),
        needs=rows.needs(seen),
        left=rows.left(seen, _gateway(request).now()),
        token=sitting.token,
        comment_length=COMMENT,
    )
