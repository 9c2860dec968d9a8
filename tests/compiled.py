"""Statements are compiled once in a run, and not again by each of a thousand gateways.

SQLAlchemy keeps what it compiled for each engine and dialect apart. All SQLite stores of a run have
one dialect here, and share what was compiled; that was two thirds of the time a gateway takes to
open.
"""

from typing import Any, Final, Self

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

_MOST: Final = 5_000
_compiled: Final[LRUCache[Any, Any]] = LRUCache(_MOST)
_one: list[Any] = []


class OneDialect(SQLiteDialect_aiosqlite):
    """The dialect of the product, of which there is one."""

    supports_statement_cache = True

    def __new__(cls, **_: Any) -> Self:
        """Return the one there is."""
        one: Self = _one[0] if _one else super().__new__(cls)
        return one

    def __init__(self, **settings: Any) -> None:
        if not _one:
            super().__init__(**settings)
            _one.append(self)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """Let an engine use what others compiled."""
        engine._compiled_cache = _compiled  # there is no public way


def share() -> None:
    """Take it for every store that is opened from now on."""
    registry.register("sqlite.aiosqlite", __name__, OneDialect.__name__)
