"""The kinds that tools' schemas tell by `format`, for questions on origin.

A kind that the policy declares comes first. Only what stands in plain `properties` and `items` is
seen.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dsl import syntax
from dsl.toolspec import Tools

_KINDS: Final[Mapping[str, str]] = {
    "email": "email",
    "idn-email": "email",
    "uri": "url",
    "url": "url",
    "iri": "url",
    "hostname": "host",
    "idn-hostname": "host",
    "ipv4": "host",
    "ipv6": "host",
    "date": "date",
    "date-time": "date",
    "time": "time",
    "phone": "phone",
    "iban": "iban",
}
_DEEPEST: Final = 8

Steps = tuple[str | int, ...]


def formats(tools: Tools | None) -> tuple[tuple[syntax.ToolField, str], ...]:
    """Return the places in the tools' arguments whose schema tells a kind."""
    if tools is None:
        return ()
    return tuple(
        (syntax.ToolField(name, steps), kind)
        for name, tool in tools.by_name.items()
        for steps, kind in _inside(tool.schema, ())
    )


def _inside(schema: Any, before: Steps) -> Iterator[tuple[Steps, str]]:
    if not isinstance(schema, Mapping) or len(before) > _DEEPEST:
        return
    told = schema.get("format")
    if isinstance(told, str) and told in _KINDS:
        yield before, _KINDS[told]
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        for name, inner in properties.items():
            yield from _inside(inner, (*before, name))
    yield from _inside(schema.get("items"), (*before, syntax.EACH))
