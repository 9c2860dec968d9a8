"""Laws of broken glass at a sidecar: it counts while the gateway says so, and its time lasts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.bundles.freshness import Freshness
from app.deciding.glass import HeededGlass
from memory.glass.glass import Glass
from memory.publishing.draft import Who
from tests.app.sidecar.fleet import Fleet

UNHEARD_S = 21.0  # four looks of 5 s, and more


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    found = Fleet(tmp_path)
    yield found
    found.close()


def test_glass_that_is_broken_at_the_gateway_is_broken_at_the_sidecar(fleet: Fleet) -> None:
    """The stand-in judges, reasons and record name the glass as at the gateway; ended, no more."""
    before = fleet.offered()
    assert fleet.said(500) == "ask rule"
    name = fleet.office.broken(reason="the list is gone")
    told = fleet.carry().decode()
    here = fleet.sidecar.check({**_call("c2"), "args": {"amount": 500}}).json()
    there = fleet.gateway.check({**_call("c2"), "args": {"amount": 500}}).json()
    record, other = fleet.sidecar.records()[0], fleet.gateway.records()[0]
    ready = fleet.sidecar.request("GET", "/readyz").json()

    assert (here["effect"], here["reasons"]) == ("allow", there["reasons"])
    assert here["reasons"][-1]["code"] == "break_glass"
    assert (record.glass, record.reasons) == ((name,), other.reasons)
    assert [one["stand_in"] for one in ready["broken"]] == ["relief"]
    assert "drawbar_break_glass 1.0" in fleet.sidecar.request("GET", "/metrics").text
    assert not [word for word in ("the list is gone", "ada", "bob") if word in told]

    during = fleet.offered()
    fleet.office.end(name)
    fleet.carry()
    assert fleet.said(500, call_id="c3") == "ask rule"
    for older in (during, before):
        fleet.sidecar.mount(older)
        fleet.sidecar.until(lambda: "is older than what was heard" in fleet.sidecar.refused)
        assert fleet.said(500, call_id="c4") == "ask rule"
        fleet.carry()


def test_it_ends_at_its_time_though_nobody_says_so(fleet: Fleet) -> None:
    """The sidecar's own clock ends it, and one that is set back afterwards adds nothing."""
    fleet.office.broken(seconds=600)
    fleet.carry()
    assert fleet.said(500) == "allow rule"
    fleet.sidecar.later(601)
    assert fleet.said(500, call_id="c2") == "ask rule"
    fleet.sidecar.later(-200)
    # It was not confirmed yet by that clock, or, where it was heard of meanwhile, not by now.
    assert fleet.said(500, call_id="c3") in {"ask rule", "deny stale_policy"}


def test_the_gateway_notes_its_end_and_the_sidecar_hears_that(fleet: Fleet) -> None:
    """By a clock that lags at the sidecar it would last on: what is over elsewhere is over here."""
    fleet.office.broken(seconds=600)
    fleet.carry()
    number = fleet.gateway.gateway.glass.told().number  # type: ignore[union-attr]
    fleet.office.wait(seconds=601)
    glass = fleet.gateway.gateway.glass
    fleet.gateway.run(glass._note_over(fleet.gateway.gateway.notices, "w"))  # type: ignore[attr-defined]
    fleet.office.wait(seconds=-601)
    fleet.carry()

    assert fleet.gateway.gateway.glass.told().number > number  # type: ignore[union-attr]
    assert fleet.said(500) == "ask rule"


def test_where_nobody_was_heard_for_long_the_usual_policy_judges(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may have ended it: whatever is kept, glass counts while the gateway is heard."""
    fleet.office.broken()
    fleet.carry()
    with monkeypatch.context() as patched:
        patched.setattr(Freshness, "silent_s", lambda _self: UNHEARD_S)
        unheard = fleet.said(500)
    again = fleet.said(500, call_id="c2")
    fleet.restart()
    assert (unheard, again) == ("ask rule", "allow rule")
    assert fleet.said(500, call_id="c3") == "ask rule"
    fleet.sidecar.mount(fleet.offered())
    fleet.until_heard()
    assert fleet.said(500, call_id="c4") == "allow rule"


def test_a_file_breaks_no_glass(fleet: Fleet) -> None:
    """It lies there as somebody left it, and nobody ends it: the usual policy judges."""
    fleet.office.broken()
    fleet.freeze(kind="agent", name="bot")
    fleet.carry()
    assert fleet.said(500) == "allow rule"
    fleet.by_file()
    assert fleet.said(500, call_id="c2") == "ask rule"
    assert fleet.said(500, call_id="c3", agent={"id": "bot"}) == "deny frozen"


def test_glass_counts_for_the_policies_that_were_confirmed_alone(fleet: Fleet) -> None:
    """A bundle with another stand-in than two people confirmed judges by the usual policy."""
    fleet.office.broken()
    fleet.carry()
    assert fleet.said(500) == "allow rule"
    digest = fleet.sidecar.digest
    relief = (fleet.gateway.policies / "relief.bar").read_text("utf-8")
    fleet.gateway.write("relief.bar", relief.replace("<= 1000", "<= 2000"))
    fleet.gateway.reload()
    fleet.carry()
    fleet.sidecar.until(lambda: fleet.sidecar.digest != digest)
    assert fleet.said(500, call_id="c2") == "ask rule"


def test_glass_of_one_tenant_is_whole_for_others(fleet: Fleet) -> None:
    """Broken for the calls of one tenant, it changes nothing for those of this sidecar's agent."""
    fleet.office.broken(tenant="acme")
    fleet.carry()
    assert fleet.said(500) == "ask rule"


def test_glass_that_was_heard_of_is_listed_as_that_of_a_store() -> None:
    """The newest first, whatever order the bundle has."""
    now, who = datetime(2026, 1, 1, tzinfo=UTC), Who("?", "?")
    until = now + timedelta(hours=1)
    names = [f"gls_{at:026}" for at in (2, 3, 1)]
    glass = HeededGlass(lambda: True, lambda: now)
    glass.take(
        Glass(name, "bank", "relief", "sha256:0", None, "", now, until, who, now, who)
        for name in names
    )

    assert [one.id for one in glass.lasting(now)] == sorted(names, reverse=True)


def _call(name: str) -> dict[str, str]:
    return {"call_id": name, "tool": "pay"}
