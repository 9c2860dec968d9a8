"""Every kind of value, written out: importing a file registers nothing by itself."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from dsl.canonical import (
    date,
    email,
    host,
    iban,
    id,  # noqa: A004 - the kind is called so
    money,
    name,
    number,
    path,
    phone,
    text,
    time,
    url,
)

# Returns the one text for all notations that mean the same; None if the value is not readable as
# this kind. Never raises, in linear time.
Canonical = Callable[[object], str | None]

KINDS: Final[Mapping[str, Canonical]] = MappingProxyType(
    {
        "email": email.canonical,
        "iban": iban.canonical,
        "url": url.canonical,
        "host": host.canonical,
        "path": path.canonical,
        "id": id.canonical,
        "name": name.canonical,
        "number": number.canonical,
        "money": money.canonical,
        "date": date.canonical,
        "time": time.canonical,
        "phone": phone.canonical,
        "text": text.canonical,
    }
)
