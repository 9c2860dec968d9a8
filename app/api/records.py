"""Taking in the chains of sidecars."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.api.decisions import answering
from app.auth import BEARER
from app.bundles.opening import refuse_foreign
from app.edges.base import EdgeRoute, Limits
from app.problems import Problem, responses
from app.publishing.requests import who
from memory.keys import Scope
from memory.shipping.shipment import MOST_BYTES, Behind, Shipment, ShippingFault, read

KEEP_S: Final = 20.0  # a sidecar waits a little longer; new policies are read first


class ShipRoute(EdgeRoute):
    """A route for sidecars."""

    scope = Scope.RECORDS_WRITE
    limits = Limits(body=MOST_BYTES)


router = APIRouter(
    prefix="/v1/records",
    route_class=ShipRoute,
    tags=["records"],
    dependencies=[Depends(BEARER)],
)
_ANY: Final = {"type": "object", "description": "As docs/sidecar.md says."}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _ANY}}}
}


class ShippedView(BaseModel):
    """How far a chain is kept here."""

    seq: int = Field(description="The number of its last record.", examples=[17])


class BehindView(ShippedView):
    """A shipment that does not follow what is kept."""

    code: str = Field(examples=["behind"])
    detail: str


@router.post(
    "",
    summary="Take in the next records of a sidecar",
    openapi_extra=_BODY,
    responses={
        **responses(401, 403, 408, 413, 415, 422, 503),
        409: {"model": BehindView, "description": "Another part of the chain comes next."},
    },
    response_model=ShippedView,
)
async def ship(request: Request) -> Any:
    """Keep records as they were written; needs the scope `records:write`.

    The same shipment may come again. What does not continue its chain is refused.
    """
    gateway, _ = who(request)
    try:
        told: Shipment = await asyncio.to_thread(read, await request.body())
        async with answering(gateway, KEEP_S):
            seq = await gateway.receiving.receive(told, refuse_foreign)
    except Behind as behind:
        view = BehindView(code="behind", detail=str(behind), seq=behind.seq)
        return JSONResponse(view.model_dump(), 409)
    except ShippingFault as fault:
        raise Problem(422, "invalid_shipment", str(fault)) from fault
    return ShippedView(seq=seq)
