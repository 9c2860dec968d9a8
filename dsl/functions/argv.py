r"""The words of one simple command, exactly as a POSIX shell passes them to the program.

Only what means the same to every common shell is read. A word may hold plain characters, escapes
(`\ `), and parts in `'single'` or `"double"` quotes, side by side. Names of builtins (`eval`,
`source`, `.`, `exec`) are words like others: a policy tests `argv(x)[0]`. What an alias, a function
or a job of the shell makes of the first word, and what a program (`sh -c`, `env`, `xargs`) makes of
its arguments, cannot be seen here. The text is taken to reach the shell as UTF-8.

Example: "my dir" in argv("rm -r 'my dir'")
Unknown: for anything but one simple command: `;`, `&`, pipes, substitutions, expansions (`$x`,
`*`, `{a,b}`, `~`), redirects, assignments before the command, `!` but in single quotes, comments,
keywords, `export` and its like, control characters (new lines and tabs, in quotes too), other than
ASCII outside quotes, quotes without an end, no word at all; for texts over 32 KB or 250 pieces (a
word, a quoted part, an escape, a blank), and when the first word is longer than 250 characters.
"""

import re
from typing import Final

from dsl.functions.function import Function
from dsl.model import Cause
from dsl.shell import tree, words
from dsl.types import Type

FUNCTION = Function(
    "argv", takes=(Type.TEXT,), gives=Type.LIST, since="0.1", sample=("ls -l 'a'",), steps=100
)

MAX_BYTES: Final = 32 * 1024
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def apply(text: str) -> list[str] | Cause:
    """Read a command as words and as a tree; where they differ, it is not readable."""
    source = _encoded(text)
    if source is None:
        return Cause.UNREADABLE
    found = words.read(text)
    if found is None or words.spans(found) != tree.spans(source):
        return Cause.UNREADABLE
    return [word.text for word in found]


def _encoded(text: str) -> bytes | None:
    """Return the bytes a shell would get, if they are few and hold no control character."""
    if len(text) > MAX_BYTES or _CONTROL.search(text):
        return None
    try:
        source = text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
    return source if len(source) <= MAX_BYTES else None
