"""Says in a log what went wrong, without words that may be those of a row or of a call."""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dsl.errors import DrawbarError

# What these say is of the store as a whole: a disk, a lock, a connection.
_OF_THE_STORE = (sqlite3.OperationalError, OSError, DrawbarError)


def cause(error: BaseException) -> str:
    """Return of what kind a fault is, with its words where they cannot hold a value.

    A database that refuses a row may quote it: of those only the kind and the code are told.
    """
    told = error.__cause__ if isinstance(error, DrawbarError) and error.__cause__ else error
    fault = getattr(told, "orig", None) or told
    kind = type(fault).__name__
    code = getattr(fault, "sqlite_errorname", None) or getattr(fault, "sqlstate", None)
    if isinstance(fault, _OF_THE_STORE) or (
        isinstance(told, SQLAlchemyError) and not isinstance(told, DBAPIError)
    ):
        words = str(fault).partition("\n")[0]
        return f"{words} ({code})" if code and words else words or kind
    return f"{kind} {code}" if code else kind
