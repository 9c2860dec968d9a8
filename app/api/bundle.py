"""The policies in force as a signed bundle, for sidecars."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Request, Response

from app.auth import BEARER
from app.bundles.offering import is_known
from app.edges.base import EdgeRoute
from app.problems import Problem, responses
from app.publishing.requests import who
from memory.keys import Scope


class _BundleRoute(EdgeRoute):
    scope = None  # either of two


router = APIRouter(
    prefix="/v1/bundle", route_class=_BundleRoute, tags=["bundles"], dependencies=[Depends(BEARER)]
)
ANSWER_S: Final = 5.0  # that the store has where nothing was heard of it for long
_ETAG: Final = {"ETag": {"schema": {"type": "string"}, "description": "Names these bytes."}}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The bundle.", "headers": _ETAG},
    304: {"description": "Whoever asks has it already.", "headers": _ETAG},
    **responses(401, 403, 404, 422, 503),
}


@router.get("", summary="Read the policies in force as a signed bundle", responses=_ANSWERS)
async def bundle(
    request: Request,
    if_none_match: Annotated[
        str | None,
        Header(
            alias="If-None-Match", max_length=1000, description="The `ETag` of the bundle one has."
        ),
    ] = None,
) -> Response:
    """Answer with the bundle, as `drawbar bundle verify` reads it; needs `bundle:read`.

    A key with `policy:read` may, too, and reads much more: that is none for a sidecar.
    It says as well who is frozen and which glass is broken. 404 where the gateway has no
    `bundle_key`, 503 while nothing is in force, or the store does not say who is frozen.
    """
    gateway, caller = who(request)
    if Scope.POLICY_READ not in caller.key.scopes:
        caller.require(Scope.BUNDLE_READ)
    if gateway.offering is None:
        raise Problem(404, "not_found", "this gateway signs no bundles: it has no `bundle_key`")
    await gateway.freezing.sure(ANSWER_S)
    offer = await gateway.offering.offer()
    if offer is None:
        detail = "there is no bundle of what is in force, and of who is frozen"
        raise Problem(503, "unavailable", detail)
    headers = {"ETag": offer.etag, "Cache-Control": "private, no-cache"}
    if is_known(offer, if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(offer.raw, media_type="application/json", headers=headers)
