"""The domain of one plain e-mail address, in lower-case ASCII.

Example: domain("Ada.Lovelace@Mail.Example") == "mail.example"
Unknown: for anything but one `local@domain`: display names, lists, quotes, comments, white space,
hidden or control characters, an IP address, `%`, `!` and other routes before the `@`.
"""

from dsl.canonical import email as emails
from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type

FUNCTION = Function(
    "domain", takes=(Type.TEXT,), gives=Type.TEXT, since="0.1", sample=("a@xn--bcher-kva.example",)
)


def apply(email: str) -> str | Cause:
    """Read the address as `canonical.email` does."""
    parts = emails.read(email)
    return parts[1] if parts else Cause.UNREADABLE
