"""Every detector, written out: importing a file registers nothing by itself."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dsl.detect import (
    card,
    crypto_address,
    email,
    iban,
    injection,
    ip,
    phone,
    pii,
    secret,
    ssn,
    url,
)
from dsl.detect.detector import Detector

MODULES: Final = (
    card,
    crypto_address,
    email,
    iban,
    injection,
    ip,
    phone,
    pii,
    secret,
    ssn,
    url,
)
DETECTORS: Final[tuple[Detector, ...]] = tuple(module.DETECTOR for module in MODULES)
_BY_NAME: Final[Mapping[str, Detector]] = MappingProxyType({one.name: one for one in DETECTORS})


def by_name(name: str) -> Detector | None:
    """Return the detector of a name, or None."""
    return _BY_NAME.get(name)


def names() -> tuple[str, ...]:
    """Return the names that a policy may write, in order."""
    return tuple(_BY_NAME)
