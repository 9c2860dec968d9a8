"""The schemas of an OpenAPI document as JSON Schema 2020-12, each tool's whole in itself."""

import re
from collections.abc import Mapping
from typing import Any, Final

_KEPT: Final = (
    *("type", "enum", "const", "format", "pattern", "title", "default", "required"),
    *("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
    "additionalProperties",
)
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_DEEPEST: Final = 24
_LONGEST_WORDS: Final = 300


class Unreadable(Exception):
    """An operation that cannot be told as a tool."""


class Schemas:
    """Converts the schemas of one document; what they refer to becomes entries beside them."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self._tree = tree
        self.entries: dict[str, Any] = {}

    def fresh(self) -> "Schemas":
        """Return the same document with no entries yet."""
        return Schemas(self._tree)

    def followed(self, written: Any) -> Mapping[str, Any]:
        """Return an object of the document, through references; an empty one for what is none."""
        for _ in range(_DEEPEST):
            if not isinstance(written, dict):
                return {}
            if "$ref" not in written:
                return written
            written = self._at(written["$ref"])
        raise Unreadable("a reference leads in a circle")

    def _at(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise Unreadable("a reference leads out of the document")
        found: Any = self._tree
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        if found is None:
            raise Unreadable("a reference leads nowhere")
        return found

    def opened(self, written: Any) -> dict[str, Any]:
        """Return a schema with what it refers to itself, and all that it is made of, in one."""
        converted: dict[str, Any] = self.converted(self.followed(written))
        parts = converted.get("allOf")
        if not isinstance(parts, list) or not all(_plain_object(one) for one in parts):
            return converted
        whole = {key: value for key, value in converted.items() if key != "allOf"}
        for part in [*parts, dict(whole)]:
            whole["type"] = "object"
            whole["properties"] = {**whole.get("properties", {}), **part.get("properties", {})}
            whole["required"] = [*whole.get("required", []), *part.get("required", [])]
        return whole

    def converted(self, written: Any, depth: int = 0) -> Any:
        """Return a schema in JSON Schema's words."""
        if depth > _DEEPEST:
            raise Unreadable("its schema is nested too deep")
        if not isinstance(written, dict):
            return written is not False
        if "$ref" in written:
            return {"$ref": f"#/$defs/{self._entry(written['$ref'], depth)}"}
        made = {key: value for key, value in written.items() if key in _KEPT}
        if isinstance(words := written.get("description"), str):
            made["description"] = words[:_LONGEST_WORDS]
        self._add_inner(written, made, depth)
        return _nullable(written, _bounded(made))

    def _entry(self, reference: Any, depth: int) -> str:
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", str(reference).removeprefix("#/components/schemas/"))
        if name not in self.entries:
            self.entries[name] = {}  # one that refers to itself finds it there
            self.entries[name] = self.converted(self._at(reference), depth + 1)
        return name

    def _add_inner(self, written: Mapping[str, Any], made: dict[str, Any], depth: int) -> None:
        if isinstance(listed := written.get("properties"), dict):
            given = {name: one for name, one in listed.items() if not _read_only(one)}
            made["properties"] = {n: self.converted(one, depth + 1) for n, one in given.items()}
            if isinstance(made.get("required"), list):
                made["required"] = [name for name in made["required"] if name in given]
        for key in ("items", "not", "additionalProperties"):
            if isinstance(written.get(key), dict):
                made[key] = self.converted(written[key], depth + 1)
        for key in _LISTS:
            if isinstance(written.get(key), list):
                made[key] = [self._part(one, depth + 1, key) for one in written[key]]

    def _part(self, one: Any, depth: int, key: str) -> Any:
        """Convert one of several; what holds together is taken in, as an entry closes itself."""
        inline = key == "allOf" and isinstance(one, dict) and "$ref" in one
        return self.converted(self.followed(one) if inline else one, depth)


def _plain_object(part: Any) -> bool:
    told = {"type", "properties", "required", "title", "description"}
    return isinstance(part, dict) and set(part) <= told and part.get("type", "object") == "object"


def _read_only(one: Any) -> bool:
    return isinstance(one, dict) and one.get("readOnly") is True


def _bounded(made: dict[str, Any]) -> dict[str, Any]:
    """Write excluded bounds as numbers: version 3.0 has a word beside the bound."""
    for bound, excluded in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(made.get(excluded), bool) and made.pop(excluded) and bound in made:
            made[excluded] = made.pop(bound)
    return made


def _nullable(written: Mapping[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    if written.get("nullable") is not True:
        return made
    if isinstance(made.get("type"), str) and "enum" not in made:
        return {**made, "type": [made["type"], "null"]}
    return {"anyOf": [made, {"type": "null"}]}
