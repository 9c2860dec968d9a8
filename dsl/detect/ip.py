"""Addresses of the internet protocol, version 4 and 6."""

from ipaddress import AddressValueError, IPv6Address
from string import digits, hexdigits
from typing import Final

from dsl.detect.detector import Detector

_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_DOTTED: Final = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
_GROUP: Final = r"[0-9A-Fa-f]{1,4}"
_END: Final = r"(?:[^0-9A-Za-z:]|$)"
_GROUPS: Final = 3  # `1::2` is more often a slice of a list


def _is_v4(match: str) -> bool:
    """Tell whether no word before it says that it is a version number."""
    return (
        not match.lstrip("([{\"'`,;= \t\n")
        .lower()
        .startswith(("v", "r", "b", "firm", "chap", "sec"))
    )


def _is_v6(match: str) -> bool:
    written = match if match[0] in "0123456789abcdefABCDEF:" else match[1:]
    written = written if written[-1].isalnum() else written[:-1]
    groups = [one for one in written.split(":") if one]
    if len(groups) < _GROUPS and not written.endswith("1") and written[:2].lower() != "fe":
        return False  # neither `::1` nor `fe80::`
    try:
        address = IPv6Address(written)
    except AddressValueError:
        return False
    return len(groups) >= _GROUPS or address.is_loopback or address.is_link_local


DETECTOR: Final = Detector(
    "ip",
    "addresses of the internet protocol, version 4 in four decimal parts and version 6",
    parts=(
        Detector(
            "ip",
            "version 4",
            patterns=(
                (
                    r"(?i)(?:^|[^0-9A-Z.\-]|[^0-9A-Z][.\-])(?:(?:version|ver|v|release|build|firmware"
                    r"|chapter|section)[ :=.]{0,3}v?)?"
                    rf"(?:{_OCTET}\.){{3}}{_OCTET}(?:[^0-9A-Z.]|\.[^0-9A-Z]|\.?$)"
                ),
            ),
            check=_is_v4,
            ends=digits,
            overlap=False,
        ),
        Detector(
            "ip",
            "version 6",
            patterns=(
                rf"(?:^|[^0-9A-Za-z:.])(?:{_GROUP}:){{6}}(?:{_GROUP}:{_GROUP}|{_DOTTED})" + _END,
                rf"(?:^|[^0-9A-Za-z:.])(?:{_GROUP}(?::{_GROUP}){{0,6}})?::"
                rf"(?:{_GROUP}:){{0,6}}(?:{_DOTTED}|{_GROUP})" + _END,
            ),
            check=_is_v6,
            ends=hexdigits + ":",
            cost=3,
        ),
    ),
    examples=("192.0.2.17", "2001:db8::8a2e:370:7334"),
)
