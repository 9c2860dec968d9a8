"""Text to tree, statement by statement: one broken statement hides no other."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError
from lark.lark import PostLex

from dsl import syntax, tables
from dsl.build import Builder
from dsl.build_tokens import BuildError
from dsl.check import check
from dsl.errors import Finding, PolicyError, Source, Span
from dsl.split import Piece, resplit, split

MAX_TEXT: Final = 4 << 20
MAX_STATEMENTS: Final = 200_000
MAX_NESTING: Final = 100
MAX_FINDINGS: Final = 1000

# Characters that make a text read otherwise than it means.
HIDDEN: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\uffff"
    r"\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]|\r(?!\n)"
)
_WORD = re.compile(r"[A-Za-z0-9_]+|[<>=!]+|\S")
_SIGN: Final = "an arithmetic sign"
_KINDS: Final = {
    "NAME": "a name",
    "TOOL": "a tool name",
    "STRING": "a text in double quotes",
    "NUMBER": "a number",
    "DATE": "a date such as 2026-01-31",
    "DATE_TIME": "a time such as 2026-01-31T09:00",
    "PATTERN": "a pattern between slashes",
    "EFFECT": "`allow`, `ask` or `deny`",
    "HEADER_KIND": "`policy` or `overlay`",
    "COMPARATOR": "a comparison such as `==` or `<=`",
    "TEXT_TEST": "`contains`, `starts_with`, `ends_with` or `like`",
    "OPTIONAL": "`?`",
    "PERCENT": "a percentage",
    "DURATION": "a duration such as 15m",
    "PLUS": _SIGN,
    "STAR": _SIGN,
    "SLASH": _SIGN,
    "NEGATED": "`not`",
    "$END": "the end of the statement",
}


class _RunTogether(Exception):
    """Two words without white space between them, as `rulepay`."""

    def __init__(self, token: Token) -> None:
        self.token = token


class _ApartFromEachOther(PostLex):
    """Lark would read `rulepay` as `rule` and `pay`; a reader would not."""

    always_accept = ()

    def process(self, stream: Iterable[Token]) -> Iterator[Token]:
        last: Token | None = None
        for token in stream:
            if last is not None and last.end_pos == token.start_pos and _wordy(last, token):
                raise _RunTogether(token)
            last = token
            yield token


def _wordy(left: Token, right: Token) -> bool:
    return all(char.isalnum() or char == "_" for char in (left[-1], right[0]))


@cache
def grammar() -> Lark:
    """Return the parser, made once a process."""
    return tables.parser(_ApartFromEachOther())


def parse(source: Source) -> syntax.Policy:
    """Read one policy, or raise `PolicyError` with everything that is wrong in it."""
    policy, findings = read(source)
    if policy is None or findings:
        raise PolicyError(source, tuple(findings))
    return policy


def read(source: Source) -> tuple[syntax.Policy | None, list[Finding]]:
    """Read as much as can be read; the findings are those that forbid its use."""
    if findings := unreadable(source.text):
        return None, findings
    statements: list[syntax.Statement] = []
    for piece in split(source.text)[0]:
        if len(findings) >= MAX_FINDINGS:
            break
        for statement in _statements(source.text, piece):
            (findings if isinstance(statement, Finding) else statements).append(statement)  # type: ignore[arg-type]  # sorted by type just here
    header = next((s for s in statements if isinstance(s, syntax.Header)), None)
    findings += check(statements, whole=not findings)
    findings = _bounded(findings)
    policy = syntax.Policy(header, tuple(statements)) if header else None
    return policy, findings


def _bounded(findings: list[Finding]) -> list[Finding]:
    """Put findings in the order of the text; nobody reads more than a thousand."""
    findings = sorted(findings, key=lambda finding: finding.span.start)
    if len(findings) < MAX_FINDINGS:
        return findings
    most = f"there may be more: only {MAX_FINDINGS} faults are listed"
    last = findings[MAX_FINDINGS - 1]
    return [*findings[:MAX_FINDINGS], Finding("BAR101", most, last.span)]


def unreadable(text: str) -> list[Finding]:
    """Find what makes a text unfit to be read by people or by us."""
    if len(text) > MAX_TEXT:
        message = f"the file is longer than {MAX_TEXT >> 20} MiB"
        return [Finding("BAR101", message, Span(0, 1))]
    if text.count(";") + text.count("}") > MAX_STATEMENTS:
        return [Finding("BAR101", "the file holds too many statements", Span(0, 1))]
    hidden = islice(HIDDEN.finditer(text), 20)
    return [
        Finding(
            "BAR108",
            f"a hidden character (U+{ord(match.group()):04X}) stands here",
            Span(*match.span()),
            help="remove it; in a text write it as \\uXXXX",
        )
        for match in hidden
    ]


def _statements(text: str, piece: Piece) -> Iterator[syntax.Statement | Finding]:
    """Yield a piece's statement, or for each broken part of it the reason."""
    first = statement(text, piece.span)
    if not isinstance(first, Finding):
        yield first
        return
    spans = list(resplit(text, piece))
    for span in spans:
        yield first if len(spans) == 1 else statement(text, span)


