"""What the speed of learning is measured on."""

from random import Random

from bench import induction
from bench.lifelong import traits
from bench.lifelong.arm import configuration
from bench.lifelong.world import START
from dsl.errors import Source
from dsl.lint.rule import Unit
from dsl.lint.run import has_error
from dsl.parse import read
from memory.induction.printing import narrow
from memory.induction.report import Label


def test_the_log_has_as_many_reports_and_calls_as_it_says() -> None:
    """Each report is of another call, of both labels, and before the last day."""
    cases, reports = induction.log(30, 400)

    assert len(cases) == 430
    assert len({one.decision_id for one in reports}) == 30
    assert {one.label for one in reports} == set(Label)
    assert {one.decision_id for one in reports} <= {one.decision_id for one in cases}
    assert max(one.at for one in reports) < START + (max(one.at for one in cases) - START) * 0.96


def test_the_rules_are_as_memory_prints_them() -> None:
    """As many as were asked for, each another, in an overlay that reads and lints without error."""
    random, setting = Random(1), configuration()  # noqa: S311 - a world, no secret
    of = traits.mix(random)
    cases = [induction.drawn_case(random, of, number) for number in range(20)]
    made = induction.rules(random, cases, setting, many=40)
    policy, broken = read(source := Source("narrow.bar", narrow(made, setting)))

    assert policy is not None
    assert not broken
    assert len({one.name for one in policy.rules}) == 40
    assert not any(one.shadow for one in policy.rules)
    assert not has_error(Unit(source, policy, tools=setting.tools))
