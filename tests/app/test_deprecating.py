"""A route that will go says so, long enough before."""

from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from app import main
from app.openapi import deprecating
from app.openapi.describing import operations
from app.problems import Problem
from app.settings import Settings
from tests.harness import GatewayHarness

DAYS = deprecating.gone(date(2026, 1, 31), date(2026, 12, 31))


def test_a_route_that_will_go_says_so_in_each_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client finds both days in the headers, of a success and of a problem."""
    part = APIRouter()

    @part.get("/v1/old", deprecated=True, openapi_extra=DAYS)
    async def old(*, fail: bool = False) -> dict[str, Any]:
        if fail:
            raise Problem(404, "not_found", "there is no such thing")
        return {}

    monkeypatch.setattr(main, "ROUTERS", (*main.ROUTERS, part))
    gateway = GatewayHarness(tmp_path)
    answers: list[httpx.Response] = [
        gateway.request("GET", "/v1/old", params={"fail": fail}) for fail in (False, True)
    ]
    gateway.close()

    assert [one.status_code for one in answers] == [200, 404]
    for one in answers:
        assert one.headers["deprecation"] == "@1769817600"
        assert one.headers["sunset"] == "Thu, 31 Dec 2026 00:00:00 GMT"


def test_the_notice_is_never_shorter_than_the_policy_says() -> None:
    """A route cannot be declared to go sooner."""
    with pytest.raises(ValueError, match="180 days"):
        deprecating.gone(date(2026, 1, 31), date(2026, 5, 1))


def test_every_deprecated_operation_names_its_days() -> None:
    """What the description marks, the answers say."""
    schema = main.create_app(Settings()).openapi()
    marked = [one for _, _, one in operations(schema) if one.get("deprecated")]

    assert all({deprecating.SINCE, deprecating.SUNSET} <= set(one) for one in marked)
