"""Says in words what stands where a statement breaks, and what was expected there."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from dsl.build.tokens import near
from dsl.errors import Finding, Span

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
    "PHASE": "`call`, `result` or `reply`",
    "LEVEL": "`trusted`, `internal` or `untrusted`",
    "PERSON": "`user` or `any`",
    "ORDER": "`before` or `after`",
    "PER": "`session`, `subject`, `agent` or `tenant`",
    "POLARITY": "`forbids` or `permits`",
    "SPEAKER": "`user` or `reply`",
    "GLOB": "the name of tools such as `get_*`",
    "$END": "the end of the statement",
}


# Long lists of words help nobody: more than a few of these are said together.
_A_FEW: Final = 3
_CLAUSES: Final = (
    "PRIORITY BECAUSE REPLY RETRY FINAL APPROVER EXPIRES WITH REQUIRE SOURCE OWNER VALID MODE"
)
_TESTS: Final = "COMPARATOR TEXT_TEST MATCHES IN NEGATED FROM ONLY HAS SAW"
_TOGETHER: Final[tuple[tuple[frozenset[str], str], ...]] = (
    (frozenset(_CLAUSES.split(" ")), "a clause such as `because`"),
    (frozenset(_TESTS.split(" ")), "a test such as `==`, `in` or `from`"),
)


def unexpected(body: str, error: UnexpectedInput, grammar: Lark) -> Finding:
    """Say in words what stands there and what was expected."""
    accepted, words = _accepted(error), _words(grammar)
    expected = _in_words(accepted, words)
    word = _WORD.match(body, _error_position(body, error))
    if word is None:
        end = len(body.rstrip())
        at = Span(max(0, end - 1), max(1, end))
        return Finding("BAR101", f"the statement is not finished: expected {expected}", at)
    message = f"`{word.group()}` does not belong here: expected {expected}"
    help_ = _did_you_mean(word.group(), accepted, words)
    return Finding("BAR101", message, Span(*word.span()), help=help_)


def _error_position(body: str, error: UnexpectedInput) -> int:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return len(body)
    return getattr(error, "pos_in_stream", None) or 0


def _accepted(error: UnexpectedInput) -> set[str]:
    if isinstance(error, UnexpectedToken):
        return set(error.accepts)
    return set(error.allowed) if isinstance(error, UnexpectedCharacters) else set()


@cache
def _words(grammar: Lark) -> Mapping[str, str]:
    """Map each terminal to the words for it."""
    literal = {t.name: f"`{t.pattern.value}`" for t in grammar.terminals}
    return literal | _KINDS


def _in_words(accepted: set[str], words: Mapping[str, str]) -> str:
    accepted = accepted - {"MINUS"} if "PLUS" in accepted else accepted
    for some, said in _TOGETHER:
        if len(some & accepted) > _A_FEW:
            accepted = accepted - some | {said}
    named = sorted({words.get(name, name) for name in accepted})
    if len(named) > 1:
        return ", ".join(named[:-1]) + " or " + named[-1]
    return named[0] if named else "something else"


def _did_you_mean(word: str, accepted: set[str], words: Mapping[str, str]) -> str | None:
    known = re.findall(r"`([a-z_]+)`", " ".join(words.get(name, "") for name in accepted))
    return near(word, known)
