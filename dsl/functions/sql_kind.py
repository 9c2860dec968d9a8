"""What one SQL statement does: `select`, `insert`, `update`, `delete`, `merge`, `create`, ...

Further: `alter`, `drop`, `truncate`, `grant` (REVOKE too), `transaction`, and `other` (CALL, SET,
COPY, EXPLAIN, ...: it may write). `merge` is also an insert that may change rows that are there
(ON CONFLICT DO UPDATE, OR REPLACE). The text is read as PostgreSQL, MySQL, SQLite, T-SQL and by a
common grammar; those that can read it must agree. What a function or procedure does that the
statement calls cannot be seen (`SELECT pay()` is a select): grant rights in the database as well.
A text is read once, however many rules ask; that takes 0.4 to 4 ms for everyday statements and up
to 27 ms for hostile ones.

Example: sql_kind("SELECT a FROM t") == "select"
Unknown: for several statements, other text, dialects that disagree; for a write inside a statement
of another kind, SELECT INTO, REPLACE, `/*!`; for what databases cut apart differently (backslashes,
`#`, `$$`, `--` without a blank, braces, comments in comments, control characters, other than ASCII
outside quotes); for texts over 2,000 bytes, 300 pieces (words, signs, blanks) or 6 levels of
parentheses.
"""

import logging
import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

FUNCTION = Function(
    "sql_kind", takes=(Type.TEXT,), gives=Type.TEXT, since="0.1", sample=("select 1",), steps=10_000
)

MAX_BYTES: Final = 2_000
MAX_PIECES: Final = 300
MAX_DEPTH: Final = 6
# Behind a type's name sqlglot reads parentheses twice, so time doubles with each such level.
MAX_TYPE_DEPTH: Final = 1
MAX_BRACKETS: Final = 20

_DOUBTFUL: Final = "doubtful"
_DIALECTS: Final = ("", "postgres", "mysql", "sqlite", "tsql")

# Only what all dialects cut apart at the same places. No loop has two ways to take a text.
_PIECE: Final = re.compile(
    r"""(?P<space>[ \t\r\n]++ | --(?=[ \t\r\n]|\Z)[^\r\n]*+
        | /\*(?!!|M!)[^*/]*+(?:(?:\*(?!/)|/(?!\*))[^*/]*+)*\*/)
    | (?P<quoted>[eEnNbBxX]?'[^'\\]*+(?:''[^'\\]*+)*'(?!')
        | "[^"\\]*+(?:""[^"\\]*+)*"(?!") | `[\w $.]*+`)
    | (?P<bracket>\[[\w .,:]*+(?:(?:-(?!-)|'[^'\\\[\]]*+')[\w .,:]*+)*\])
    | (?P<word>[A-Za-z_0-9]++(?!['"`]))
    | (?P<sign>\$[0-9]++ | -(?!-) | /(?!\*) | [(),*+<>=.%:?@|&~^!;])
    """,
    re.VERBOSE | re.ASCII,
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]|\r(?!\n)")

_WRITING: Final = frozenset(
    {"insert", "update", "delete", "merge", "create", "alter", "drop", "truncate", "grant"}
    | {"revoke", "replace"}
)
# T-SQL needs no `;`: these and writes begin a second statement where others read an alias.
_SECOND: Final = frozenset(
    {"break", "checkpoint", "commit", "continue", "exec", "execute", "kill", "print", "raiserror"}
    | {"reconfigure", "return", "revert", "rollback", "shutdown", "throw"}
)
# They have another meaning, though, behind a sign that joins, or one of these words.
_OPENER: Final = re.compile(
    r"[^\w'\"`\[)*]|(and|as|by|do|else|for|from|grant|in|key|like|not|on|or|revoke|select|set|then"
    r"|when|where)\Z"
)
# `other` is often taken as a whole, unread, so a second statement would hide in it.
_HIDDEN: Final = (
    _WRITING | _SECOND | {"into", "use", "set", "declare", "begin", "if", "while"}
).union(
    {"add", "backup", "bulk", "close", "dbcc", "deallocate", "deny", "disable", "dump", "enable"},
    {"fetch", "goto", "load", "move", "open", "readtext", "receive", "restore", "save"},
    {"send", "updatetext", "waitfor", "writetext"},
)
_QUERYING: Final = frozenset(["copy", "desc", "describe", "explain"])
# The names of sqlglot's trees.
_QUERIES: Final = frozenset(["Except", "Intersect", "Select", "Subquery", "Union"])
_WRITES: Final = {
    **{name: name.lower() for name in ("Insert", "Update", "Delete", "Merge", "Create", "Alter")},
    **dict.fromkeys(("Grant", "Revoke"), "grant"),
    "Drop": "drop",
    "TruncateTable": "truncate",
}
_OTHERS: Final = frozenset(
    {"Analyze", "Command", "Comment", "Copy", "Declare", "Describe", "Execute", "Kill", "Pragma"}
    | {"Set", "Show", "Use", "Values"}
)
_TRANSACTION: Final = re.compile(
    r"(begin|start(?= t)|commit|rollback|abort|end)( (transaction|tran|work))?( and( no)? chain)?"
    r"|begin (deferred|immediate|exclusive)|(start transaction|begin) read (only|write)"
    r"|(savepoint|release|release savepoint|rollback to|rollback to savepoint) \w+"
)


