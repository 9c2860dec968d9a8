"""Policies that stand by: they judge nothing until glass is broken, and then for one policy."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from app import engine
from app.binding.bindings import Binding, Rollout
from app.binding.standing_by import StandIn
from app.binding.told import findings
from app.binding.whom import Whom
from app.cli.main import cli
from app.policy import policies
from app.policy.policies import PolicySet
from dsl import syntax
from dsl.errors import DrawbarError, Source
from dsl.interpret import Bound
from dsl.model import Effect, ToolCall
from tests.app.test_placing import WHOM, those
from tests.app.test_trial import TERMS, renamed, stacks
from tests.dsl import drawing
from tests.dsl.drawing_state import Drawn, states
from tests.dsl.making import NOW

BROKEN = (StandIn("gls_1", "p", "relief"),)
RELIEF = Binding("relief", stands_by_for="p")
FILES = {
    "p": "policy p version 1; rule r: allow pay;",
    "q": "policy q version 1; rule r: allow pay;",
    "relief": "policy relief version 1; rule r: allow pay;",
    "spare": "policy spare version 1; rule r: allow pay;",
    "over": "overlay over version 1; rule r: deny pay;",
}


def judging(found: PolicySet, *broken: StandIn, **whom: Any) -> list[str]:
    at = found.under(broken).at(Whom(**{"edge": "http", **whom}))
    return [one.policy.name for one in at.bound]


def test_what_stands_by_judges_only_where_its_policy_would() -> None:
    """It takes that policy's place for whom that binds, and only while glass is broken."""
    found = those(Binding("p", tenants=("acme",)), RELIEF)
    beside = found.under(BROKEN).at(Whom("http", "acme"))

    assert judging(found, tenant="acme") == ["base", "p"]
    assert judging(found, *BROKEN, tenant="acme") == ["base", "relief"]
    assert judging(found, *BROKEN, tenant="bank") == ["base"]
    assert (beside.stood_in, found.at(Whom("http", "acme")).stood_in) == (BROKEN, ())
    assert [one.policy.name for one in found.reaching("http", None)] == ["base", "p"]


def test_what_stands_by_covers_whom_its_entries_name() -> None:
    """A tenant, agent or environment beyond its lists keeps the usual policy; so does nobody."""
    found = those(Binding("relief", agents=("crm-*",), stands_by_for="p"), also=("p",))

    assert judging(found, *BROKEN, agent="crm-7") == ["relief"]
    assert judging(found, *BROKEN, agent="mail") == ["p"]
    assert judging(found, *BROKEN, agent=None) == ["p"]


@pytest.mark.parametrize("less", [{"rollout": Rollout.SHADOW}, {"observe_until": NOW}])
def test_where_a_policy_refuses_nothing_none_takes_its_place(less: dict[str, Any]) -> None:
    """In shadow, or while it observes, there is nothing to get past: all stays as it is."""
    found = those(Binding("p", **less), RELIEF)

    assert found.under(BROKEN).at(Whom("http")).stood_in == ()
    assert "relief" not in judging(found, *BROKEN)


@given(whom=WHOM, rollout=st.sampled_from(Rollout), agents=st.sampled_from([None, ("x*",)]))
def test_without_broken_glass_what_stands_by_is_as_good_as_absent(
    whom: Whom, rollout: Rollout, agents: Any
) -> None:
    """Whoever calls: the same policies judge as if the one that stands by were not there."""
    usual = Binding("p", rollout=rollout, percent=40, agents=agents)
    here = those(usual, RELIEF).at(whom)
    alone = those(usual).at(whom)

    assert [one.policy.name for one in here.bound] == [one.policy.name for one in alone.bound]
    assert [one.policy.name for one in here.shadowed] == [one.policy.name for one in alone.shadowed]


@drawing.law(30)
@given(usual=stacks, others=stacks, relief=drawing.policies(), made=drawing.calls(), state=states)
def test_glass_for_one_policy_softens_nothing_that_others_refuse(
    usual: list[syntax.Policy],
    others: list[syntax.Policy],
    relief: syntax.Policy,
    made: ToolCall,
    state: Drawn,
) -> None:
    """What is decided is what the stand-in and all others say: no weaker than the others alone."""
    (p,) = renamed(usual[:1], "p")
    (stands_by,) = renamed([relief], "relief")
    rest = renamed(others, "q")
    bindings = (Binding(stands_by.policy.name, stands_by_for=p.policy.name),)
    whole = PolicySet((p, stands_by, *rest), "sha256:0", bindings=bindings)
    broken = (StandIn("gls_1", p.policy.name, stands_by.policy.name),)
    said = decided(whole.under(broken).at(Whom("http")), made, state)

    assert said == decided(PolicySet((stands_by, *rest), "sha256:0"), made, state)
    assert said.strictness >= decided(PolicySet(tuple(rest), "sha256:0"), made, state).strictness
    assert decided(whole.at(Whom("http")), made, state) == decided(
        PolicySet((p, *rest), "sha256:0"), made, state
    )


