"""What is written to the log: one structured line an event, and no value of a call."""

import logging
import sys
import traceback
from typing import Any, Final

import structlog

from app.settings import Settings

OWN: Final = "drawbar"  # the loggers of this program begin so


def configure_logs(settings: Settings) -> None:
    """Write one structured line an event to standard error, our own and the libraries'."""
    console = settings.log_format == "console" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _first_line,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_console() if console else _json()),
            ],
        )
    )
    logging.raiseExceptions = False  # a line that cannot be written is not shown in pieces
    # Libraries tell of statements, addresses and headers, with values in them, below a warning.
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(OWN).setLevel(settings.log_level.upper())
    if settings.log_level == "error":
        logging.getLogger().setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _first_line(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Cut what libraries say to one line: asyncio shows faults, with their words, in the next.

    It also shows what a callback was given, in brackets.
    """
    if not event.get("_from_structlog", True):
        line = str(event["event"]).strip().partition("\n")[0]
        event["event"] = line.partition("(")[0] if event.get("logger") == "asyncio" else line
    return event


def trace(error: BaseException | None) -> str:
    """Return where a fault came from and of what kind it is; its words may be those of a call."""
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kind = f"{type(error).__module__}.{type(error).__qualname__}\n"
        parts.append("".join(traceback.format_tb(error.__traceback__)) + kind)
        if isinstance(error, BaseExceptionGroup):
            parts += [trace(one) for one in error.exceptions]
        error = error.__cause__ or error.__context__
    return "".join(reversed(parts))


def _without_words(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    error = error[1] if isinstance(error, tuple) else error
    if isinstance(error, BaseException):
        event["exception"] = trace(error)
    return event


def _json() -> list[Any]:
    return [_without_words, structlog.processors.JSONRenderer()]


def _console() -> list[Any]:
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())

    def render(logger: Any, method: str, event: dict[str, Any]) -> str:
        """Put a diagnostic of several lines under its event, where its underline is readable."""
        detail = event.pop("detail", None)
        line = str(renderer(logger, method, event))
        return line if detail is None else f"{line}\n\n{detail}\n"

    return [_without_words, render]
