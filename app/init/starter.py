"""Tools to begin with, for who has none at hand: an office assistant."""

from typing import Any, Final

from app.init.offered import Catalogue, Offered


def _tool(name: str, description: str, **arguments: Any) -> Offered:
    schema = {"type": "object", "properties": arguments, "required": list(arguments)}
    return Offered({"name": name, "description": description, "inputSchema": schema})


_TEXT: Final = {"type": "string"}
_AMOUNT: Final = {"type": "number", "exclusiveMinimum": 0}
_TO: Final = {"type": "string", "format": "email"}


def catalogue() -> Catalogue:
    """Return an example of tools, to be replaced by those of the reader."""
    return Catalogue(
        "starter",
        "an example: replace its tools by yours",
        (
            _tool("list_files", "Return the names of the files in a folder.", path=_TEXT),
            _tool("read_file", "Return the text of a file.", path=_TEXT),
            _tool("write_file", "Write a text into a file.", path=_TEXT, content=_TEXT),
            _tool("delete_file", "Delete a file for good.", path=_TEXT),
            _tool("send_email", "Send an e-mail.", to=_TO, subject=_TEXT, body=_TEXT),
            _tool("pay", "Pay an amount to an account.", iban=_TEXT, amount=_AMOUNT),
        ),
    )
