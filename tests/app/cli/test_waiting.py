"""What takes long is waited for, and it is said that it goes on."""

import re
import time
from typing import Any, Final

import httpx
import pytest
from click.testing import CliRunner

from app.cli.calling import TIMEOUT_S
from app.cli.main import cli
from app.cli.memory import MADE_S
from app.cli.waiting import waiting
from app.learning.computing import MOST_S
from dsl.errors import DrawbarError

PATIENCE_S: Final = 60.0


def test_it_is_said_now_and_then_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Something quick is done without a word; whatever happens, nothing is said afterwards."""
    with waiting("the rules are being made"):
        pass
    assert capsys.readouterr() == ("", "")
    told: list[str] = []

    def slow() -> None:
        until = time.monotonic() + PATIENCE_S
        while not told and time.monotonic() < until:
            time.sleep(0.01)
            told.extend(capsys.readouterr().err.splitlines())
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"), waiting("the rules are being made", 0.01):
        slow()
    assert re.fullmatch(r"the rules are being made \(\d+ s\)", told[0])
    capsys.readouterr()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "hints"),
    [(httpx.ReadTimeout("timed out"), 1), (httpx.ConnectError("refused"), 0)],
)
def test_a_refresh_waits_as_long_as_a_gateway_may_take(
    error: httpx.HTTPError, hints: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the answer is lost, it says that the gateway goes on, and how to look."""
    asked: list[Any] = []

    def lost(_client: httpx.Client, _method: str, _path: str, **parts: Any) -> Any:
        asked.append(parts["timeout"])
        raise error

    monkeypatch.setattr(httpx.Client, "request", lost)
    ran = CliRunner().invoke(cli, ("memory", "refresh", "--key", "drw_x"))

    assert isinstance(ran.exception, DrawbarError)
    assert str(ran.exception).count("`drawbar memory revisions` says when") == hints
    assert asked == [MADE_S]
    assert MADE_S > MOST_S > TIMEOUT_S
