"""Times as people type them."""

from datetime import UTC, datetime

import click


def instant(written: str | None, option: str) -> datetime | None:
    """Read a time; one without a zone is in UTC."""
    if written is None:
        return None
    try:
        read = datetime.fromisoformat(written)
    except ValueError as error:
        message = f"`{written}` is not a time such as 2026-01-31T09:00"
        raise click.BadParameter(message, param_hint=option) from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)
