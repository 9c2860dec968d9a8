"""Reads the tokens of a statement: names, texts, numbers, times."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, cast

from lark import Token, Transformer
from lark.tree import Meta

from dsl import patterns, strictjson
from dsl.errors import Span
from dsl.strictjson import InvalidJson

MAX_COUNT: Final = 999_999_999
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class BuildError(Exception):
    """A statement that is well formed but says something impossible."""

    def __init__(self, message: str, span: Span, hint: str | None = None) -> None:
        self.message, self.span, self.hint = message, span, hint
        super().__init__(message)


class Tokens(Transformer[Token, Any]):
    """What every builder needs; `offset` is where the statement starts in the file."""

    def __init__(self, offset: int) -> None:
        super().__init__(visit_tokens=False)
        self._offset = offset

    def _at(self, meta: Meta | Token | Span) -> Span:
        if isinstance(meta, Span):
            return meta  # whoever reads without Lark's trees counts from the statement's start
        start, end = cast("int", meta.start_pos), cast("int", meta.end_pos)
        return Span(start + self._offset, end + self._offset)

    # What expressions are made of is told apart in `build_expressions`.

    def _condition(self, node: Any) -> Any:
        """Take a condition, or a value that may be one."""
        raise NotImplementedError

    def _value(self, node: Any) -> Any:
        """Take a value; a condition is none."""
        raise NotImplementedError

    def _unique(self, pairs: Iterable[tuple[Token, Any]]) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for token, value in pairs:
            key = self._text(token) if token.type == "STRING" else str(token)
            if key in members:
                raise BuildError(f"`{key}` is given twice", self._at(token))
            members[key] = value
        return members

    def _text(self, token: Token) -> str:
        if "\\" not in token and token.isascii() and len(token) <= strictjson.MAX_STRING:
            return token[1:-1]  # the grammar lets no quote and no control character in
        try:
            text = strictjson.read(str(token))
        except InvalidJson as error:
            help_ = 'a backslash starts one of \\" \\\\ \\n \\t \\uXXXX'
            raise BuildError("the text is not readable", self._at(token), help_) from error
        return str(text)

    def _exact(self, token: Token) -> int | Decimal:
        try:
            return strictjson.exact(str(token))
        except InvalidJson as error:
            raise BuildError(str(error), self._at(token)) from error

    def _whole(self, token: Token) -> int:
        number = self._exact(token)
        if not isinstance(number, int) or abs(number) > MAX_COUNT:
            raise BuildError("a whole number of at most 9 digits belongs here", self._at(token))
        return number

    def _count(self, token: Token, least: int = 1) -> int:
        number = self._whole(token)
        if number < least:
            raise BuildError(f"a whole number from {least} up belongs here", self._at(token))
        return number

    def _date(self, token: Token) -> date:
        return self._instant(token).date()

    def _instant(self, token: Token) -> datetime:
        try:
            return datetime.fromisoformat(str(token)).replace(tzinfo=UTC)
        except ValueError as error:
            raise BuildError("there is no such day or time", self._at(token)) from error

    def _glob(self, glob: str, at: Token | Meta | Span) -> None:
        if fault := patterns.glob_fault(glob):
            span = at if isinstance(at, Span) else self._at(at)
            raise BuildError(f"the name is not usable: {fault}", span)

    def _duration(self, token: Token) -> timedelta:
        amount, unit = self._exact_text(token, token[:-1]), _UNITS[token[-1]]
        if not isinstance(amount, int) or amount > MAX_COUNT // 86_400:
            raise BuildError("the duration is too long", self._at(token))
        return timedelta(**{unit: amount})

    def _exact_text(self, token: Token, text: str) -> int | Decimal:
        try:
            return strictjson.exact(text)
        except InvalidJson as error:
            raise BuildError(str(error), self._at(token)) from error

    def _step(self, token: Token) -> str | int:
        return self._count(token, least=0) if token.type == "NUMBER" else str(token)


def near(word: str, known: Iterable[str]) -> str | None:
    """Offer the nearest of some names."""
    close = get_close_matches(word, list(known), n=1)
    return f"did you mean `{close[0]}`?" if close else None
