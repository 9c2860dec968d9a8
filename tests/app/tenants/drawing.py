"""Draws requests for every route, from the application's own description of itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

MINTED: Final = re.compile(r"\b(?!r_|w_)[a-z]{1,5}_[0-9A-HJKMNP-TV-Z]{26}\b")
METHODS: Final = frozenset(("get", "put", "post", "delete", "patch"))
SESSIONS: Final = ("s1", "s2", "s3", "s4", "s5")
ALWAYS: Final = frozenset(("args", "name"))
NEVER: Final = frozenset(("args_text", "server", "facts"))  # what mostly spoils a call by itself
# A request has a name of its own, and `w_` is the gateway that wrote a record.
# Which of the minted ids a path asks for; what is not here is drawn from all.
KINDS: Final = {"/v1/decisions": "d", "/v1/approvals": "apr", "/v1/keys": "k"}


@dataclass(frozen=True, slots=True)
class Route:
    """One route, as the application describes it."""

    method: str
    path: str
    told: Mapping[str, Any] = field(repr=False, hash=False, compare=False)

    @property
    def name(self) -> str:
        """Name it in one word and its path."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A request that was drawn."""

    route: Route
    path: str
    body: Any
    headers: Mapping[str, str]


def routes(schema: Mapping[str, Any]) -> Iterator[Route]:
    """Return every route of a description."""
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            if method in METHODS:
                yield Route(method.upper(), path, told)


class Drawing:
    """Draws what one tenant sends: ids that look alike, and ids of both tenants."""

    def __init__(self, schema: Mapping[str, Any], random: Random) -> None:
        self._parts = schema.get("components", {}).get("schemas", {})
        self._random = random

    def request(self, route: Route, mark: str, own: list[str], foreign: list[str]) -> Drawn:
        """Return a request for a route; what it says in words holds the mark of its tenant."""
        path, query = route.path, {}
        for one in route.told.get("parameters", ()):
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", self._id(route, own, foreign))
            elif one["in"] == "query" and self._says(one):
                query[one["name"]] = self._value(one["name"], one["schema"], mark, own + foreign)
        if query:
            path += "?" + "&".join(f"{name}={value}" for name, value in query.items())
        headers = {}
        if route.method != "GET" and self._random.random() < 0.3:
            headers["Idempotency-Key"] = self._random.choice(("i1", "i2", "i3"))
        return Drawn(route, path, self._body(route, mark, own + foreign), headers)

    def _says(self, one: Mapping[str, Any]) -> bool:
        return bool(one.get("required")) or one["name"] in ALWAYS or self._random.random() < 0.1

    def _id(self, route: Route, own: list[str], foreign: list[str]) -> str:
        if route.path.startswith("/v1/sessions"):
            return self._random.choice(SESSIONS)
        kinds = [kind for start, kind in KINDS.items() if route.path.startswith(start)]
        pool = own if self._random.random() < 0.5 else foreign
        fit = [one for one in pool if not kinds or one.split("_")[0] in kinds]
        return self._random.choice(fit) if fit else "apr_01JD00000000000000000000000"

    def _body(self, route: Route, mark: str, ids: list[str]) -> Any:
        content = route.told.get("requestBody", {}).get("content", {}).get("application/json")
        return None if content is None else self._value("", content["schema"], mark, ids)

    def _value(self, name: str, schema: Mapping[str, Any], mark: str, ids: list[str]) -> Any:
        hint = self._hint(name, mark, ids)
        if hint is not None:
            return hint
        if "$ref" in schema:
            return self._value(name, self._parts[schema["$ref"].rsplit("/", 1)[1]], mark, ids)
        if "properties" in schema:
            return self._typed({**schema, "type": "object"}, mark, ids)
        for many in ("anyOf", "oneOf", "allOf"):
            if many in schema:
                fit = [one for one in schema[many] if one.get("type") != "null"]
                return self._value(name, self._random.choice(fit or schema[many]), mark, ids)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        return self._typed(schema, mark, ids)

    def _typed(self, schema: Mapping[str, Any], mark: str, ids: list[str]) -> Any:
        kind = schema.get("type")
        if kind == "object":
            needed = {*schema.get("required", ()), *ALWAYS}
            return {
                name: self._value(name, one, mark, ids)
                for name, one in schema.get("properties", {}).items()
                if name not in NEVER and (name in needed or self._random.random() < 0.15)
            }
        if kind == "array":
            many = self._random.randint(1, 2)
            return [self._value("", schema.get("items", {}), mark, ids) for _ in range(many)]
        if kind in ("integer", "number"):
            above = schema.get("exclusiveMinimum")
            return int(schema.get("minimum", 0)) if above is None else int(above) + 1
        if kind == "boolean":
            return False
        return f"w{mark}"[: schema.get("maxLength", 99)]

    def _hint(self, name: str, mark: str, ids: list[str]) -> Any:
        """Return what a member of this name is mostly about; None where nobody can tell."""
        choose = self._random.choice
        hints: dict[str, Any] = {
            "args": {"amount": choose((5, 500)), "note": f"{mark} note"},
            "name": f"{mark}-n",
            "kind": "agent",  # of a freeze: whoever freezes all of its own can do no more
            "call_id": choose(("c1", "c2", "c3", "c4")),
            "session": choose(SESSIONS),
            "tool": "pay",
            "subject": {"id": choose(("ada", "bob"))},
            "agent": {"id": choose(("a1", "a2"))},
            "context": {"word": mark},
            "tenant": choose(("alpha", "beta")),
            "comment": f"{mark} words",
            "cursor": choose(ids) if ids else "none",
            "before": choose(ids) if ids else "none",
            "approval": choose([one for one in ids if one.startswith("apr_")] or [None]),
            "decision_id": choose([one for one in ids if one.startswith("d_")] or [None]),
            "scopes": ["check"],
            "result": {"said": f"{mark} result"},
            "calls": None,
            "text": choose((f"{mark} words", f"overlay {mark} version 1; rule x: deny {mark};")),
            "limit": 50,
            "wait_s": 0,
            "keep_s": 60,
            "expires_at": "2040-01-01T00:00:00Z",
        }
        return hints.get(name)
