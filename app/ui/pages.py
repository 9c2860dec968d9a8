"""`/approvals`: the page on which people see what they are asked, and answer."""

from collections.abc import Callable, Coroutine
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from app.api.approvals import NAME, ApprovalView, asking_the_store, readable, view
from app.approvals.approving import PAGE
from app.approvals.deciding import decide
from app.auth import Caller
from app.binding import bindings
from app.plain import plain
from app.problems import Problem
from app.ui import rows
from app.ui.forms import form
from app.ui.sitting import COOKIE, Sitting, same
from app.wiring import Gateway
from memory.approvals.approval import Status
from memory.approvals.store import Wanted
from memory.keys import ApiKey, Scope

if TYPE_CHECKING:
    from jinja2 import Environment

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


@lru_cache(maxsize=1)
def templates() -> "Environment":
    """Return what pages are made from: loaded by the first page, as most sidecars show none."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    def shown(value: Any) -> Any:
        """Make text of strangers plain wherever a template prints it; it is escaped after that."""
        return value if isinstance(value, Markup) else plain(str(value))

    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class PageRoute(APIRoute):
    """A route whose refusals are pages, and all of whose answers have the same headers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put refusals into words for people."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                answer = await inner(request)
            except Problem as problem:
                answer = page("refused", problem.status_code, detail=str(problem.detail))
            answer.headers.update(HEADERS)
            return answer

        return handle


router = APIRouter(prefix=PAGE, route_class=PageRoute, include_in_schema=False)
Id = Annotated[str, InPath(max_length=40, pattern=NAME)]


def page(
    name: str, status: int = 200, gateway: Gateway | None = None, **values: Any
) -> HTMLResponse:
    """Return a page."""
    observing = gateway.reminding.observing() if gateway is not None else {}
    told = [bindings.said(policy, until) for policy, until in observing.items()]
    told += _broken(gateway) if gateway is not None else []
    template = templates().get_template(f"{name}.html")
    return HTMLResponse(template.render(page=PAGE, observing=told, **values), status)


def _broken(gateway: Gateway) -> list[str]:
    """Say what judges in place of what, for whoever decides meanwhile; not for whose calls."""
    return [
        f"glass is broken until {bindings.shown(one.until)}: the policy `{one.stand_in}` judges in"
        f" place of `{one.policy}`"
        for one in gateway.glass.lasting(gateway.now())
    ]


async def _login(gateway: Gateway, to: str) -> Response:
    """Show the ways in."""
    from app.ui.entering import login_page  # noqa: PLC0415 - it shows its pages by this module

    async with asking_the_store(gateway):
        return await login_page(gateway, to)


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


async def _sits(request: Request) -> tuple[Caller, Sitting] | None:
    """Return whose browser this is, as long as they may come in and may approve."""
    gateway = _gateway(request)
    sitting = gateway.sittings.read(request.cookies.get(COOKIE), gateway.now())
    if sitting is None:
        return None
    async with asking_the_store(gateway):
        key = await gateway.login.whose(sitting.told, gateway.now())
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
        return await _login(gateway, "")
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
    return page("list", gateway=gateway, **shown)


@router.get("/{approval_id}")
async def one(approval_id: Id, request: Request) -> Response:
    """Show one approval."""
    gateway = _gateway(request)
    sits = await _sits(request)
    if sits is None:
        return await _login(gateway, approval_id)
    caller, sitting = sits
    async with asking_the_store(gateway):
        seen = await view(gateway, await readable(gateway, caller, approval_id), caller)
    return _approval(request, seen, sitting)


@router.post("/{approval_id}")
async def answer(approval_id: Id, request: Request) -> Response:
    """Take an answer, and show what became of it."""
    caller, fields = await sent(request)
    said = WORDS.get(fields.get("word", ""))
    comment = fields.get("comment", "").strip() or None
    if said is None or len(comment or "") > COMMENT:
        raise Problem(422, "invalid_request", "the form cannot be used as it was sent")
    gateway = _gateway(request)
    async with asking_the_store(gateway):
        await decide(gateway, caller, approval_id, said, comment)
    return RedirectResponse(f"{PAGE}/{approval_id}", 303)


async def sent(request: Request) -> tuple[Caller, Any]:
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
    return page(
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
