"""One error shape for the whole API (RFC 9457); on decision routes it also says `deny`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from dsl.errors import printable
from memory.ids import new_id
from memory.records.log import Unrecorded

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One wrong member of a request."""

    path: str = Field(description="JSON pointer to the member.", examples=["/args"])
    message: str


class ProblemDetails(BaseModel):
    """Why a request was not answered."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["the request is not valid"])
    code: str = Field(examples=["invalid_request"])
    request_id: str = Field(examples=["r_01JD00000000000000000000000"])
    errors: list[FieldError] = []
    effect: str | None = Field(None, description="`deny` on decision routes.", examples=["deny"])


class Problem(HTTPException):
    """A request that ends here, with the status and words of its answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.code = code
        self.errors = errors


def install(app: FastAPI) -> None:
    """Answer every failure in the one shape."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Unrecorded, _unrecorded)
    app.add_exception_handler(Exception, _fault)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare problem answers for the API's description."""
    return {
        status: {
            "model": ProblemDetails,
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {}},
        }
        for status in statuses
    }


async def _http(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Problem):
        return answer(request, error)
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is installed for it alone
    status = error.status_code
    code = HTTPStatus(status).phrase.lower().replace(" ", "_")
    headers = {**(error.headers or {})}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    return answer(request, Problem(status, code, str(error.detail), headers=headers))


def _methods(request: Request) -> list[str]:
    """Return what a path may be asked with: each of its methods may be a route of its own.

    The first route that fits says which path is meant. A session's name may have slashes in it, so
    a path below one fits the path of a session too, whose methods are not those of the overlay.
    """
    routes = [one for one in request.app.routes if one.matches(request.scope)[0] is not Match.NONE]
    paths = [getattr(one, "path", None) for one in routes]
    of_it = [one for one, path in zip(routes, paths, strict=True) if path == paths[0]]
    return sorted({method for one in of_it for method in getattr(one, "methods", None) or ()})


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    errors = tuple(field_error(one) for one in error.errors()[:20])
    problem = Problem(422, "invalid_request", "the request is not valid", errors=errors)
    return answer(request, problem)


def field_error(error: Mapping[str, Any]) -> FieldError:
    """Return what is wrong with a member of a request, without its value."""
    place = error["loc"][1:] if error["loc"] and error["loc"][0] == "body" else error["loc"]
    pointer = "".join(f"/{printable(str(part))[:80]}" for part in place)
    words = str(error["msg"])[:200]
    return FieldError(path=pointer, message=words[:1].lower() + words[1:])


async def _unrecorded(request: Request, error: Exception) -> JSONResponse:
    detail = f"the decision could not be recorded, so the call is denied: {error}"
    return answer(request, Problem(503, "unrecorded", detail))


async def _fault(request: Request, _error: Exception) -> JSONResponse:
    return answer(request, Problem(500, "fault", "a fault inside the gateway"))


def _decides(request: Request) -> bool:
    """Tell whether a path is one of those that decide calls, however it is written."""
    return request.url.path.rstrip("/") in request.app.state.decision_paths


def answer(request: Request, problem: Problem) -> JSONResponse:
    """Write a problem."""
    clock = request.app.state.gateway.now
    details = ProblemDetails(
        type="about:blank",
        title=HTTPStatus(problem.status_code).phrase,
        status=problem.status_code,
        detail=str(problem.detail),
        code=problem.code,
        request_id=new_id("r", clock()),
        errors=list(problem.errors),
        effect="deny" if _decides(request) else None,
    )
    return JSONResponse(
        details.model_dump(exclude_none=True),
        problem.status_code,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )
