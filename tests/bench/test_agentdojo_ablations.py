"""Policies without one thing: what is taken out is minded no more, and all else stays."""

from pathlib import Path

import pytest

from app.policy import policies
from app.policy.policies import PolicySet
from bench.agentdojo.ablations import VARIANTS, play_all, variants, worth
from bench.agentdojo.score import Cases
from bench.agentdojo.suites import SUITES, Suite
from dsl import interpret, syntax
from dsl.model import ToolCall
from dsl.testing.run import run
from tests.bench.agentdojo_world import ALONE, ATTACKED, Shop

POLICY = """policy shop version 1;
source look as trusted;
source buy, give as untrusted;
label look.secret as secret;
let named = args.what from user;
let known = args.to from [user, trusted];
let looked = called(look);
rule look: allow look;
rule buy: allow buy when named and looked;
rule give: allow give when user_said(/tea/) priority -1;
rule stranger: deny give when not known;
rule secrets: deny give when args.to has secret;
rule prose: ask give when any e in entities(args.to): e from untrusted;
"""


@pytest.fixture
def shop(tmp_path: Path) -> PolicySet:
    """Return a policy that uses everything that can be taken out."""
    (tmp_path / "shop.bar").write_text(POLICY, "utf-8")
    return policies.load([tmp_path / "shop.bar"])


def _worth(shop: PolicySet, name: str) -> tuple[int, int, int]:
    """Return attacks in either order, and tasks done, without something."""
    of = variants(shop)
    cases = [
        case
        for script, attacked in ((ALONE, False), (ATTACKED, True))
        for case in play_all(Shop(attacked=attacked), SUITES[0], script, of)
    ]
    (variant,) = (one for one in VARIANTS if one.name == name)
    found = worth(Cases(tuple(cases)), variant)
    return found.attacks_first, found.attacks_after, found.tasks


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nothing", (0, 0, 1)),
        ("labels", (0, 0, 1)),
        ("mandate", (0, 0, 1)),
        ("entities", (0, 0, 1)),
        ("sums", (0, 0, 1)),
        ("trust", (0, 0, 1)),
        ("distrust", (0, 0, 1)),
        ("history", (0, 0, 1)),
        ("near", (0, 0, 1)),
        ("record", (0, 0, 1)),
        ("record_never", (0, 0, 1)),
        ("delegated", (0, 0, 1)),
        ("delegated_never", (0, 0, 1)),
        ("whole", (0, 0, 1)),
        ("echo", (0, 0, 1)),
        ("words", (0, 0, 1)),
        ("origin", (1, 1, 1)),
    ],
)
def test_what_holds_an_attack_off_is_seen(
    shop: PolicySet, name: str, expected: tuple[int, int, int]
) -> None:
    """In the invented shop the origin of a name alone holds the attack off."""
    assert _worth(shop, name) == expected


def _effect(policy: str, variant: str, tmp_path: Path) -> str:
    file = tmp_path / "one.bar"
    file.write_text(f"policy one version 1; {policy}", "utf-8")
    bound = variants(policies.load([file]))[f"without {variant}"].bound
    return str(interpret.evaluate(bound, ToolCall("c", "pay", {"to": "x"}), SUITES[0].now).effect)


@pytest.mark.parametrize(
    ("policy", "effect"),
    [
        ("rule r: allow pay when args.to from user;", "allow"),
        ("rule r: allow pay when not args.to from user;", "allow"),
        ("rule a: allow pay; rule r: deny pay when args.to from user;", "allow"),
        ("rule a: allow pay; rule r: deny pay when not args.to from user;", "allow"),
        ("let l = args.to from user; rule r: allow pay when l;", "allow"),
        ("let l = args.to from user; rule a: allow pay; rule r: deny pay when not l;", "allow"),
        ("rule r: allow pay when none x in [args.to]: x from user;", "allow"),
        ("rule r: allow pay when directed(args.to);", "allow"),
        ('rule r: allow pay when args.to == "y" and args.to from user;', "deny"),
    ],
)
def test_what_is_taken_out_is_true_in_allow_and_false_elsewhere(
    policy: str, effect: str, tmp_path: Path
) -> None:
    """Whichever way round a condition stands, also behind a name that several rules use."""
    assert _effect(policy, "origin", tmp_path) == effect


@pytest.mark.parametrize(
    ("variant", "condition"),
    [
        ("near", "near(args.n, 1, 5%)"),
        ("record", 'args.to from record(look) where record.title == "x"'),
        ("delegated", "user_delegated()"),
    ],
)
def test_each_of_the_later_questions_can_be_taken_out(
    variant: str, condition: str, tmp_path: Path
) -> None:
    """It is minded no more, whichever way round; and where its answer is no, it accepts nothing."""
    asked = f"rule r: allow pay when {condition};"
    turned = f"rule a: allow pay; rule r: deny pay when not {condition};"

    assert [_effect(one, variant, tmp_path) for one in (asked, turned)] == ["allow", "allow"]
    if variant != "near":
        never = f"{variant}_never"
        assert [_effect(one, never, tmp_path) for one in (asked, turned)] == ["deny", "deny"]


def test_without_whole_a_part_counts(tmp_path: Path) -> None:
    """The sources stay, with their levels and in their places."""
    text = (
        "policy one version 1; source a as trusted; source b.x as internal whole; rule r: allow a;"
    )
    (tmp_path / "one.bar").write_text(text, "utf-8")
    policy = variants(policies.load([tmp_path / "one.bar"]))["without whole"].bound[0].policy
    found = [one for one in policy.statements if isinstance(one, syntax.SourceLevel)]

    assert [(one.level, one.whole) for one in found] == [("trusted", False), ("internal", False)]


@pytest.mark.parametrize(
    "suite", [one for one in SUITES if one.role == "open"], ids=lambda o: o.name
)
def test_a_policy_without_nothing_is_the_policy(suite: Suite) -> None:
    """Rewriting as such changes no decision: the policies' own tests hold as before."""
    found = policies.load([suite.policy])
    same = variants(found)["without nothing"]

    assert [one for result in run(same.bound[0]).results for one in result.failures] == []
