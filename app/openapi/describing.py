"""The API's description (OpenAPI): what FastAPI writes, and what is the same for every route.

A route says what is its own. Here stand the problems that any route may answer with, what tags
mean, and the examples.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app import idempotency
from app.openapi.examples import examples, parameters
from app.openapi.names import NAMES
from app.problems import MEDIA_TYPE

TAGS: Final = {
    "decisions": "Ask what a call may do, and read back what was decided and done.",
    "sessions": "Tell what happens around the calls of an agent.",
    "approvals": "What people are asked, and their answers.",
    "revisions": "The policies that were in force.",
    "drafts": "Policies while they are written.",
    "publications": "What is in force for all gateways on a store, and what was.",
    "bundles": "The policies in force as one signed file.",
    "records": "Chains of records that sidecars ship.",
    "keys": "Who may ask for what.",
    "feedback": "What people say of decisions, so that a memory can learn from it.",
    "memory": "What memory has learned of that, and why.",
    "freezes": "Whose calls are all denied, at once and at every gateway of a store.",
    "glass": "A policy that stands by takes the place of another, for some time, by two people.",
    "operation": "For those who keep the gateway running; these need no key.",
}
PROBLEM: Final = {"$ref": "#/components/schemas/ProblemDetails"}
# What can be answered on every route with a key, and on those of them that read a body.
WITH_KEY: Final = (401, 422, 429, 500, 503)
WITH_BODY: Final = (408, 413, 415)

Described = dict[str, Any]
ONCE: Final = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "A name of your own: with it the request is done once within 24 hours.",
    "schema": {"type": "string", "pattern": idempotency.PATTERN},
}


def install(app: FastAPI) -> None:
    """Describe an application once, when it is asked for."""

    def openapi() -> Described:
        if app.openapi_schema is None:
            app.openapi_schema = described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation shows it


def described(app: FastAPI) -> Described:
    """Return the whole description."""
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        license_info=app.license_info,
        routes=app.routes,
    )
    for path, method, operation in operations(schema):
        known = f"{method.upper()} {path}"
        operation["operationId"] = NAMES.get(known, operation["operationId"])
        if "security" in operation and idempotency.takes(app, method, path):
            operation.setdefault("parameters", []).append(ONCE)
            operation["responses"].setdefault("409", {"description": ""})
        _complete(operation)
        _illustrate(path, operation)
    used = {tag for _, _, one in operations(schema) for tag in one["tags"]}
    unknown = sorted(used - set(TAGS))
    listed = [*(tag for tag in TAGS if tag in used), *unknown]
    schema["tags"] = [{"name": tag, "description": TAGS.get(tag, "")} for tag in listed]
    for left in ("HTTPValidationError", "ValidationError"):  # FastAPI's own; ours is a problem
        schema["components"]["schemas"].pop(left, None)
    return schema


def operations(schema: Described) -> Iterator[tuple[str, str, Described]]:
    """Yield every operation with its path and method."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(operation: Described) -> None:
    """Add the answers that no route needs to list, each as a problem."""
    answers: Described = operation["responses"]
    statuses = WITH_KEY if "security" in operation else ()
    if "requestBody" in operation:
        statuses = (*statuses, *WITH_BODY)
    for status in statuses:
        answers.setdefault(str(status), {"description": HTTPStatus(status).phrase})
    for code, answer in answers.items():
        if int(code) >= HTTPStatus.BAD_REQUEST and not _own(answer):
            answer["description"] = HTTPStatus(int(code)).phrase
            answer["content"] = {MEDIA_TYPE: {"schema": PROBLEM}}
    operation["responses"] = dict(sorted(answers.items()))


def _illustrate(path: str, operation: Described) -> None:
    """Add the examples of an operation: what is sent, and what was answered."""
    for one in [each for each in examples() if each.operation == operation["operationId"]]:
        given = {**parameters(one, path), **(one.headers or {})}
        answer = operation["responses"][str(one.status)]
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in given:
                parameter.setdefault(
                    "example", _typed(parameter["schema"], given[parameter["name"]])
                )
        if one.body is not None:
            content = operation["requestBody"]["content"]["application/json"]
            content.setdefault("examples", {})[one.slug] = {"summary": one.says, "value": one.body}
        for header in answer.get("headers", {}).values():
            header.setdefault("example", one.tag)
        for content in answer.get("content", {}).values():
            shown = {"summary": one.says, "value": one.answer}
            content.setdefault("examples", {})[one.slug] = shown


def _typed(schema: Described, value: str) -> str | int:
    return int(value) if schema.get("type") == "integer" else value


def _own(answer: Described) -> bool:
    """Tell whether a failure is answered with a shape of its own, as `/readyz` does."""
    shapes = [one.get("schema", {}) for one in answer.get("content", {}).values()]
    known: tuple[Described, ...] = (
        PROBLEM,
        {"$ref": "#/components/schemas/HTTPValidationError"},
        {},
    )
    return any(shape not in known for shape in shapes)
