"""Times as people type them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import click

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

LONGEST: Final = timedelta(days=36_500)


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


def span(written: str, option: str) -> timedelta:
    """Read how long something lasts: `90d`, `24h`, `30m`."""
    read = re.fullmatch(r"([0-9]{1,6})([smhdw])", written)
    if read is None:
        message = f"`{written}` is no length of time such as 90d, 24h or 30m"
        raise click.BadParameter(message, param_hint=option)
    found = timedelta(**{_UNITS[read[2]]: int(read[1])})
    if found > LONGEST:
        message = f"`{written}` is longer than {LONGEST.days} days"
        raise click.BadParameter(message, param_hint=option)
    return found
