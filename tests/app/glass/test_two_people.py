"""Glass is broken by two people and ended by one, and all that is told of it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.sending.settings import TargetSettings
from memory.keys import Scope
from tests.app.glass.breaking import RELIEF, Breaking
from tests.app.sending.receiving import receiving
from tests.app.sending.test_webhook import SECRET
from tests.harness import pay


def test_two_people_break_glass_and_one_ends_it(office: Breaking) -> None:
    """Nothing changes before the second; then the stand-in judges, and is told in each record."""
    before = office.said()
    asked = office.ask().json()
    waiting = office.said()
    confirmed = office.confirm(asked).json()
    answer = office.gateway.check(pay(args={"amount": 500})).json()
    refused = office.gateway.check(pay(tool="erase", args={})).json()
    listed = office.gateway.request("GET", "/v1/glass", office.ada).json()["glass"]
    params = {"glass": asked["id"]}
    found = office.gateway.request("GET", "/v1/decisions", params=params).json()["decisions"]
    ready = office.gateway.request("GET", "/readyz").json()
    counted = office.gateway.request("GET", "/metrics").text

    assert (before, waiting) == ("ask rule", "ask rule")
    assert (asked["state"], confirmed["state"]) == ("asked", "broken")
    assert (confirmed["asked_subject"], confirmed["confirmed_subject"]) == ("ada", "bob")
    assert (answer["effect"], answer["reason"]) == ("allow", "rule")
    codes = [(one["code"], one["policy"]) for one in answer["reasons"]]
    assert codes == [("rule", "relief"), ("break_glass", "relief")]
    assert "in place of `bank`" in answer["reasons"][1]["detail"]
    assert (refused["effect"], refused["reason"]) == ("deny", "no_rule")
    assert [one["id"] for one in listed] == [asked["id"]]
    assert [one["id"] for one in found] == [refused["decision_id"], answer["decision_id"]]
    assert all(one["glass"] == [asked["id"]] for one in found)
    assert [(one["policy"], one["stand_in"]) for one in ready["broken"]] == [("bank", "relief")]
    assert "drawbar_break_glass 1.0" in counted

    assert (office.end(asked["id"], office.bob), office.end(asked["id"])) == (204, 404)
    assert office.said() == "ask rule"
    assert office.gateway.records()[0].glass == ()
    done = [(one["what"], one["subject"]) for one in office.acts() if one["about"] == asked["id"]]
    assert done == [("glass.ended", "bob"), ("glass.broken", "bob"), ("glass.asked", "ada")]
    assert "drawbar_break_glass 0.0" in office.gateway.request("GET", "/metrics").text


def test_one_person_breaks_nothing_by_whatever_key(office: Breaking) -> None:
    """Not by the same key, another of the same person, or one made since; each try is recorded."""
    again = office.gateway.new_key([Scope.ADMIN], subject="ada")
    asked = office.ask().json()
    fresh = office.gateway.new_key([Scope.ADMIN], subject="eve")
    refused = [office.confirm(asked, key) for key in (office.ada, again, fresh)]
    other = office.confirm(asked, digest=f"sha256:{'0' * 64}")

    assert {(one.status_code, one.json()["code"]) for one in refused} == {(403, "another_person")}
    assert (other.status_code, other.json()["code"]) == (409, "other_glass")
    assert office.said() == "ask rule"
    tried = [one for one in office.acts() if one["what"] == "glass.refused"]
    assert [one["subject"] for one in tried] == ["bob", "eve", "ada", "ada"]
    assert office.confirm(asked).status_code == 200


def test_glass_is_the_operators(office: Breaking) -> None:
    """A tenant's `admin` neither asks, sees, confirms nor ends; nor does a key without `admin`."""
    acme = office.gateway.new_key([Scope.ADMIN], tenant="acme", subject="bob")
    check = office.gateway.new_key([Scope.CHECK, Scope.AUDIT])
    asked = office.ask().json()

    for key in (acme, check):
        assert office.ask(key).status_code == 403
        assert office.gateway.request("GET", "/v1/glass", key).status_code == 403
        assert office.confirm(asked, key).status_code == 403
        assert office.end(asked["id"], key) == 403
    assert office.confirm(asked).status_code == 200
    for key in (acme, check):
        assert office.end(asked["id"], key) == 403
    assert office.said() == "allow rule"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"policy": "relief"}, "no_stand_in"),
    ({"policy": "nobody"}, "no_stand_in"),
    ({"seconds": 3601}, "too_long"),
    ({"seconds": 0}, "invalid_request"),
    ({"reason": ""}, "invalid_request"),
    ({"reason": "two\nlines"}, "invalid_request"),
    ({"tenant": "a b"}, "invalid_request"),
    ({"until": "2027-01-01"}, "invalid_request"),
]


def test_what_cannot_be_broken_is_not_asked(tmp_path: Path) -> None:
    """Only what stood by beforehand, for no longer than the settings say, and with a reason."""
    office = Breaking(tmp_path, glass_s=3600)
    try:
        for members, code in WRONG:
            assert office.ask(**members).json()["code"] == code, members
        assert office.gateway.request("GET", "/v1/glass").json()["glass"] == []
    finally:
        office.gateway.close()


def test_what_changed_between_asking_and_confirming_is_not_confirmed(office: Breaking) -> None:
    """Who confirms has seen another policy than is in force: they must ask anew."""
    asked = office.ask().json()
    office.gateway.write("relief.bar", RELIEF.replace("1000", "9000"))
    office.gateway.reload()
    refused = office.confirm(asked)

    assert (refused.status_code, refused.json()["code"]) == (409, "other_glass")
    assert "not in force as it was asked for" in refused.json()["detail"]
    assert office.said() == "ask rule"


def test_breaking_and_ending_are_told_to_whom_the_settings_name(tmp_path: Path) -> None:
    """Once each, with who saw to it and why; a target that is not there refuses to start."""
    with receiving() as receiver:
        target = TargetSettings.model_validate({"webhook": receiver.address, "secret": SECRET})
        office = Breaking(tmp_path, notify={"security": target}, glass_notify=("security",))
        name = office.broken()
        office.end(name, office.bob)
        office.gateway.run(until_told(receiver, 2))
        office.gateway.close()
    broken, ended = sorted(receiver.bodies(), key=lambda one: str(one["event"]))

    assert (broken["type"], broken["event"], broken["glass_id"]) == (
        "drawbar.glass",
        "broken",
        name,
    )
    assert (broken["policy"], broken["stand_in"], broken["reason"]) == ("bank", "relief", "fire")
    assert (broken["asked_by"], broken["confirmed_by"], broken["ended_by"]) == ("ada", "bob", None)
    assert (ended["event"], ended["ended_by"]) == ("ended", "bob")
    with pytest.raises(ValueError, match="`glass_notify` names `nobody`"):
        Breaking(tmp_path, glass_notify=("nobody",))


async def until_told(receiver: Any, number: int) -> None:
    async with asyncio.timeout(60):
        while len(receiver.came) < number:  # noqa: ASYNC110 - it comes from another thread
            await asyncio.sleep(0.05)
