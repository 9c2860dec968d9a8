"""Policies in shadow: what they would change is told, and nothing that is done rests on them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import engine
from app.binding.bindings import Binding, Rollout
from app.binding.whom import Whom
from app.policy.policies import PolicySet
from dsl import syntax
from dsl.errors import Source
from dsl.interpret import Bound
from dsl.model import Effect, ReasonCode, ToolCall, Verdict
from dsl.state import NOTHING_KNOWN, State
from dsl.toolspec import read
from memory.keys import Scope
from tests.app.test_trial import done, renamed, stacks
from tests.dsl import drawing
from tests.dsl.drawing_state import Drawn, states
from tests.dsl.making import NOW, call, policy
from tests.harness import GatewayHarness, pay

TERMS = engine.Terms(changed_args=True, obligations=frozenset({"notification"}))
SHADOW = Rollout.SHADOW


def together(enforcing: list[Bound], shadowed: list[Bound]) -> PolicySet:
    bindings = tuple(Binding(one.policy.name, rollout=SHADOW) for one in shadowed)
    return PolicySet((*enforcing, *shadowed), "sha256:0", bindings=bindings).at(Whom("http"))


def of(policies: PolicySet, made: ToolCall, state: State = NOTHING_KNOWN) -> Verdict:
    return engine.decide(policies, made, NOW, TERMS, state).verdict


@drawing.law(120)
@given(first=stacks, second=stacks, made=drawing.calls(), state=states)
def test_a_shadow_changes_nothing(
    first: list[syntax.Policy], second: list[syntax.Policy], made: ToolCall, state: Drawn
) -> None:
    """All that is done and said is as without it; it is told if it would have changed the end."""
    enforcing, shadowed = renamed(first, "e"), renamed(second, "s")
    said = of(together(enforcing, shadowed), made, state)
    alone = of(PolicySet(tuple(enforcing), "sha256:0"), made, state)

    assert (done(said), said.code, said.reasons) == (done(alone), alone.code, alone.reasons)
    for one in shadowed:
        whole = of(PolicySet((*enforcing, one), "sha256:0"), made, state)
        told = [each for each in said.shadow if each.policy == one.policy.name]
        assert bool(told) == (done(whole)[:5] != done(alone)[:5])


@drawing.law(60)
@given(second=stacks, made=drawing.calls(), state=states)
def test_where_all_policies_are_in_shadow_nothing_passes(
    second: list[syntax.Policy], made: ToolCall, state: Drawn
) -> None:
    """No policy decides then, and that is a deny, whatever the shadows would say."""
    said = of(together([], renamed(second, "s")), made, state)

    assert (said.effect, said.code) == (Effect.DENY, ReasonCode.NO_POLICY)


def test_the_laws_see_shadows_that_differ() -> None:
    """The drawn shadows would deny, ask, and let through what is denied."""
    seen: set[tuple[Effect, Effect]] = set()

    @drawing.law(150)
    @given(first=st.just([]) | stacks, second=stacks, made=drawing.calls(), state=states)
    def look(
        first: list[syntax.Policy], second: list[syntax.Policy], made: ToolCall, state: Drawn
    ) -> None:
        said = of(together(renamed(first, "e"), renamed(second, "s")), made, state)
        seen.update((said.effect, one.effect) for one in said.shadow)

    look()
    assert {would for _, would in seen} == set(Effect)
    assert seen & {(Effect.ALLOW, Effect.DENY), (Effect.ALLOW, Effect.ASK)}
    assert (Effect.DENY, Effect.ALLOW) in seen


def test_its_tools_file_refuses_nothing() -> None:
    """A call that does not fit the tools file of a shadow is told so, and passes."""
    tools = read(Source("t.json", '[{"name": "send", "inputSchema": {"required": ["to"]}}]'))
    open_ = Bound(policy('policy open version 1; default allow because "open";'))
    strict = Bound(policy("policy strict version 1; rule r: allow send;"), tools)
    said = of(together([open_], [strict]), call())

    assert said.effect is Effect.ALLOW
    assert [(one.policy, one.code) for one in said.shadow] == [("strict", ReasonCode.INVALID_CALL)]


def test_one_that_fails_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault while a shadow is judged refuses no call."""

    class Bad(Exception):
        pass

    def state(bound: Any) -> State:
        if len(bound) > 1:
            raise Bad
        return NOTHING_KNOWN

    open_ = Bound(policy('policy open version 1; default allow because "open";'))
    other = Bound(policy("policy other version 1; rule r: deny send;"))
    said = engine.decide(together([open_], [other]), call(), NOW, TERMS, state).verdict

    assert (said.effect, said.shadow) == (Effect.ALLOW, ())


