"""What a tool gave back, as rules see it, and as the client gets it once it was judged.

Rules see the value itself: the structured content, or the one text, read as JSON where it is an
object or a list. Where a tool says the same in text and in structure, the structure is the value
and the text is written anew. Where the two differ, or there are several blocks, rules see both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.edges.mcp.links.link import Garbled
from dsl import strictjson

WRAPPED: Final = "result"  # how servers make an object of what is none
# What of a block goes on: nothing that no rule could have looked at.
_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("text",),
    "image": ("data", "mimeType"),
    "audio": ("data", "mimeType"),
    "resource": ("resource",),
    "resource_link": ("uri", "name", "title", "description", "mimeType", "size"),
}
_RESOURCE: Final = ("uri", "mimeType", "text", "blob")


@dataclass(frozen=True, slots=True)
class Result:
    """A result with what of it goes on: content, structure, and whether the tool failed."""

    content: Sequence[Mapping[str, Any]]
    structured: Mapping[str, Any] | None
    failed: bool

    @property
    def value(self) -> Any:
        """Return the result as rules see it."""
        if self.structured is None:
            return _plain(self.content)
        if not self.content or self._mirrored:
            return _unwrapped(self.structured)
        return {"structuredContent": self.structured, "content": list(self.content)}

    @property
    def _mirrored(self) -> bool:
        """Tell whether the one text says what the structure says."""
        structured = self.structured or {}
        if len(self.content) != 1 or self.content[0]["type"] != "text":
            return False
        said = self.content[0]["text"]
        inner = _unwrapped(structured)
        if isinstance(inner, str):
            return bool(said == inner)
        try:
            read = strictjson.canonical(strictjson.read(said))
        except strictjson.InvalidJson:
            return False
        return read in (strictjson.canonical(structured), strictjson.canonical(inner))

    def as_it_came(self) -> Mapping[str, Any]:
        """Return what is shown where nothing was changed."""
        return _written(self.content, self.structured, failed=self.failed)

    def changed(self, value: Any) -> Mapping[str, Any]:
        """Return what is shown in place of it: the value that rules left."""
        if self.structured is None:
            return _written(_blocks(self.content, value), None, failed=self.failed)
        if not self.content or self._mirrored:
            wrapped = _is_wrapped(self.structured)
            structured = {WRAPPED: value} if wrapped or not isinstance(value, dict) else value
            return _written([_text(value)], structured, failed=self.failed)
        return _written(value["content"], value["structuredContent"], failed=self.failed)


def read(raw: Mapping[str, Any]) -> Result:
    """Read what `tools/call` answered; what is no result is garbled."""
    content, structured = raw.get("content"), raw.get("structuredContent")
    failed = raw.get("isError", False)
    fits = isinstance(content, list) and isinstance(failed, bool)
    if not fits or not (structured is None or isinstance(structured, dict)):
        raise Garbled("the server's result cannot be read")
    assert isinstance(content, list)  # noqa: S101 - looked at above
    try:
        strictjson.refuse_large(structured)
    except strictjson.InvalidJson as error:
        raise Garbled("the server's result is too large") from error
    return Result([block(one) for one in content], structured, failed)


def block(raw: Any) -> Mapping[str, Any]:
    """Return one block of content with what of it goes on."""
    kind = raw.get("type") if isinstance(raw, dict) else None
    members = _MEMBERS.get(kind) if isinstance(kind, str) else None
    if members is None:
        raise Garbled("the server's result holds a block of no known kind")
    found = {"type": kind, **{name: raw[name] for name in members if name in raw}}
    if kind == "text" and not isinstance(found.get("text"), str):
        raise Garbled("the server's result holds a text that is none")
    if kind == "resource":
        found["resource"] = resource(found.get("resource"))
    return found


def resource(raw: Any) -> Mapping[str, Any]:
    """Return the contents of a resource with what of it goes on."""
    if not isinstance(raw, dict) or not isinstance(raw.get("uri"), str):
        raise Garbled("the server's result holds a resource that is none")
    return {name: raw[name] for name in _RESOURCE if isinstance(raw.get(name), str)}


def _plain(content: Sequence[Mapping[str, Any]]) -> Any:
    if len(content) == 1 and content[0]["type"] == "text":
        return _of_text(content[0]["text"])
    return list(content)


def _of_text(text: str) -> Any:
    """Return what a text says as JSON, where it is an object or a list, else the text."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return strictjson.read(text)
    except strictjson.InvalidJson:
        return text


def _blocks(content: Sequence[Mapping[str, Any]], value: Any) -> Sequence[Mapping[str, Any]]:
    """Return blocks that say what rules left of some."""
    if len(content) == 1 and content[0]["type"] == "text":
        return [_text(value)]
    return value if isinstance(value, list) else [_text(value)]


def _text(value: Any) -> Mapping[str, Any]:
    said = value if isinstance(value, str) else strictjson.written(value)
    return {"type": "text", "text": said}


def _is_wrapped(structured: Mapping[str, Any]) -> bool:
    return set(structured) == {WRAPPED} and not isinstance(structured[WRAPPED], dict)


def _unwrapped(structured: Mapping[str, Any]) -> Any:
    return structured[WRAPPED] if _is_wrapped(structured) else structured


def _written(
    content: Sequence[Mapping[str, Any]], structured: Mapping[str, Any] | None, *, failed: bool
) -> Mapping[str, Any]:
    told = {} if structured is None else {"structuredContent": structured}
    return {"content": list(content), **told, "isError": failed}
