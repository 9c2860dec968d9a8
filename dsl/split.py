"""Cuts a policy's text into statements, so that each broken one gets its own message."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dsl.errors import Span

_PART = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\[^\n])*"?)  # one that is not closed ends with its line
      | (?P<pattern>(?<![A-Za-z0-9_])(?:matches\s*|user_said\s*\(\s*)/(?:[^/\\\n]|\\[^\n])+/)
      | (?P<end>;) | (?P<open>\{) | (?P<close>\})
      | (?P<space>\s+)
      | (?P<other>[A-Za-z0-9_]+|.)""",
    re.VERBOSE,
)
_OPENING = re.compile(
    r"^(?=(?:policy|overlay)\s+\w+\s+version\b|use\s+tools\b|default\s+\w+\s*[;\s]|rule\s+\w+\s*[:\w]"
    r'|test\s*"|table\s+\w+\s*\{|(?:let|fact)\s+\w+\s*=|(?:source|kind|label)\s+[^"\s])',
    re.MULTILINE,
)


# The same in one step, for statements without anything odd in them: what it does not match is
# left to `_PART`. Each loop is atomic, so that a part once taken is never given back.
_STRING = r'(?>"(?:[^"\\\n]++|\\[^\n])*"?)'
# A slash: of a pattern, of `server/tool`, of a division.
_SLASH = r"""(?<=[^A-Za-z0-9_]matches\ )/(?>(?:[^/\\\n]++|\\[^\n])+)/
           | (?<=[^A-Za-z0-9_]user_said\()/(?>(?:[^/\\\n]++|\\[^\n])+)/
           | (?<=[A-Za-z0-9_.*-])(?<!matches)/
           | (?<=[A-Za-z0-9_)\]]\ )(?<!matches\ )/"""


def _parts(but: str, more: str = "(?!)") -> str:
    """Return the pattern of parts that hold none of some characters outside texts and comments."""
    part = rf'[^"\#/{but}]++ | {_STRING} | \#[^\n]*+ | {_SLASH} | {more}'
    return rf"(?>(?:{part}){{0,100000}})"


_INNER = rf"\{{{_parts('{}')}\}}"
_BLOCK = rf"\{{{_parts('{}', _INNER)}\}}"
_STATEMENT = re.compile(
    rf"""(?>(?:\s++|\#[^\n]*+)*)
         ((?:(?=(?:test|table)(?![A-Za-z0-9_])){_parts(";{}")}{_BLOCK}
            |(?!(?:test|table)(?![A-Za-z0-9_])){_parts(";{}", _BLOCK)};))
       | .+""",  # all that is left, from an odd statement on
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one statement and the comments that belong to it."""

    span: Span
    before: tuple[str, ...] = ()  # comments and blank lines ("") above it
    after: str | None = None  # a comment on the statement's last line
    has_comments: bool = False  # comments inside the statement


_BLOCKS = ("test", "table")


@dataclass(slots=True)
class _Open:
    """What has been seen of the statement that is being read."""

    start: int = -1
    block: bool = False  # it ends with a brace and not with a semicolon
    depth: int = 0
    comments: int = 0

    def takes(self, part: re.Match[str]) -> bool:
        """Take one part in; tell whether it ends the statement."""
        kind = part.lastgroup
        if self.start < 0:
            self.start, self.block = part.start(), part.group() in _BLOCKS
        self.comments += kind == "comment"
        self.depth += (kind == "open") - (kind == "close")
        closed = kind == "close" and self.depth <= 0
        return (closed and (self.block or self.depth < 0)) or (kind == "end" and self.depth <= 0)


def split(text: str) -> tuple[list[Piece], tuple[str, ...]]:
    """Return the statements of a text, and the comments behind the last one."""
    pieces: list[Piece] = []
    before: list[str] = []
    opened = _Open()
    for part in _PART.finditer(text):
        kind = part.lastgroup or "other"
        if opened.start < 0 and kind in ("comment", "space"):
            _between(text, part, pieces, before)
        elif (kind != "space" or opened.start >= 0) and opened.takes(part):
            inner = opened.comments > 0
            pieces.append(Piece(Span(opened.start, part.end()), tuple(before), None, inner))
            before, opened = [], _Open()
    if opened.start >= 0:
        rest = Span(opened.start, len(text.rstrip()))
        pieces.append(Piece(rest, tuple(before), None, opened.comments > 0))
        before = []
    return pieces, tuple(before)


def cuts(text: str) -> list[tuple[int, int]]:
    """Return where the statements of a text start and end: what `split` says of them, sooner."""
    found: list[tuple[int, int]] = []
    odd: tuple[int, int] | None = (0, 0)
    while odd is not None:
        found += [match.span(1) for match in _STATEMENT.finditer(text, odd[1])]
        if found and found[-1][0] >= 0:  # and then nothing is left
            break
        if found:
            found.pop()
        odd = _next(text, found[-1][1] if found else 0)
        found += [odd] if odd else []
    return found


def _next(text: str, at: int) -> tuple[int, int] | None:
    """Return where the next statement stands, read part by part."""
    opened = _Open()
    for part in _PART.finditer(text, at):
        kind = part.lastgroup or "other"
        if opened.start < 0 and kind in ("comment", "space"):
            continue
        if opened.takes(part):
            return opened.start, part.end()
    return (opened.start, len(text.rstrip())) if opened.start >= 0 else None


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


def resplit(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut a piece that does not parse wherever a line opens a new statement."""
    cuts = [match.start() for match in _OPENING.finditer(text, start + 1, end)]
    for left, right in zip([start, *cuts], [*cuts, end], strict=True):
        yield Span(left, left + len(text[left:right].rstrip()))


def comments(text: str) -> Iterator[re.Match[str]]:
    """Yield the comments of a text, with their places."""
    return (part for part in _PART.finditer(text) if part.lastgroup == "comment")
