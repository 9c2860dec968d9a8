"""A gateway that is asked over HTTP decides as the replay does in process."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.policy import policies
from bench.agentdojo import over_http
from bench.agentdojo.guard import Gateway
from bench.agentdojo.over_http import WAY, Disagrees, chosen, compare, serving
from bench.agentdojo.replay import Case, play
from bench.agentdojo.suites import SUITES, Suite
from tests.bench.agentdojo_world import ALONE, ATTACKED, Shop

POLICY = """policy shop version 1;
use tools "shop.tools.json";
source look as trusted;
source buy, give as untrusted;
rule look: allow look;
rule buy: allow buy when args.what from user and called(look);
rule give: ask give;
"""
TOOLS = """{"tools": [
    {"name": "look", "inputSchema": {"type": "object", "properties": {"at": {}}}},
    {"name": "buy", "inputSchema": {"type": "object", "properties": {"what": {}}}},
    {"name": "give", "inputSchema": {"type": "object", "properties": {"to": {}}}}
]}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Return a suite with a policy for the invented shop."""
    monkeypatch.setattr("bench.agentdojo.suites.POLICIES", tmp_path)
    suite = replace(SUITES[0], name="shop")
    suite.policy.write_text(POLICY, "utf-8")
    suite.tools.write_text(TOOLS, "utf-8")
    return suite


def _here(suite: Suite) -> Case:
    return play(Shop(), ATTACKED, WAY, Gateway(policies.load([suite.policy]), suite.now))


def test_both_ways_of_asking_say_the_same(shop: Suite) -> None:
    """Effects, rules, what ran and what came of it are equal, and sessions are kept apart."""
    here = _here(shop)
    with serving(shop) as server:
        compare(Shop(), server, ATTACKED, here)
        compare(Shop(), server, ATTACKED, here)

    assert [one.effect for one in here.steps] == ["allow", "ask", "allow"]


def test_another_answer_over_http_would_be_seen(shop: Suite) -> None:
    """The comparison can fail: another policy in the gateway is found out."""
    here = _here(shop)
    shop.policy.write_text(POLICY.replace("ask give", "deny give"), "utf-8")

    with serving(shop) as server, pytest.raises(Disagrees, match="shop/task_1/attack_1"):
        compare(Shop(), server, ATTACKED, here)


@pytest.mark.parametrize(("tasks", "attacks"), [(16, 9), (21, 5), (20, 6), (40, 6), (3, 2)])
def test_pairs_are_taken_from_all_over_a_suite(tasks: int, attacks: int) -> None:
    """Twenty different pairs, or all there are, of every attack and of no task alone."""
    pairs = [
        replace(ATTACKED, user=f"task_{task}", attack=f"attack_{attack}")
        for task in range(tasks)
        for attack in range(attacks)
    ]
    found = chosen([ALONE, *pairs])

    assert len({one.id for one in found}) == min(over_http.PAIRS, len(pairs))
    assert len({one.attack for one in found}) == attacks