NEXT = """\
policy next version 1;
rule small: allow pay when args.amount <= 3;
rule told: deny on_nothing;
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    harness = GatewayHarness(tmp_path)
    harness.write("next.bar", NEXT)
    yield harness
    harness.close()


def bind(gateway: GatewayHarness, text: str) -> None:
    gateway.write("bindings.toml", text)
    gateway.reload()
    assert gateway.gateway.live.refused is None


def count(gateway: GatewayHarness) -> float:
    found = gateway.gateway.metrics.registry.get_sample_value(
        "drawbar_shadow_differs_total", {"policy": "next"}
    )
    return found or 0.0


def test_a_gateway_records_and_counts_what_a_shadow_would_change(gateway: GatewayHarness) -> None:
    """The answer is what it was, the record names the shadow, and so does the metric."""
    bind(gateway, '[[bind]]\npolicy = "next"\nrollout = "shadow"\n')
    same, other = gateway.check(pay(args={"amount": 1})).json(), gateway.check(pay()).json()
    newest = gateway.records()[0]

    assert (same["effect"], same["shadow"], other["effect"]) == ("allow", [], "allow")
    assert [(one["policy"], one["effect"]) for one in other["shadow"]] == [("next", "deny")]
    assert [one["policy"] for one in newest.shadow] == ["next"]
    assert (newest.would, count(gateway)) == (None, 1.0)


def test_in_a_gateway_too_shadows_alone_let_nothing_through(gateway: GatewayHarness) -> None:
    """Where every policy that binds a call is in shadow, it is denied; what would be is told."""
    both = '[[bind]]\npolicy = "{}"\nrollout = "shadow"\n'
    bind(gateway, both.format("next") + both.format("bank"))
    said = gateway.check(pay(args={"amount": 1})).json()
    listed = gateway.request("POST", "/v1/tools", json={"tools": [{"name": "pay"}]}).json()

    assert (said["effect"], said["reason"]) == ("deny", "no_policy")
    assert {(one["policy"], one["effect"]) for one in said["shadow"]} == {
        ("bank", "allow"),
        ("next", "allow"),
    }
    assert listed["tools"] == []


def test_a_canary_enforces_for_its_sessions_and_is_told_for_the_others(
    gateway: GatewayHarness,
) -> None:
    """A session stays in its part; a call without a session is in the part that is enforced."""
    bind(gateway, '[[bind]]\npolicy = "next"\nrollout = "canary"\npercent = 50\n')
    said = [
        [
            gateway.check(pay(call_id=f"c{again}", session=f"s{at}")).json()["effect"]
            for again in range(2)
        ]
        for at in range(24)
    ]

    assert {tuple(both) for both in said} == {("allow", "allow"), ("deny", "deny")}
    assert gateway.check(pay()).json()["effect"] == "deny"
    assert count(gateway) == 2 * sum(both == ["allow", "allow"] for both in said)


def test_agents_and_tenants_have_their_own_policies(gateway: GatewayHarness) -> None:
    """Whom a policy does not bind, it does not judge; the tenant comes from the key."""
    bind(
        gateway,
        '[[bind]]\npolicy = "next"\ntenants = ["acme"]\nagents = ["crm-*"]\n'
        '[[bind]]\npolicy = "bank"\nagents = ["*"]\n'
        '[[bind]]\npolicy = "bank"\ntenants = ["acme"]\n',
    )
    acme = gateway.new_key([Scope.CHECK, Scope.ASSERT_SUBJECT], tenant="acme")

    def effect(agent: str, key: str | None = None) -> str:
        said = gateway.check(pay(agent={"id": agent}), key)
        return str(said.json()["effect"])

    assert effect("crm-1") == "allow"
    assert effect("crm-1", acme) == "deny"
    assert effect("other", acme) == "allow"
    assert gateway.check(pay()).json()["reason"] == "no_policy"
    assert gateway.check(pay(), acme).json()["effect"] == "deny"


def test_an_environment_is_named_by_the_settings(tmp_path: Path) -> None:
    """What is bound to another environment decides nothing here."""
    gateway = GatewayHarness(tmp_path, environment="staging")
    try:
        bind(gateway, '[[bind]]\npolicy = "bank"\nenvironments = ["production"]\n')
        elsewhere = gateway.check(pay()).json()
        bind(gateway, '[[bind]]\npolicy = "bank"\nenvironments = ["production", "staging"]\n')
        here = gateway.check(pay()).json()
    finally:
        gateway.close()

    assert (elsewhere["effect"], elsewhere["reason"]) == ("deny", "no_policy")
    assert here["effect"] == "allow"
