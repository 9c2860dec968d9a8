"""What holds in every second world, whatever the seed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from bench.lifelong.world import Call, Size
from bench.second_world.firm import Firm, dice
from bench.second_world.guard import Stance
from bench.second_world.traits import deeds
from bench.second_world.world import SIDES, World, tools
from dsl.model import Effect

SEEDS = range(10)
SMALL = Size(days=3, calls=100, test=700)
FROZEN = "a40a5ca7cc6307958108ac0df8828ff35a92c5168f30e81c88e807cb0c3b026b"  # of seed 0, small


@cache
def world(seed: int) -> World:
    return World(seed, SMALL)


def calls(seed: int) -> list[Call]:
    return [*(call for day in world(seed).days for call in day), *world(seed).test]


def numbers(value: Any) -> Iterator[Any]:
    """Yield all that is no container, at whatever depth."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from numbers(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from numbers(one)
    else:
        yield value


def share(seed: int, which: list[bool]) -> float:
    return sum(which) / len(calls(seed))


def test_the_same_seed_gives_the_same_calls() -> None:
    """A world can be measured again."""
    again = World(3, SMALL)

    assert again.days == world(3).days
    assert again.test == world(3).test
    assert again.lacked() == world(3).lacked()


def test_another_seed_gives_another_world() -> None:
    """Seeds differ in their calls and in their rules, not in one of the two alone."""
    rules = {tuple(sorted(one.rule.name for one in world(seed)._guard.held)) for seed in SEEDS}

    assert len(rules) == len(SEEDS)
    assert len({str(world(seed).days[0][0].features) for seed in SEEDS}) == len(SEEDS)


def test_a_world_has_the_days_and_calls_asked_for() -> None:
    """Each day has its calls in order of time, and the tests are on the day after the last."""
    made = world(0)

    for at, day in enumerate([*made.days, made.test]):
        begins = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=at)
        assert len(day) == (SMALL.calls if at < SMALL.days else SMALL.test)
        assert [call.at for call in day] == sorted(call.at for call in day)
        assert begins <= day[0].at <= day[-1].at < begins + timedelta(days=1)
    assert len({call.id for call in calls(0)}) == len(calls(0))


def test_every_call_fits_its_tools_schema() -> None:
    """No call is wrong in form, and each tool is called in most worlds."""
    known = tools().by_name
    called = Counter[str]()
    for seed in SEEDS:
        called.update({call.tool for call in calls(seed)})
        faults = [known[call.tool].fault(call.features.args) for call in calls(seed)]
        assert not any(faults)
    assert set(called) == set(known)
    assert min(called.values()) > len(SEEDS) / 2


def test_no_number_is_a_float() -> None:
    """Amounts are whole or decimal, so that a limit is one and the same everywhere."""
    for call in calls(1):
        found = [*numbers(call.features.args), *numbers(call.features.context)]
        assert not any(isinstance(value, float) for value in found)


def test_shares_are_those_of_a_likely_firm() -> None:
    """Between 4 and 20 % of calls are wrong; the model denies some, and some of them wrongly."""
    for seed in SEEDS:
        made = calls(seed)
        assert 0.04 <= share(seed, [bool(call.violated) for call in made]) <= 0.2
        assert 0.02 <= share(seed, [call.base.soft for call in made]) <= 0.15
        assert 0.005 <= share(seed, [call.base.soft and not call.violated for call in made]) <= 0.1


def test_the_guard_has_a_third_whole_a_third_too_wide_and_lacks_a_third() -> None:
    """Of 12 to 16 rules each third has four to six."""
    for seed in SEEDS:
        held = world(seed)._guard.held
        assert 12 <= len(held) <= 16
        assert all(4 <= n <= 6 for n in Counter(one.stance for one in held).values())
        assert len(world(seed).lacked()) == sum(one.stance is Stance.LACKED for one in held)


def test_a_hard_denial_is_of_a_rule_that_the_guard_has_whole() -> None:
    """People's rules deny all that breaks them and nothing else; a lacked one denies nothing."""
    for seed in SEEDS:
        held = world(seed)._guard.held
        whole = {at for at, one in enumerate(held) if one.stance is Stance.WHOLE}
        for call in calls(seed):
            hard = call.base.effect is Effect.DENY and not call.base.soft
            assert hard == bool(whole.intersection(call.violated))
            assert call.base.effect is Effect.DENY or not call.base.soft


def test_a_model_denies_what_its_wide_rules_say_but_for_errors() -> None:
    """A wide rule takes in all of its own; the model errs both ways, and seldom."""
    slips = misses = 0
    for seed in SEEDS:
        guard = world(seed)._guard
        wide = [one for one in guard.held if one.wide is not None]
        made = deeds(dice(seed, f"day {SMALL.days}"), Firm(seed), SMALL.days, SMALL.test)
        for deed, call in zip(made, world(seed).test, strict=True):
            told = any(one.wide.broken(deed) for one in wide if one.wide)
            assert told or not any(one.rule.broken(deed) for one in wide)
            slips += call.base.soft and not told
            misses += told and call.base.effect is Effect.ALLOW
    assert 0 < slips < 0.012 * SMALL.test * len(SEEDS)
    assert 0 < misses < 0.01 * SMALL.test * len(SEEDS)


def test_something_turns_on_what_stands_nowhere() -> None:
    """Each world has a rule or two that no feature tells, and the guard lacks them."""
    for seed in SEEDS:
        opaque = [one for one in world(seed)._guard.held if one.rule.opaque]
        assert 1 <= len(opaque) <= 2
        assert all(one.stance is Stance.LACKED for one in opaque)


def test_the_domains_of_both_sides_occur() -> None:
    """Mails go inside, to partners and to others."""
    ends = {
        to.rpartition("@")[2]
        for call in calls(2)
        if call.tool == "send_email"
        for to in call.features.args["to"]
    }

    assert ends.issuperset(SIDES[0] + SIDES[1])
    assert len(ends) > 30


def test_the_world_is_frozen() -> None:
    """Measurements stand for one world: whoever changes it makes another, and says so."""
    told = sha256()
    for call in calls(0):
        features = call.features
        seen = (dict(features.args), features.agent, features.roles, dict(features.context))
        said = (call.violated, call.base.effect.value, call.base.soft, call.chances)
        told.update(repr((call.id, call.tool, call.at, *seen, *said)).encode())

    assert told.hexdigest() == FROZEN
