"""What the log says of faults: where and of what kind, and never in their own words."""

import asyncio
import logging
from typing import Any

import pytest
import structlog

from app.logs import configure_logs, trace
from app.settings import Settings

SECRET = "canary-7e1e"


def fail() -> None:
    try:
        dict[str, str]()[SECRET]
    except KeyError as error:
        raise ExceptionGroup(SECRET, [ValueError(SECRET)]) from error


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_a_fault_is_told_without_its_words(
    form: Any, level: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kinds and places of a whole chain of faults are there, and nothing they say."""
    configure_logs(Settings(log_format=form, log_level=level))
    try:
        fail()
    except ExceptionGroup:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
        structlog.get_logger("drawbar.edge").exception("our own")
    printed = capsys.readouterr().err

    assert SECRET not in printed
    for words in ("Exception in ASGI application", "our own", "KeyError", "ValueError", "in fail"):
        assert words in printed


@pytest.mark.parametrize("level", ["debug", "info"])
def test_libraries_tell_nothing_below_a_warning(
    level: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Statements with values, addresses and headers: they come at lower levels, whatever ours."""
    configure_logs(Settings(log_format="json", log_level=level))
    for name in ("aiosqlite", "httpx", "httpcore", "asyncio", "anything"):
        logging.getLogger(name).info("GET https://bank/%s", SECRET)
        logging.getLogger(name).debug(SECRET)
    structlog.get_logger("drawbar.edge").info("ours is told")
    printed = capsys.readouterr().err

    assert SECRET not in printed
    assert "ours is told" in printed


def test_what_nobody_waited_for_is_told_without_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Asyncio shows faults of tasks, and what callbacks were given, in its own lines."""
    configure_logs(Settings(log_format="json"))

    def given(_words: str) -> None:
        raise ValueError(SECRET)

    async def work() -> None:
        asyncio.get_running_loop().call_soon(given, SECRET)
        await asyncio.sleep(0)

    asyncio.run(work())
    printed = capsys.readouterr().err
    assert "Exception in callback" in printed
    assert SECRET not in printed


def test_a_chain_that_leads_back_ends() -> None:
    """A fault that is its own cause is told once."""
    error = ValueError(SECRET)
    error.__cause__ = error

    assert trace(error) == "builtins.ValueError\n"
