"""The rules that are measured: read whole or not at all, and the same in each engine's language."""

import json
from collections.abc import Sequence
from typing import Any, Final

import pytest

from bench.speed import deciding, rules, shapes
from bench.speed.engines import ENGINES, Engine
from bench.speed.in_process import Cell
from bench.speed.languages import agt, casbin, cedar, cel, cerbos, even, invariant, polar, rego
from bench.speed.rules import Check, Lacks, NotPlain, Rule
from bench.speed.shapes import SHAPES, Shape

HEAD: Final = "policy p version 1;\n"
SHAPE_NAMES: Final = [one.name for one in SHAPES]
TEXT: Final = (
    f"{HEAD}"
    'rule a: allow send when args.role == "x" and args.n <= 5 and args.to ends_with "@a.b";\n'
    'rule b: deny send when args.path contains "/t/" and args.team in ["c", "d"];\n'
)


@pytest.fixture(scope="module")
def plain() -> list[Rule]:
    return rules.read(TEXT)


def test_rules_are_read_with_all_of_their_tests(plain: Sequence[Rule]) -> None:
    """Nothing of a rule is left out."""
    assert plain == [
        Rule(
            "a",
            allows=True,
            tool="send",
            tests=(Check("role", "==", "x"), Check("n", "<=", 5), Check("to", "ends_with", "@a.b")),
        ),
        Rule(
            "b",
            allows=False,
            tool="send",
            tests=(Check("path", "contains", "/t/"), Check("team", "in", ("c", "d"))),
        ),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "rule a: allow send;",
        "rule a: ask send when args.n <= 5;",
        "rule a: allow send, pay when args.n <= 5;",
        "rule a: allow send when args.n < 5;",
        "rule a: allow send when not args.n <= 5;",
        "rule a: allow send when args.a <= 5 or args.b <= 5;",
        "rule a: allow send when args.a.b <= 5;",
        "rule a: allow send when args.n <= args.m;",
        'rule a: allow send when args.to not in ["a"];',
        'rule a: allow send when args.to like "a*";',
    ],
)
def test_what_the_others_are_not_written_for_is_no_policy_of_the_bench(rule: str) -> None:
    """No engine is given less than what stands in the policy."""
    with pytest.raises(NotPlain):
        rules.read(HEAD + rule)


@pytest.mark.parametrize("shape", SHAPES, ids=SHAPE_NAMES)
def test_a_shape_is_the_same_every_time_and_as_long_as_asked(shape: Shape) -> None:
    """Two runs measure the same policy, and a longer one begins with the shorter."""
    short, long = shape.text(20), shape.text(40)

    assert short == shape.text(20)
    assert long.startswith(short)
    assert len(rules.read(long)) == 40


@pytest.mark.parametrize("shape", SHAPES, ids=SHAPE_NAMES)
def test_drawn_calls_are_allowed_and_refused(shape: Shape) -> None:
    """Equal answers say nothing where all answers are the same."""
    cell = Cell(shape, 60)

    assert len(cell.wanted) == shapes.CHECKED
    assert 20 < sum(cell.wanted) < shapes.CHECKED - 20


@pytest.mark.parametrize("shape", [one for one in SHAPES if one.last], ids=lambda one: one.name)
def test_the_timed_calls_pass_the_last_rule_and_no_other(shape: Shape) -> None:
    """An engine that reads rule by rule has to read all of them."""
    text = shape.text(60)
    timed = shape.timed(rules.read(text))

    assert len({json.dumps(one) for one in timed}) == shapes.TIMED
    for call in timed:
        verdict = deciding.interpreted(text)(*_asked(call))
        assert [one.rule for one in verdict.reasons] == ["r59"]


def test_a_mark_stands_in_the_arguments_of_every_timed_call() -> None:
    """Over HTTP a number takes its place, so no call is asked about twice."""
    shape = SHAPES[0]
    for call in shape.timed(rules.read(shape.text(3)), "@@@"):
        assert "@@@" in call["args"]["to"] or "@@@" in call["args"]["path"]


def _asked(call: dict[str, Any]) -> tuple[Any, Any]:
    from bench.speed.in_process import _NOW  # noqa: PLC0415 - what the bench decides at
    from dsl.model import ToolCall  # noqa: PLC0415

    return ToolCall("c", call["tool"], call["args"]), _NOW