def decided(found: PolicySet, made: ToolCall, state: Drawn) -> Effect:
    return engine.decide(found, made, NOW, TERMS, state).verdict.effect


def loaded(folder: Path, *entries: str) -> PolicySet:
    for name, text in FILES.items():
        (folder / f"{name}.bar").write_text(text)
    (folder / "bindings.toml").write_text("".join(f"[[bind]]\n{one}\n" for one in entries))
    return policies.load([folder])


STANDS_BY = 'policy = "relief"\nstands_by_for = "p"'


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (['policy = "relief"\nstands_by_for = "x"'], "`x`, which is not there"),
        (['policy = "p"\nstands_by_for = "p"'], "stands by for itself"),
        (['policy = "over"\nstands_by_for = "p"'], "`over` is an overlay"),
        (['policy = "relief"\nstands_by_for = "over"'], "`over` is an overlay: overlays hold"),
        ([STANDS_BY, 'policy = "spare"\nstands_by_for = "relief"'], "only stands by itself"),
        ([STANDS_BY, 'policy = "spare"\nstands_by_for = "p"'], "both stand by for `p`"),
        ([STANDS_BY, 'policy = "relief"\nedges = ["mcp"]'], "every entry of `relief`"),
        ([f'{STANDS_BY}\nrollout = "shadow"'], "leave `rollout` out"),
        ([f"{STANDS_BY}\nobserve_until = 2030-01-01"], "leave `observe_until` out"),
        ([f"{STANDS_BY}\npercent = 5"], "leave `percent` out"),
    ],
)
def test_what_cannot_stand_by_is_refused(tmp_path: Path, entries: Sequence[str], said: str) -> None:
    """What nobody could foresee in an emergency is a fault of the file long before."""
    with pytest.raises(DrawbarError, match=r"bindings\.toml") as raised:
        loaded(tmp_path, *entries)

    assert said in str(raised.value)


def test_a_stand_in_is_known_by_what_it_says_and_whom_it_covers(tmp_path: Path) -> None:
    """Its digest changes with its text and its entries, and with nothing else of the folder."""
    first = loaded(tmp_path, STANDS_BY).stand_in_for("p")
    narrower = loaded(tmp_path, f'{STANDS_BY}\nagents = ["crm-*"]').stand_in_for("p")
    (tmp_path / "more.bar").write_text("policy more version 1; rule r: allow mail;")
    beside = loaded(tmp_path, STANDS_BY).stand_in_for("p")
    replaced = FILES["relief"].replace("pay", "mail")
    loaded(tmp_path, STANDS_BY)
    (tmp_path / "relief.bar").write_text(replaced)
    other = policies.load([tmp_path]).stand_in_for("p")

    assert first is not None
    assert first[0] == "relief"
    assert first == beside
    assert len({first, narrower, other}) == 3
    assert loaded(tmp_path).stand_in_for("p") is None


def test_the_linter_says_what_stands_by() -> None:
    """It is told, and no mistake: `--strict` lets it pass."""
    text = f"[[bind]]\n{STANDS_BY}\n"
    (found,) = findings(Source("bindings.toml", text), (RELIEF,), NOW)

    assert (found.code, found.level) == ("stands_by", "info")
    assert text[found.span.start : found.span.end] == 'stands_by_for = "p"'
    assert "judges nothing until glass is broken for `p`" in found.message


def test_a_call_is_checked_by_hand_as_if_glass_were_broken(tmp_path: Path) -> None:
    """Whoever writes a stand-in sees beforehand what an emergency would decide."""
    loaded(tmp_path, STANDS_BY)
    (tmp_path / "over.bar").unlink()
    (tmp_path / "relief.bar").write_text(FILES["relief"].replace("allow", "ask"))

    def effect(*broken: str) -> int:
        command = ["check", "--policy", str(tmp_path), "--call", '{"tool": "pay", "args": {}}']
        return CliRunner().invoke(cli, [*command, *broken]).exit_code

    assert (effect(), effect("--broken", "p"), effect("--broken", "q")) == (0, 5, 2)


def test_a_digest_from_before_stays_as_it_was() -> None:
    """An entry that says nothing of standing by is written as it always was."""
    assert "stands_by" not in repr(Binding("a", ("http",)))
    assert repr(replace(RELIEF, edges=("http",))).endswith("stands_by_for='p')")


def test_policies_under_broken_glass_are_remembered() -> None:
    """Each call finds them made already; whole again, they are the ones from before."""
    found = those(RELIEF, also=("p",))

    assert found.under(BROKEN) is found.under(BROKEN)
    assert found.under(()) is found
    assert isinstance(found.under(BROKEN).bound[0], Bound)
