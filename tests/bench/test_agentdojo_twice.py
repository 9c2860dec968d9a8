"""Two runs give the same bytes, whatever the order of the pairs; else it is seen."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.policy import policies
from app.policy.policies import PolicySet
from bench.agentdojo import measure, twice
from bench.agentdojo.replay import Case, written
from bench.agentdojo.scripts import Script
from bench.agentdojo.suites import SUITES
from bench.agentdojo.twice import Differs
from tests.bench.agentdojo_world import ALONE, ATTACKED, Shop

SCRIPTS = (ALONE, ATTACKED, replace(ATTACKED, attack="attack_2"), replace(ALONE, user="task_2"))
POLICY = """policy shop version 1;
source look, buy, give as trusted;
rule look: allow look;
rule buy: allow buy when args.what from user and called(look);
rule give: ask give;
"""


@dataclass(slots=True)
class Shops(Shop):
    """A shop for every script."""

    opened: list[str] = field(default_factory=list)

    def open(self, script: Script) -> None:
        """Open another one."""
        self.attacked = script.attack is not None
        self.opened.append(script.id)


@pytest.fixture
def shop(tmp_path: Path) -> PolicySet:
    """Return a policy."""
    (tmp_path / "shop.bar").write_text(POLICY, "utf-8")
    return policies.load([tmp_path / "shop.bar"])


def _played(shop: PolicySet, scripts: tuple[Script, ...] = SCRIPTS) -> list[Case]:
    world = Shops()
    found: list[Case] = []
    for script in scripts:
        world.open(script)
        found += measure.by_policy(world, SUITES[0], script, shop)
    return found


def test_two_runs_give_the_same_bytes(shop: PolicySet) -> None:
    """Nothing of a time, an id or a place in memory stands in a case."""
    assert written(_played(shop)) == written(_played(shop))


def test_the_order_of_the_pairs_changes_nothing(shop: PolicySet) -> None:
    """Each pair has a session and an environment of its own."""
    there, back = _played(shop), _played(shop, SCRIPTS[::-1])

    assert sorted(written([one]) for one in there) == sorted(written([one]) for one in back)


def test_every_pair_is_played_again_from_the_last_on(shop: PolicySet) -> None:
    """One case for a task alone, and two for a pair."""
    world = Shops()

    assert twice.compare_all(world, SUITES[0], SCRIPTS, shop, _played(shop)) == 6
    assert world.opened == [one.id for one in reversed(SCRIPTS)]


def test_a_second_run_that_differs_is_refused(shop: PolicySet, tmp_path: Path) -> None:
    """The comparison can fail."""
    (tmp_path / "shop.bar").write_text(POLICY.replace("ask give", "deny give"), "utf-8")
    other = policies.load([tmp_path / "shop.bar"])

    with pytest.raises(Differs, match="shop/task_1/attack_2"):
        twice.compare_all(Shops(), SUITES[0], SCRIPTS, other, _played(shop))