@dataclass(slots=True)
class _Cut:
    """A text cut apart: its source without comments; each word with what stands before it."""

    source: str = ""
    words: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)


def apply(text: str) -> str | Cause:
    """Read a text that is not too long."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return Cause.TOO_MUCH
    return _read(text)


@lru_cache(maxsize=32)
def _read(text: str) -> str | Cause:
    """Cut the text apart, let each dialect read it, and see that nothing disagrees."""
    cut = _cut(text)
    if cut is None or not cut.words:
        return Cause.UNREADABLE
    plain = " ".join(cut.words)
    if plain == " ".join(cut.source.lower().split()) and _TRANSACTION.fullmatch(plain):
        return "transaction"
    kinds = {_reading(cut.source, dialect) for dialect in _DIALECTS} - {None}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None or not _agrees(kind, cut):
        return Cause.UNREADABLE
    return "merge" if kind == "insert" and _may_change(cut.words) else kind


def _cut(text: str) -> _Cut | None:
    """Cut a text apart; nothing, where dialects could differ or reading would take long."""
    if _CONTROL.search(text):
        return None
    cut, at, last, brackets, parentheses = _Cut(), 0, "", 0, list[bool]()
    for _ in range(MAX_PIECES):
        match = _PIECE.match(text, at)
        if match is None:
            break
        at, piece, kind = match.end(), match[0].lower(), match.lastgroup
        brackets += kind == "bracket"
        if kind != "space" and (last == ";" or not _nests(parentheses, piece, last)):
            return None
        if kind == "word":
            cut.words.append(piece)
            cut.before.append(last)
        cut.source += " " if kind == "space" or piece == ";" else match[0]
        last = last if kind == "space" else piece
    return cut if at == len(text) and not parentheses and brackets <= MAX_BRACKETS else None


def _nests(parentheses: list[bool], piece: str, last: str) -> bool:
    """Follow the parentheses, and which stand behind a type; tell whether they are few."""
    if piece == "(":
        parentheses.append(last in _types())
    elif piece == ")":
        if not parentheses:
            return False
        parentheses.pop()
    return len(parentheses) <= MAX_DEPTH and sum(parentheses) <= MAX_TYPE_DEPTH


def _agrees(kind: str, cut: _Cut) -> bool:
    """Tell whether the words, read without any grammar, allow for this kind."""
    first, *rest = cut.words
    if kind == _DOUBTFUL or _has_second(cut):
        return False
    if kind == "other":
        return (
            first not in _WRITING
            and _HIDDEN.isdisjoint(rest)
            and (first in _QUERYING or "select" not in rest)
        )
    if kind == "select":
        return first in {"select", "with", "table"} and "into" not in rest
    return first in {kind, "with"} or (kind, first) == ("grant", "revoke")


def _has_second(cut: _Cut) -> bool:
    """Tell whether a word could begin a second statement, as T-SQL reads it."""
    first, *rest = cut.words
    for before, word, after in zip(cut.before[1:], rest, [*rest[1:], ""], strict=False):
        named = (first == "with" and before == ")") or (first, word) == ("alter", "drop")
        begins = word in _SECOND or (word in _WRITING and not named)
        if begins and not _OPENER.match(before):
            return True
        if word == "fetch" and after not in {"first", "next"}:
            return True
        if first == "create" and before == ")" and word in {"select", "set"}:
            return True
    return first == "update" and rest.count("set") > 1


def _may_change(words: list[str]) -> bool:
    """Tell whether an insert may change or remove rows that are there."""
    changing = {("do", "update"), ("key", "update"), ("or", "replace"), ("insert", "overwrite")}
    return not changing.isdisjoint(pairwise(words))


def _reading(text: str, dialect: str) -> str | None:
    """Return the kind that one dialect sees, or nothing where it cannot read the text."""
    import sqlglot  # noqa: PLC0415 - takes a third of a second, so only where SQL is read
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    # On malformed calls of functions it knows, sqlglot's own code fails with the last five.
    wrong = (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, LookupError)
    try:
        tree, *more = sqlglot.parse(text, read=dialect or None)
    except wrong:
        return None
    return _DOUBTFUL if tree is None or more else _kind(tree)


def _kind(tree: "Expr") -> str | None:
    """Name what a tree does; doubtful if it does two things, nothing if it is no statement."""
    top = type(tree).__name__
    writes = {_WRITES[name] for node in tree.walk() if (name := type(node).__name__) in _WRITES}
    if not writes:
        return "select" if top in _QUERIES else "other" if top in _OTHERS else None
    if top == "Alter":
        writes.discard("drop")  # of a column
    if len(writes) > 1 or top in _OTHERS:
        return _DOUBTFUL
    return writes.pop() if top in _QUERIES or top in _WRITES else None


@cache
def _types() -> frozenset[str]:
    """Return the words that sqlglot takes for the name of a type."""
    from sqlglot import Dialect  # noqa: PLC0415

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it warns of each text it half reads
    grammars = [Dialect.get_or_raise(name) for name in _DIALECTS]
    return frozenset(
        words.lower().split()[-1]
        for grammar in grammars
        for words, token in grammar.tokenizer_class.KEYWORDS.items()
        if token in grammar.parser_class.TYPE_TOKENS
    )
