"""Taking in the chains of sidecars."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.api.decisions import answering
from app.auth import BEARER, authenticate
from app.problems import Problem, responses
from app.wiring import Gateway
from memory.keys import Scope
from memory.shipping.shipment import MOST_BYTES, Behind, Shipment, ShippingFault, read

router = APIRouter(prefix="/v1/records", tags=["records"], dependencies=[Depends(BEARER)])
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
    caller = await authenticate(request)
    caller.require(Scope.RECORDS_WRITE)
    gateway: Gateway = request.app.state.gateway
    try:
        told: Shipment = await asyncio.to_thread(read, await _body(request, gateway))
        async with answering(gateway):
            seq = await gateway.receiving.receive(told, caller.key.id, gateway.now())
    except Behind as behind:
        view = BehindView(code="behind", detail=str(behind), seq=behind.seq)
        return JSONResponse(view.model_dump(), 409)
    except ShippingFault as fault:
        raise Problem(422, "invalid_shipment", str(fault)) from fault
    return ShippedView(seq=seq)


async def _body(request: Request, gateway: Gateway) -> bytes:
    """Return the body, while there is time and it is not too large."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Problem(415, "unsupported_media_type", "send plain `application/json`")
    parts = bytearray()
    try:
        async with asyncio.timeout(gateway.settings.deadline_ms / 1000):
            async for part in request.stream():
                parts += part
                if len(parts) > MOST_BYTES:
                    words = f"the body is over {MOST_BYTES >> 20} MiB"
                    raise Problem(413, "body_too_large", words)
    except TimeoutError as error:
        raise Problem(408, "body_too_slow", "the body did not arrive in time") from error
    return bytes(parts)
