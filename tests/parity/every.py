"""All seats, and what each cannot be handed, with the reason."""

from collections.abc import Mapping
from typing import Any, Final

from tests.parity.seats.mcp import Earlier, OverHttp, WrapLocal, Wrapper, WrapThere
from tests.parity.seats.plain import Batch, Http
from tests.parity.seats.python import AsyncGuard, AsyncSdk, Guard, Sdk

SEATS: Final[Mapping[str, Any]] = {
    one.name: one
    for one in (
        Http,
        Batch,
        Sdk,
        AsyncSdk,
        Guard,
        AsyncGuard,
        Wrapper,
        OverHttp,
        Earlier,
        WrapThere,
        WrapLocal,
    )
}

_VALUES: Final = "a Python value holds no key twice, no NaN that is JSON, and no half of a sign"
_FUNCTION: Final = "a function takes the arguments of its tool, and nothing beside them"
_PROTOCOL: Final = "the protocol has no place for it"
_WRAPPER: Final = "it has the signature of the official client's `call_tool`"
_MEMBERS: Final = ("dry_run", "context", "facts", "approval")
_ALIKE: Final[Mapping[str, str]] = {
    "guard": _FUNCTION,
    "guard-asyncio": _FUNCTION,
    "mcp-client": _WRAPPER,
    "mcp": _PROTOCOL,
    "mcp-2025": _PROTOCOL,
    "wrap": _PROTOCOL,
    "wrap-local": _PROTOCOL,
}
# What of the corpus a seat cannot be handed, and why: it must not grow unnoticed.
CANNOT: Final[Mapping[tuple[str, str], str]] = {
    **{(seat, member): why for seat, why in _ALIKE.items() for member in _MEMBERS},
    ("sdk", "text"): _VALUES,
    ("sdk-asyncio", "text"): _VALUES,
    ("guard", "text"): _VALUES,
    ("guard-asyncio", "text"): _VALUES,
    ("mcp-client", "text"): _VALUES,
    ("mcp-client", "digits"): "the official client makes floats of the numbers that it sends",
}
# Seats that are another's with little else: each takes the core of the corpus every time, and all
# of it with the heavy tests.
VARIANTS: Final = frozenset(("batch", "sdk-asyncio", "guard-asyncio", "mcp-2025"))
