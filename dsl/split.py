"""Cuts a policy's text into statements, so that each broken one gets its own message."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dsl.errors import Span

_PART = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\[^\n])*"?)  # one that is not closed ends with its line
      | (?P<pattern>(?<![A-Za-z0-9_])matches\s*/(?:[^/\\\n]|\\[^\n])+/)
      | (?P<end>;) | (?P<open>\{) | (?P<close>\})
      | (?P<space>\s+)
      | (?P<other>[A-Za-z0-9_]+|.)""",
    re.VERBOSE,
)
_OPENING = re.compile(
    r'^(?=(?:policy|overlay)\s+\w+\s+version\b|use\s+tools\b|default\s+\w+\s*[;\s]|rule\s+\w+\s*:|test\s*")',
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one statement and the comments that belong to it."""

    span: Span
    before: tuple[str, ...] = ()  # comments and blank lines ("") above it
    after: str | None = None  # a comment on the statement's last line
    has_comments: bool = False  # comments inside the statement


@dataclass(slots=True)
class _Open:
    """What has been seen of the statement that is being read."""

    start: int = -1
    depth: int = 0
    comments: int = 0

    def takes(self, kind: str, at: int) -> bool:
        """Take one part in; tell whether it ends the statement."""
        self.start = at if self.start < 0 else self.start
        self.comments += kind == "comment"
        self.depth += (kind == "open") - (kind == "close")
        return self.depth <= 0 and kind in ("end", "close")


def split(text: str) -> tuple[list[Piece], tuple[str, ...]]:
    """Return the statements of a text, and the comments behind the last one."""
    pieces: list[Piece] = []
    before: list[str] = []
    opened = _Open()
    for part in _PART.finditer(text):
        kind = part.lastgroup or "other"
        if opened.start < 0 and kind in ("comment", "space"):
            _between(text, part, pieces, before)
        elif (kind != "space" or opened.start >= 0) and opened.takes(kind, part.start()):
            inner = opened.comments > 0
            pieces.append(Piece(Span(opened.start, part.end()), tuple(before), None, inner))
            before, opened = [], _Open()
    if opened.start >= 0:
        rest = Span(opened.start, len(text.rstrip()))
        pieces.append(Piece(rest, tuple(before), None, opened.comments > 0))
        before = []
    return pieces, tuple(before)


def _between(text: str, part: re.Match[str], pieces: list[Piece], before: list[str]) -> None:
    """File a comment or blank line that stands between two statements."""
    if part.lastgroup == "space":
        if part.group().count("\n") > 1:
            before.append("")
        return
    comment = part.group().rstrip()
    last = pieces[-1] if pieces else None
    first = last is not None and last.after is None and not before
    if last is not None and first and "\n" not in text[last.span.end : part.start()]:
        pieces[-1] = Piece(last.span, last.before, comment, last.has_comments)
    else:
        before.append(comment)


def resplit(text: str, piece: Piece) -> Iterator[Span]:
    """Cut a piece that does not parse wherever a line opens a new statement."""
    start, end = piece.span.start, piece.span.end
    cuts = [match.start() for match in _OPENING.finditer(text, start + 1, end)]
    for left, right in zip([start, *cuts], [*cuts, end], strict=True):
        yield Span(left, left + len(text[left:right].rstrip()))


def comments(text: str) -> Iterator[re.Match[str]]:
    """Yield the comments of a text, with their places."""
    return (part for part in _PART.finditer(text) if part.lastgroup == "comment")
