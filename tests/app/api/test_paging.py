"""Every list is paged the same way."""

from typing import Any

import pytest

from app.main import create_app
from app.openapi.describing import operations
from app.settings import Settings
from tests.harness import GatewayHarness, pay

SCHEMA = create_app(Settings()).openapi()
# Lists that are never long, each with the reason.
WHOLE = {
    "/v1/freezes": "people freeze a few at a time, and must see all of them at once",
    "/v1/memory/revisions": "of each tenant's memory fifty are kept",
    "/v1/publications/proposals": "what waits for a second person, for a day at most",
}


def lists() -> dict[str, dict[str, Any]]:
    """Return every route that answers with a list of things, by its path."""
    found = {}
    for path, method, one in operations(SCHEMA):
        content = one["responses"].get("200", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        shape = SCHEMA["components"]["schemas"].get(name, {}).get("properties", {})
        plural = path.rpartition("/")[2]
        if method == "get" and shape.get(plural, {}).get("type") == "array":
            found[path] = {"shape": shape, "operation": one}
    return found


@pytest.mark.parametrize("path", sorted(set(lists()) - set(WHOLE)))
def test_every_list_takes_limit_and_cursor_and_gives_next(path: str) -> None:
    """A client pages through any list with the same three words."""
    one = lists()[path]
    named = {each["name"]: each for each in one["operation"]["parameters"]}

    assert {"limit", "cursor"} <= set(named), "take `limit` and `cursor`, as the other lists do"
    assert "next" in one["shape"], "answer with `next`, as the other lists do"
    assert named["limit"]["schema"]["default"] == 50
    assert "cursor" in one["shape"]["next"]["description"]


def test_there_are_lists() -> None:
    """The test above looks at something, and no exception is left over."""
    assert {"/v1/decisions", "/v1/acts", "/v1/keys", "/v1/approvals"} <= set(lists())
    assert set(WHOLE) <= set(lists())


def test_approvals_are_paged_by_cursor(gateway: GatewayHarness) -> None:
    """Each approval is met once, whichever of the two words is used."""
    for at in range(5):
        gateway.check(pay(call_id=f"c{at}", args={"amount": 500 + at}))
    for word in ("cursor", "before"):
        seen: list[str] = []
        after: dict[str, str] = {}
        while True:
            parts = {"limit": "2", **after}
            page = gateway.request("GET", "/v1/approvals", params=parts).json()
            seen += [one["id"] for one in page["approvals"]]
            if page["next"] is None:
                break
            after = {word: page["next"]}
        assert len(seen) == len(set(seen)) == 5
