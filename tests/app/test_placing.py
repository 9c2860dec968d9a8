"""Whom a policy binds, and how far: the strictest entry that fits a call decides."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.binding import placing
from app.binding.bindings import Binding, Rollout
from app.binding.file import read
from app.binding.lots import Lots
from app.binding.placing import Mode, Standing
from app.binding.whom import Whom
from app.policy import policies
from app.policy.policies import PolicySet
from dsl.errors import DrawbarError, Source
from dsl.interpret import Bound
from tests.dsl.making import policy

ENDS = datetime(2027, 3, 1, tzinfo=UTC)


def bound(*names: str) -> tuple[Bound, ...]:
    return tuple(Bound(policy(f"policy {one} version 1; rule r: allow pay;")) for one in names)


def those(*bindings: Binding, also: Sequence[str] = ("base",)) -> PolicySet:
    names = dict.fromkeys([*also, *(one.policy for one in bindings)])
    return PolicySet(bound(*names), "sha256:0", bindings=bindings)


def judging(found: PolicySet, **whom: Any) -> list[str]:
    at = found.at(Whom(**{"edge": "http", **whom}))
    return [one.policy.name for one in at.bound]


def test_an_entry_names_tenants_agents_and_environments() -> None:
    """A policy judges whom its entry names alone: a name, or a glob with stars."""
    found = those(
        Binding("t", tenants=("acme", "b*")),
        Binding("a", agents=("crm-*",)),
        Binding("e", environments=("production",)),
    )

    assert judging(found, tenant="acme", agent="x") == ["base", "t"]
    assert judging(found, tenant="bank", agent="x") == ["base", "t"]
    assert judging(found, tenant="acme2", agent="x") == ["base"]
    assert judging(found, agent="crm-7") == ["base", "a"]
    assert judging(found, agent="acrm-7") == ["base"]
    assert judging(found, agent="x", environment="production") == ["base", "e"]
    assert judging(found, agent="x", environment="Production") == ["base"]


def test_where_nothing_binds_no_policy_decides() -> None:
    """A policy that is bound elsewhere has no opinion here, also in a gateway without a name."""
    found = those(Binding("e", environments=("production",)), also=())

    assert not found.at(Whom("http")).decides
    assert not found.at(Whom("http", environment="test")).decides
    assert found.at(Whom("http", environment="production")).decides


def test_a_call_without_an_agent_is_judged_as_anybodys() -> None:
    """A name that is left out escapes no policy, and is never what lets a call through."""
    beside = those(Binding("a", agents=("treasurer",)))
    alone = those(Binding("a", agents=("treasurer",)), also=())

    assert judging(beside, agent=None) == ["base", "a"]
    assert judging(alone, agent=None) == []
    assert judging(beside, agent="clerk") == ["base"]


ENTRIES = st.builds(
    Binding,
    policy=st.sampled_from(["p", "q"]),
    edges=st.sampled_from([None, ("http",), ("mcp",)]),
    tenants=st.sampled_from([None, ("a",), ("a*",)]),
    agents=st.sampled_from([None, ("x",), ("x*", "y")]),
    environments=st.sampled_from([None, ("one",), ("one", "two")]),
    rollout=st.sampled_from(Rollout),
    percent=st.just(40),
)
WHOM = st.builds(
    Whom,
    edge=st.sampled_from(["http", "mcp"]),
    tenant=st.sampled_from(["a", "ab", "c"]),
    agent=st.sampled_from([None, "x", "xy", "y", "z"]),
    environment=st.sampled_from([None, "one", "two", "three"]),
    lot=st.none() | st.binary(min_size=32, max_size=32),
)


@given(entries=st.lists(ENTRIES, min_size=1, max_size=5), extra=ENTRIES, whom=WHOM)
def test_one_more_entry_never_makes_a_policy_stand_for_less(
    entries: list[Binding], extra: Binding, whom: Whom
) -> None:
    """The strictest entry that fits decides, so an entry only ever adds to those of its policy."""
    more = [*entries, Binding(entries[0].policy, *[getattr(extra, n) for n in FIELDS])]
    names = ("base", *dict.fromkeys(one.policy for one in entries))
    before = PolicySet(bound(*names), "sha256:0", bindings=tuple(entries)).at(whom)
    after = PolicySet(bound(*names), "sha256:0", bindings=tuple(more)).at(whom)

    assert {one.policy.name for one in before.bound} <= {one.policy.name for one in after.bound}
    placed = {one.policy.name for one in (*after.bound, *after.shadowed)}
    assert {one.policy.name for one in before.shadowed} <= placed


FIELDS = ("edges", "observe_until", "tenants", "agents", "environments", "rollout", "percent")


@given(entries=st.lists(ENTRIES, max_size=5), whom=WHOM, agent=st.sampled_from(["x", "xy", "z"]))
def test_leaving_the_agent_out_gains_nothing(
    entries: list[Binding], whom: Whom, agent: str
) -> None:
    """Whoever names no agent has each policy against them that any name has; or none decides."""
    found = those(*entries)
    nameless = found.at(Whom(whom.edge, whom.tenant, None, whom.environment, whom.lot))
    named = found.at(Whom(whom.edge, whom.tenant, agent, whom.environment, whom.lot))

    less = {one.policy.name for one in named.bound} - {one.policy.name for one in nameless.bound}
    assert not less or not nameless.decides


def test_the_order_of_strictness() -> None:
    """Enforcing is more than observing, an earlier end more than a later one, shadow the least."""
    sooner, later = Standing(Mode.OBSERVE, ENDS), Standing(Mode.OBSERVE, ENDS + timedelta(1))
    order = [Standing(Mode.SHADOW), later, sooner, Standing(Mode.ENFORCE)]

    assert sorted(order, key=lambda one: one.strictness) == order
    assert all(order[at].covers(order[at - 1]) for at in range(1, 4))
    assert not any(order[at - 1].covers(order[at]) for at in range(1, 4))


def test_a_canary_takes_its_share_of_sessions_and_the_key_says_which() -> None:
    """About so many sessions are enforced, others by another key; without a session it enforces."""
    found = those(Binding("c", rollout=Rollout.CANARY, percent=20))

    def share(root: bytes) -> set[int]:
        lots = Lots(root)
        whom = (Whom("http", lot=lots.of("default", f"s{at}")) for at in range(2000))
        return {at for at, one in enumerate(whom) if len(found.at(one).bound) > 1}

    one, two = share(b"1" * 32), share(b"2" * 32)

    assert 300 < len(one) < 500
    assert one == share(b"1" * 32)
    assert len(one & two) < 200
    assert judging(found) == ["base", "c"]
    out = Lots(b"1" * 32).of("default", f"s{min(set(range(2000)) - one)}")
    assert [one.policy.name for one in found.at(Whom("http", lot=out)).shadowed] == ["c"]


def test_lots_of_two_policies_and_two_tenants_are_drawn_apart() -> None:
    """Who is in one canary is not therefore in the next one."""
    lots = Lots(b"1" * 32)
    found = those(
        Binding("c", rollout=Rollout.CANARY, percent=50),
        Binding("d", rollout=Rollout.CANARY, percent=50),
    )
    seen = {
        tuple(judging(found, lot=lots.of(tenant, f"s{at}")))
        for at in range(200)
        for tenant in ("a", "b")
    }

    assert len(seen) == 4
    assert lots.of("a", "bc") != lots.of("ab", "c")


def test_callers_cannot_fill_the_memory() -> None:
    """Agents are called as their callers like: what is remembered of them is bounded, and right."""
    found = those(Binding("a", agents=("x*",)))
    for at in range(2 * placing.MOST_CALLERS):
        found.at(Whom("http", agent=f"n{at}"))

    assert len(found._at._callers) <= placing.MOST_CALLERS
    assert found.at(Whom("http", agent="n1")) is found.at(Whom("http", agent="n2"))
    assert judging(found, agent="x1") == ["base", "a"]


def test_the_second_edge_judges_what_the_first_did_not_to_the_full() -> None:
    """What stood in shadow, or was not bound, at the first seat judges at the second."""
    found = those(
        Binding("s", edges=("http",), rollout=Rollout.SHADOW),
        Binding("s", edges=("mcp",)),
        Binding("m", edges=("mcp",)),
    )
    rest = found.at(Whom("http")).at(Whom("mcp"), after=Whom("http"))

    assert [one.policy.name for one in rest.bound] == ["s", "m"]
    assert judging(found.at(Whom("mcp"))) == ["base"]


def test_digests_of_bindings_that_said_no_more_are_as_they_were() -> None:
    """What was kept before policies could be bound so can still be read back."""
    old = "Binding(policy='a', edges=('http',), observe_until=None)"

    assert repr(Binding("a", ("http",))) == old
    assert repr(Binding("a", rollout=Rollout.CANARY, percent=5)) == (
        "Binding(policy='a', edges=None, observe_until=None, rollout='canary', percent=5)"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('agents = ["x", "x"]', "an agent of `a` is named twice"),
        ("tenants = []", "`bind.0.tenants` cannot be used"),
        ('environments = [""]', "cannot be used"),
        ('rollout = "half"', "`bind.0.rollout` cannot be used"),
        ('rollout = "canary"', 'needs both `rollout = "canary"` and its `percent`'),
        ("percent = 5", 'needs both `rollout = "canary"` and its `percent`'),
        ('rollout = "shadow"\npercent = 5', "or neither"),
        ('rollout = "canary"\npercent = 0', "`bind.0.percent` cannot be used"),
        ('rollout = "canary"\npercent = 100', "`bind.0.percent` cannot be used"),
        ('rollout = "canary"\npercent = 2.5', "`bind.0.percent` cannot be used"),
        ('rollout = "shadow"\nobserve_until = 2027-01-31', "choose one"),
        ('[[bind]]\npolicy = "a"\nrollout = "shadow"', "`a` is bound twice for the same"),
        (
            'observe_until = 2027-01-31\n[[bind]]\npolicy = "a"\nagents = ["x"]\nrollout="shadow"',
            "choose one",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, said: str) -> None:
    """An entry that contradicts itself, or another of its policy, is a fault that says so."""
    with pytest.raises(DrawbarError, match=r"bindings\.toml") as raised:
        read(Source("bindings.toml", f'[[bind]]\npolicy = "a"\n{text}\n'))

    assert said in str(raised.value)


def test_several_entries_of_one_policy_may_differ_in_whom_they_bind(tmp_path: Path) -> None:
    """One agent may be ahead of the others."""
    (tmp_path / "a.bar").write_text("policy a version 1; rule r: allow pay;")
    (tmp_path / "bindings.toml").write_text(
        '[[bind]]\npolicy = "a"\nobserve_until = 2027-03-01T00:00:00Z\n'
        '[[bind]]\npolicy = "a"\nagents = ["pilot"]\n'
    )
    found = policies.load([tmp_path])
    now = ENDS - timedelta(days=1)

    assert found.at(Whom("http", agent="pilot")).observing(now) == {}
    assert found.at(Whom("http", agent="other")).observing(now) == {"a": ENDS}
    assert found.observing(now) == {"a": ENDS}
