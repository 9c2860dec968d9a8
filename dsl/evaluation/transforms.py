"""Applies what rules change about a call, a result or a reply; what cannot be done is a fault."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from importlib import import_module
from typing import Any, Final

from dsl import syntax, unreadable
from dsl.model import Change
from dsl.types import Unreadable

REDACTED: Final = "[redacted]"


class Unchangeable(Exception):
    """A change that cannot be carried out, and why; what it was for must not go through."""


def changes(transforms: Sequence[syntax.Transform]) -> tuple[Change, ...]:
    """Return what the transforms do, in words, each once."""
    return tuple(dict.fromkeys(Change(str(one.path), _kind(one)) for one in transforms))


def _kind(one: syntax.Transform) -> Any:
    match one:
        case syntax.Redact():
            return "redact"
        case syntax.SetTo():
            return "set"
        case syntax.Drop():
            return "drop"


def apply(content: Mapping[str, Any], transforms: Sequence[syntax.Transform]) -> dict[str, Any]:
    """Return the changed content: values are set and dropped first, then texts are redacted."""
    _refuse_conflicts([one for one in transforms if not isinstance(one, syntax.Redact)])
    changed = dict(content)
    for one in transforms:
        if not isinstance(one, syntax.Redact):
            value = one.value if isinstance(one, syntax.SetTo) else _GONE
            changed = _put(changed, _steps(one.path), value, str(one.path))
    for one in transforms:
        if isinstance(one, syntax.Redact):
            changed = _redact_at(changed, _steps(one.path), one)
    return changed


def same(left: Any, right: Any) -> bool:
    """Tell whether two contents are the same; 1, 1.0 and true are not."""
    return repr(left) == repr(right)


_GONE: Final = object()


def _steps(path: syntax.Path) -> tuple[str | int, ...]:
    return (path.root, *path.steps)


def _refuse_conflicts(transforms: Sequence[syntax.SetTo | syntax.Drop]) -> None:
    """Two rules that want different things of one place leave nobody knowing what would run."""
    for at, one in enumerate(transforms):
        for other in transforms[at + 1 :]:
            here, there = _steps(one.path), _steps(other.path)
            shared = min(len(here), len(there))
            if here[:shared] == there[:shared] and not _agree(one, other):
                raise Unchangeable(f"two rules change `{one.path}` in different ways")


def _agree(one: syntax.SetTo | syntax.Drop, other: syntax.SetTo | syntax.Drop) -> bool:
    if type(one) is not type(other) or one.path != other.path:
        return False
    return same(getattr(one, "value", None), getattr(other, "value", None))


def _put(whole: Any, steps: tuple[str | int, ...], value: Any, shown: str) -> Any:
    """Return a copy in which one named member is set or gone."""
    if not isinstance(whole, Mapping):
        raise Unchangeable(f"there is no place for `{shown}`")
    step, *rest = steps
    if rest:
        if step not in whole and value is _GONE:
            return whole
        return {**whole, step: _put(whole.get(str(step)), tuple(rest), value, shown)}
    if value is _GONE:
        return {key: inner for key, inner in whole.items() if key != step}
    return {**whole, step: value}


def _redact_at(whole: Any, steps: tuple[str | int, ...], one: syntax.Redact) -> Any:
    """Return a copy without what the detector finds at a place; what is absent stays absent."""
    if not steps:
        return _redacted(whole, one)
    step, rest = steps[0], steps[1:]
    if step == syntax.EACH:
        if isinstance(whole, list | tuple):
            return [_redact_at(item, rest, one) for item in whole]
    elif isinstance(step, int) and isinstance(whole, list | tuple):
        return [_redact_at(v, rest, one) if at == step else v for at, v in enumerate(whole)]
    elif isinstance(step, str) and isinstance(whole, Mapping):
        if whole.get(step) is None:
            return whole
        return {**whole, step: _redact_at(whole[step], rest, one)}
    if whole is None:
        return whole
    raise Unchangeable(f"`{one.path}` cannot be redacted: it is of another shape")


def _redacted(value: Any, one: syntax.Redact) -> Any:
    match value:
        case str():
            return _clean(value, one)
        case Unreadable():
            return REDACTED
        case Mapping():
            if _is_media(value):
                return {"type": "text", "text": REDACTED}
            for key in value:
                if _clean(key, one) != key:
                    raise Unchangeable(
                        f"`{one.path}` cannot be redacted: a name in it would change"
                    )
            return {key: _redacted(inner, one) for key, inner in value.items()}
        case list() | tuple():
            return [_redacted(inner, one) for inner in value]
        case int() | Decimal() if not isinstance(value, bool):
            written = str(value)
            return value if _clean(written, one) == written else REDACTED
        case _:
            return value


def _is_media(block: Mapping[str, Any]) -> bool:
    """Tell whether an object is a block of nothing but an image or a sound."""
    return block.get("type") in ("image", "audio") and isinstance(block.get("data"), Unreadable)


def _clean(text: str, one: syntax.Redact) -> str:
    """Replace what a detector finds; all of the text where the finding has no place.

    What cannot be read may hold it too.
    """
    text = unreadable.without(text, REDACTED)
    if text == REDACTED:
        return text
    detector = import_module("dsl.detect.registry").by_name(one.detector)
    if detector is None:
        raise Unchangeable(f"there is no detector `{one.detector}`")
    detecting = import_module("dsl.detect.spans")
    found = detecting.spans(detector, text)
    cleaned: str = REDACTED if found is None else detecting.without(text, found)
    return cleaned