@pytest.mark.parametrize("engine", ENGINES, ids=lambda one: one.name)
@pytest.mark.parametrize("shape", SHAPES, ids=SHAPE_NAMES)
def test_an_engine_is_given_each_rule_or_sits_the_shape_out(engine: Engine, shape: Shape) -> None:
    """A value of every rule stands in its policy; what it lacks is said in words."""
    text = shape.text(30)
    own = rules.read(text)
    try:
        written = engine.write(text, own)
    except Lacks:
        return  # who lacks what is held below
    for rule in own:
        for test in rule.tests:
            for value in test.value if isinstance(test.value, tuple) else (test.value,):
                assert _escaped(value) & {one for one in _escaped(value) if one in written}


def _escaped(value: object) -> set[str]:
    """Return how a value may stand in a policy: as it is, or its dots as no pattern reads them."""
    text = str(value)
    forms = {text, text.replace(".", r"\."), text.replace(".", "[.]"), text.replace("\\", "\\\\")}
    return forms | {one.replace("\\", "\\\\") for one in forms}


def test_who_lacks_what_is_known() -> None:
    """No engine that could take part sits a shape out by a mistake of the bench."""
    lacking = set()
    for shape in SHAPES:
        text = shape.text(30)
        for engine in ENGINES:
            try:
                engine.write(text, rules.read(text))
            except Lacks:
                lacking.add((engine.name, shape.name))

    assert lacking == {
        ("cedarpy", "regex"),
        ("oso", "regex"),
        ("agt", "one"),
        ("agt", "mixed"),
        ("agt", "regex"),
    }


def test_cedar_denies_by_forbid(plain: Sequence[Rule]) -> None:
    """An effect is the effect of the language."""
    assert cedar.render(plain) == (
        'permit (principal, action == Action::"send", resource)\n'
        'when { context.role == "x" && context.n <= 5 && context.to like "*@a.b" };\n'
        'forbid (principal, action == Action::"send", resource)\n'
        'when { context.path like "*/t/*" && ["c", "d"].contains(context.team) };\n'
    )


def test_rego_refuses_what_any_rule_denies(plain: Sequence[Rule]) -> None:
    """Denials stand in a document of their own, which an allow must not find."""
    written = rego.render(plain)

    assert "allow if {\n\tpermitted\n\tnot refused\n}" in written
    assert '\tinput.tool == "send"\n\tinput.args.role == "x"\n\tinput.args.n <= 5\n' in written
    assert "permitted" not in rego.render(plain[:1])


def test_cel_looks_for_denials_beside_what_is_allowed(plain: Sequence[Rule]) -> None:
    """A tool without a rule that allows is refused whatever else holds."""
    assert json.loads(cel.render(plain))["send"].endswith(
        ' && !((args.path.contains("/t/") && args.team in ["c", "d"]))'
    )
    assert json.loads(cel.render(plain[1:]))["send"].startswith("false && !")


def test_the_others_are_written_as_their_documentation_has_it(plain: Sequence[Rule]) -> None:
    """Each has its own words for the same rule."""
    assert casbin.render(plain).splitlines()[1] == (
        "p, send, regexMatch(r.args.path, '.*/t/') && r.args.team in ['c', 'd'], deny"
    )
    assert "not denied(tool, call)" in polar.render(plain)
    assert 'raise "b" if:' in invariant.render(plain)
    policy = json.loads(cerbos.render(plain)["send.yaml"])["resourcePolicy"]
    assert [one["effect"] for one in policy["rules"]] == ["EFFECT_ALLOW", "EFFECT_DENY"]
    with pytest.raises(Lacks):
        agt.render(plain)


def test_many_parts_are_joined_evenly() -> None:
    """A thousand parts are no deeper than ten parentheses."""
    joined = even.joined([f"p{at}" for at in range(1000)], "or")

    assert joined.count("p") == 1000
    assert max(_depths(joined)) <= 10
    assert even.joined([], "or") == ""
    assert even.joined(["a"], "or") == "a"


def _depths(text: str) -> list[int]:
    depth, found = 0, [0]
    for sign in text:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        found.append(depth)
    return found
