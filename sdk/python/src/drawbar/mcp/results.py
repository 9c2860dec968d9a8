"""What a tool of an MCP server gave back, as rules see it and as it is shown after that.

Rules see the value itself: the structured content, or the one text, read as JSON where it is an
object or a list. Where text and structure say the same, the structure is the value; where they
differ, or there are several blocks, rules see all of it. The gateway's own MCP edge does the same.
"""

from typing import Any, Final

from mcp_types import CallToolResult, TextContent

from drawbar import exact
from drawbar.decision import Decision
from drawbar.fault import Fault
from drawbar.observed import Observed

_WRAPPED: Final = "result"  # how servers make an object of what is none


def value(result: CallToolResult) -> Any:
    """Return a result as rules see it."""
    structured = result.structured_content
    blocks = _blocks(result)
    if structured is None:
        return _of_text(blocks[0]["text"]) if _is_one_text(blocks) else blocks
    if not blocks or _mirrored(structured, blocks):
        return _inner(structured)
    return {"structuredContent": structured, "content": blocks}


def changed(result: CallToolResult, shown: Any) -> CallToolResult:
    """Return what is shown in place of a result: what rules left of its value."""
    structured = result.structured_content
    blocks = _blocks(result)
    failed = result.is_error
    if structured is None:
        if not _is_one_text(blocks) and isinstance(shown, list):
            return CallToolResult.model_validate({"content": shown, "isError": failed})
        return CallToolResult(content=[_text(shown)], is_error=failed)
    if not blocks or _mirrored(structured, blocks):
        whole = {_WRAPPED: shown} if _is_wrapped(structured) else shown
        return CallToolResult(content=[_text(shown)], structured_content=whole, is_error=failed)
    return CallToolResult.model_validate({**shown, "isError": failed})


def refused(text: str, about: Decision | Observed) -> CallToolResult:
    """Return the answer to a call in place of its tool's."""
    known: dict[str, Any] = {"effect": about.effect, "reason": about.reason}
    if isinstance(about, Decision):
        known |= {"retryable": about.retryable, "decision_id": about.decision_id}
        if about.approval is not None:
            known["approval"] = {"id": about.approval.id, "url": about.approval.url}
    content = [TextContent(type="text", text=text)]
    return CallToolResult(content=content, structured_content={"drawbar": known}, is_error=True)


def _blocks(result: CallToolResult) -> list[dict[str, Any]]:
    return [
        one.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"meta"})
        for one in result.content
    ]


def _is_one_text(blocks: list[dict[str, Any]]) -> bool:
    return len(blocks) == 1 and blocks[0].get("type") == "text"


def _mirrored(structured: Any, blocks: list[dict[str, Any]]) -> bool:
    """Tell whether the one text says what the structure says."""
    if not _is_one_text(blocks):
        return False
    said, inner = blocks[0]["text"], _inner(structured)
    if isinstance(inner, str):
        return bool(said == inner)
    read = _of_text(said) if said.lstrip()[:1] in ("{", "[") else _scalar(said)
    return _same(read, structured) or _same(read, inner)


def _inner(structured: Any) -> Any:
    return structured[_WRAPPED] if _is_wrapped(structured) else structured


def _is_wrapped(structured: Any) -> bool:
    return isinstance(structured, dict) and list(structured) == [_WRAPPED]


def _of_text(text: str) -> Any:
    """Return what a text says as JSON, where it is an object or a list, else the text."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    return _parsed(text, text)


def _scalar(text: str) -> Any:
    return _parsed(text, text)


def _parsed(text: str, otherwise: Any) -> Any:
    try:
        whole = exact.read(b'{"value":' + text.encode() + b"}")
    except (Fault, UnicodeEncodeError):
        return otherwise
    return whole["value"] if list(whole) == ["value"] else otherwise


def _same(left: Any, right: Any) -> bool:
    try:
        return exact.write({"value": _sorted(left)}) == exact.write({"value": _sorted(right)})
    except Fault:
        return False


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def _text(value: Any) -> TextContent:
    text = value if isinstance(value, str) else exact.written(value)
    return TextContent(type="text", text=text)