def statement(text: str, span: Span) -> syntax.Statement | Finding:
    """Parse the text of one statement."""
    body = text[span.start : span.end]
    try:
        tree = grammar().parse(body)
        if _depth(tree) > MAX_NESTING:
            return Finding("BAR101", "the statement is nested too deeply", span)
        built: syntax.Statement = Builder(span.start).transform(tree)
    except UnexpectedInput as error:
        return _unexpected(body, span.start, error)
    except _RunTogether as error:
        at = _shift(error.token, span.start)
        return Finding("BAR101", "a space is missing before this", at)
    except VisitError as error:
        if isinstance(error.orig_exc, BuildError):
            fault = error.orig_exc
            return Finding("BAR101", fault.message, fault.span, help=fault.hint)
        raise
    return built


def _depth(tree: Tree[Token]) -> int:
    deepest, todo = 0, [(tree, 1)]
    while todo:
        node, depth = todo.pop()
        deepest = max(deepest, depth)
        todo += [(child, depth + 1) for child in node.children if isinstance(child, Tree)]
    return deepest


def _shift(token: Token, offset: int) -> Span:
    return Span(int(token.start_pos or 0) + offset, int(token.end_pos or 0) + offset)


def _unexpected(body: str, offset: int, error: UnexpectedInput) -> Finding:
    """Say in words what stands there and what was expected."""
    accepted = _accepted(error)
    expected = _in_words(accepted)
    word = _WORD.match(body, _error_position(body, error))
    if word is None:
        end = len(body.rstrip())
        at = Span(offset + max(0, end - 1), offset + max(1, end))
        return Finding("BAR101", f"the statement is not finished: expected {expected}", at)
    at = Span(word.start() + offset, word.end() + offset)
    message = f"`{word.group()}` does not belong here: expected {expected}"
    return Finding("BAR101", message, at, help=_did_you_mean(word.group(), accepted))


def _error_position(body: str, error: UnexpectedInput) -> int:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return len(body)
    return getattr(error, "pos_in_stream", None) or 0


def _accepted(error: UnexpectedInput) -> set[str]:
    if isinstance(error, UnexpectedToken):
        return set(error.accepts)
    return set(error.allowed) if isinstance(error, UnexpectedCharacters) else set()


@cache
def _words() -> dict[str, str]:
    """Map each terminal to the words for it."""
    literal = {t.name: f"`{t.pattern.value}`" for t in grammar().terminals}
    return literal | _KINDS


def _in_words(accepted: set[str]) -> str:
    accepted = accepted - {"MINUS"} if "PLUS" in accepted else accepted
    words = sorted({_words().get(name, name) for name in accepted})
    if len(words) > 1:
        return ", ".join(words[:-1]) + " or " + words[-1]
    return words[0] if words else "something else"


def _did_you_mean(word: str, accepted: set[str]) -> str | None:
    known = re.findall(r"`([a-z_]+)`", " ".join(_words().get(name, "") for name in accepted))
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else None
