"""Masks for whatever leaves the evidence store: a value becomes a keyed digest of itself.

Equal values have equal masks, so what belongs together can still be seen; who lacks the key cannot
hold a guess against one. Where a value cannot be masked it is dropped, and what it stood in stays.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dsl import strictjson

PREFIX: Final = "hmac-sha256:"
DROPPED: Final = "dropped"
EACH: Final = "*"  # any place of a list, or any member
PLACES: Final = 5  # digits of the places of lists; a longer number is a name
_FAULTS: Final = (TypeError, ValueError, ArithmeticError, AttributeError, LookupError)
Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Masking:
    """What may be seen: values at the `shown` paths, unless `hides` says no to one of their texts.

    All other values are masked whole, and the names of members too unless they are `named`.
    """

    shown: tuple[Steps, ...] = ()
    named: frozenset[str] = frozenset()
    hides: Callable[[str], bool] | None = None


NOTHING_SHOWN: Final = Masking()


def mask(value: Any, masking: Masking, key: bytes) -> Any:
    """Return a value as it may be seen anywhere; never fails."""
    try:
        return _seen(value, masking.shown, masking, key)
    except (*_FAULTS, RecursionError) as error:
        return dropped(error)


def digest(value: Any, key: bytes) -> str:
    """Return the mask of a value."""
    written = strictjson.canonical(_plain(value)).encode("utf-8", "surrogatepass")
    return PREFIX + hmac.digest(key, written, "sha256").hex()


def dropped(error: BaseException) -> Mapping[str, str]:
    """Return what stands in the place of a value that could not be masked; not why in words."""
    return {DROPPED: type(error).__name__}


def mask_pointer(pointer: str, masking: Masking, key: bytes) -> str:
    """Return a JSON pointer with the names in it masked that are nobody's but the caller's."""
    steps = pointer.split("/")
    return "/".join(_step(step, masking, key) for step in steps)


def _step(step: str, masking: Masking, key: bytes) -> str:
    name = step.replace("~1", "/").replace("~0", "~")
    place = name.isascii() and name.isdigit() and len(name) <= PLACES
    if not step or name in masking.named or place:
        return step
    try:
        return digest(name, key)
    except _FAULTS:
        return DROPPED


def _seen(value: Any, shown: Iterable[Steps], masking: Masking, key: bytes) -> Any:
    """Go down the paths that are shown, and mask what lies beside them."""
    open_ = list(shown)
    if any(not steps for steps in open_):
        return _shown(value, masking, key)
    if not open_:
        return _masked(value, key)
    if isinstance(value, Mapping):
        return {
            _name(name, open_, masking, key): _seen(inner, _below(open_, str(name)), masking, key)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_seen(item, _below(open_, str(at)), masking, key) for at, item in enumerate(value)]
    return _masked(value, key)


def _below(shown: Iterable[Steps], name: str) -> list[Steps]:
    return [steps[1:] for steps in shown if steps[0] in (name, EACH)]


def _name(name: Any, shown: Iterable[Steps], masking: Masking, key: bytes) -> str:
    """Return the name of a member, if somebody else than the caller chose it."""
    known = name in masking.named or any(steps[0] == name for steps in shown)
    return str(name) if known else digest(str(name), key)


def _shown(value: Any, masking: Masking, key: bytes) -> Any:
    """Return a value that may be seen, but for texts in it that are hidden."""
    if isinstance(value, Mapping):
        return {
            _text(str(name), masking, key): _shown(inner, masking, key)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_shown(item, masking, key) for item in value]
    if isinstance(value, str):
        return _text(value, masking, key)
    strictjson.canonical(value)  # whoever writes it down must be able to
    number = value is not None and not isinstance(value, bool)
    return digest(value, key) if number and _hidden(str(value), masking) else value


def _text(text: str, masking: Masking, key: bytes) -> str:
    return digest(text, key) if _hidden(text, masking) else text


def _hidden(text: str, masking: Masking) -> bool:
    return masking.hides is not None and masking.hides(text)


def _masked(value: Any, key: bytes) -> Any:
    try:
        return digest(value, key)
    except _FAULTS as error:
        return dropped(error)


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it, whatever kind of mapping it is."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
