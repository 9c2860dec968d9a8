"""Bindings at the MCP edge: what observes lets through, and what is bound elsewhere is silent."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.app.edges.mcp.test_serving_http import Web, call, headers
from tests.harness import pay

DAY = (datetime.now(UTC) + timedelta(days=14)).date()
SHUT = """\
policy shut version 1;
default allow because "all but one";
rule no: deny pay when args.amount > 50;
"""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path)
    yield made
    made.close()


def bind(web: Web, **entries: str) -> None:
    """Bind each policy as one line says."""
    written = [f'[[bind]]\npolicy = "{name}"\n{line}\n' for name, line in entries.items()]
    web.harness.write("bindings.toml", "".join(written))
    web.harness.reload()
    assert web.harness.gateway.live.refused is None


def pays(web: Web, amount: int) -> bool:
    """Call a tool, and tell whether its server ran it."""
    before = len(web.ran("one"))
    web.post(call(amount=amount), headers())
    return len(web.ran("one")) > before


def test_what_observes_lets_through_and_is_recorded(web: Web) -> None:
    """The server runs what would be denied, and is told nothing of it; the record knows."""
    assert not pays(web, 500)
    bind(web, bank=f"observe_until = {DAY}")

    assert pays(web, 500)
    record = next(one for one in web.harness.records() if one.phase == "call")
    assert (record.edge, record.effect, record.reason, record.would) == (
        "mcp",
        "allow",
        "observe",
        "deny",
    )


def test_a_policy_bound_to_one_edge_judges_there_alone(web: Web) -> None:
    """The same call is denied at one edge and let through at the other."""
    web.harness.write("shut.bar", SHUT)
    web.harness.write("open.bar", 'policy open version 1; default allow because "open";')
    (web.harness.policies / "bank.bar").unlink()
    bind(web, shut='edges = ["mcp"]')
    told = pay(args={"amount": 60}, server="one")

    assert not pays(web, 60)
    assert pays(web, 40)
    assert web.harness.check(told).json()["effect"] == "allow"
