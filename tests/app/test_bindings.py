"""Where policies are in force: the file beside them, what it may say, and how it is taken up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.binding.bindings import EDGE_NAMES, Binding
from app.binding.file import Edge
from app.binding.whom import Whom
from app.edges.registry import EDGES
from app.policy import policies
from app.sources.folder import fingerprint
from dsl.errors import DrawbarError
from tests.harness import GatewayHarness, pay

OTHER = "policy other version 1; rule no: deny pay;"
TWO = "policy {name} version 1; rule r: allow pay;"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        (tmp_path / f"{name}.bar").write_text(TWO.format(name=name))
    return tmp_path


def bound(folder: Path, text: str) -> policies.PolicySet:
    (folder / "bindings.toml").write_text(text)
    return policies.load([folder])


def test_without_an_entry_a_policy_enforces_on_every_edge(folder: Path) -> None:
    """What no entry names is in force everywhere, and observes nothing."""
    found = policies.load([folder])

    assert found.entries_for("a") == (Binding("a"),)
    assert found.at(Whom("http")) is found
    assert found.observing(datetime.now(UTC)) == {}


def test_an_entry_names_edges_and_an_end(folder: Path) -> None:
    """A policy judges on the edges of its entry alone, and observes until its time."""
    text = '[[bind]]\npolicy = "a"\nedges = ["mcp"]\nobserve_until = 2026-12-13T09:00:00+01:00\n'
    found = bound(folder, text)
    end = datetime(2026, 12, 13, 8, tzinfo=UTC)

    assert [one.policy.name for one in found.at(Whom("http")).bound] == ["b"]
    assert [one.policy.name for one in found.at(Whom("mcp")).bound] == ["a", "b"]
    assert [one.policy.name for one in found.at(Whom("mcp"), after=Whom("http")).bound] == ["a"]
    assert [one.policy.name for one in found.at(Whom("http")).whole] == ["a", "b"]
    assert found.at(Whom("mcp")) is found.at(Whom("mcp"))
    assert found.at(Whom("mcp")).observing(end - timedelta(seconds=1)) == {"a": end}
    assert found.at(Whom("mcp")).observing(end) == {}
    assert found.at(Whom("http")).observing(end - timedelta(days=1)) == {}


def test_a_day_is_observed_to_its_end(folder: Path) -> None:
    """As in `valid until`, the day that is named is included; days are those of UTC."""
    found = bound(folder, '[[bind]]\npolicy = "a"\nobserve_until = 2026-12-13\n')

    assert found.entries_for("a")[0].observe_until == datetime(2026, 12, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[bind]]\npolicy = "c"\n', "there is no policy `c`; the folder has `a`, `b`"),
        ('[[bind]]\npolicy = "a"\n[[bind]]\npolicy = "a"\n', "`a` is bound twice for the same"),
        ('[[bind]]\npolicy = "a"\nedges = ["htpp"]\n', "`bind.0.edges.0` cannot be used"),
        ('[[bind]]\npolicy = "a"\nedges = []\n', "`bind.0.edges` cannot be used"),
        ('[[bind]]\npolicy = "a"\nedges = ["http", "http"]\n', "an edge of `a` is named twice"),
        ('[[bind]]\npolicy = "a"\nobserve = 2026-12-13\n', "there is no such key"),
        ('[[bind]]\npolicy = "a"\nobserve_until = "2026-12-13"\n', "without quotes"),
        ('[[bind]]\npolicy = "a"\nobserve_until = 2026-12-13T10:00:00\n', "needs its zone"),
        ('[[bind]]\npolicy = "a"\nobserve_until = 9999-12-31\n', "outside the calendar"),
        ("[[bind]]\nedges = []\n", "cannot be used"),
        ('[[binding]]\npolicy = "a"\n', "there is no such key; it may have `bind`"),
        ("bind", "cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, text: str, said: str) -> None:
    """A binding that would bind nothing, or otherwise than it reads, is a fault that says so."""
    with pytest.raises(DrawbarError, match=r"bindings\.toml") as raised:
        bound(folder, text)

    assert said in str(raised.value)


def test_a_file_in_a_folder_below_is_refused(folder: Path) -> None:
    """It would be passed over in silence."""
    (folder / "deep").mkdir()
    (folder / "deep" / "bindings.toml").write_text("")

    with pytest.raises(DrawbarError, match="is not read"):
        policies.load([folder])


def test_the_digest_holds_what_is_bound(folder: Path) -> None:
    """Another binding is another revision."""
    plain = policies.load([folder]).digest
    one = bound(folder, '[[bind]]\npolicy = "a"\nedges = ["http"]\n').digest
    two = bound(folder, '[[bind]]\npolicy = "a"\nedges = ["mcp"]\n').digest

    assert len({plain, one, two}) == 3


def test_the_watch_sees_the_file(folder: Path) -> None:
    """A change of the bindings is a change of the folder."""
    before = fingerprint(folder)
    (folder / "bindings.toml").write_text("")

    assert fingerprint(folder) != before


def test_every_edge_can_be_bound_to() -> None:
    """The names in the file are those of the edges."""
    assert {one.name for one in EDGES} <= set(EDGE_NAMES)
    assert set(Edge.__args__) == set(EDGE_NAMES)  # type: ignore[attr-defined]


def test_an_edge_without_a_policy_denies(gateway: GatewayHarness) -> None:
    """Where no policy is bound to an edge, nothing passes there."""
    gateway.write("bindings.toml", '[[bind]]\npolicy = "bank"\nedges = ["mcp"]\n')
    gateway.reload()
    said = gateway.check(pay()).json()

    assert (said["effect"], said["reason"]) == ("deny", "no_policy")


def test_a_broken_file_leaves_what_was_in_force(gateway: GatewayHarness) -> None:
    """A change of the bindings is taken up wholly or not at all, and is a revision of its own."""
    before = gateway.gateway.live.revision
    gateway.write("bindings.toml", '[[bind]]\npolicy = "bnak"\n')
    gateway.reload()

    assert gateway.gateway.live.revision == before
    assert "there is no policy `bnak`" in str(gateway.gateway.live.refused)

    gateway.write("bindings.toml", '[[bind]]\npolicy = "bank"\nedges = ["http"]\n')
    gateway.reload()
    assert gateway.gateway.live.revision != before
    assert gateway.check(pay()).json()["effect"] == "allow"


def test_a_new_time_that_is_over_is_refused(gateway: GatewayHarness) -> None:
    """Whoever writes a past time meant something else; one that ran out meanwhile is as none."""
    day = (datetime.now(UTC) - timedelta(days=3)).date()
    far = (datetime.now(UTC) + timedelta(days=500)).date()
    gateway.write("bindings.toml", f'[[bind]]\npolicy = "bank"\nobserve_until = {day}\n')
    gateway.reload()
    assert "is over" in str(gateway.gateway.live.refused)

    gateway.write("bindings.toml", f'[[bind]]\npolicy = "bank"\nobserve_until = {far}\n')
    gateway.reload()
    assert "more than 366 days away" in str(gateway.gateway.live.refused)
    assert gateway.check(pay()).json()["effect"] == "allow"


def test_a_time_that_ran_out_keeps_a_gateway_startable(tmp_path: Path) -> None:
    """After the time the policy enforces, also in a gateway that starts later."""
    (tmp_path / "policies").mkdir()
    past = '[[bind]]\npolicy = "bank"\nobserve_until = 2026-01-31\n'
    (tmp_path / "policies" / "bindings.toml").write_text(past)
    gateway = GatewayHarness(tmp_path)
    try:
        allowed = gateway.check(pay()).json()
        denied = gateway.check(pay(tool="erase", args={})).json()
        gateway.write("other.bar", OTHER)
        gateway.reload()
        kept = gateway.gateway.live.refused
    finally:
        gateway.close()

    assert (allowed["effect"], denied["effect"], denied["reason"]) == ("allow", "deny", "rule")
    assert kept is None
