"""The tests that live with a policy."""

from dsl.interpret import Bound
from dsl.testing.run import TestReport, run
from tests.dsl.making import policy


def report(text: str) -> TestReport:
    return run(Bound(policy(text)))


def failures(text: str) -> list[str]:
    return [failure.message for result in report(text).results for failure in result.failures]


RULES = """
rule reads: allow read_file when args.path starts_with "/srv/";
rule never: deny delete_*;
"""


def test_expectations_that_hold_pass() -> None:
    """Each `expect` judges the call before it."""
    text = (
        RULES
        + 'test "t" { call read_file(path: "/srv/a"); expect allow; expect allow by reads;'
        + ' call read_file(path: "/etc"); expect deny; call delete_x(); expect deny by never; }'
    )

    assert report(text).passed
    assert report(text).coverage.undecided == ()


def test_expectations_that_do_not_hold_say_what_came() -> None:
    """The failure names the expected and the actual effect, and who decided."""
    assert failures(RULES + 'test "t" { call read_file(path: "/srv/a"); expect deny; }') == [
        "expected deny, got allow: rule `reads`"
    ]
    assert failures(RULES + 'test "t" { call read_file(path: "/etc"); expect deny by never; }') == [
        "expected deny by `never`, got deny: no_rule"
    ]


def test_an_unknown_is_named() -> None:
    """A rule that applied by unknown is shown with its cause."""
    text = (
        'rule open: allow x; rule big: ask x when args.n > 1; test "t" { call x(); expect allow; }'
    )

    assert failures(text) == ["expected allow, got ask: rule `big` by unknown (missing: args.n)"]


def test_a_failure_points_at_its_expectation() -> None:
    """The place of a failure is the `expect` that did not hold."""
    text = 'policy p version 1; test "t" { call x(); expect allow; }'
    (failure,) = report(text).results[0].failures

    assert text[failure.span.start : failure.span.end] == "expect allow;"


def test_rules_that_no_test_reached_are_listed() -> None:
    """Coverage names each rule that never decided."""
    assert report(
        RULES + 'test "t" { call read_file(path: "/srv/a"); expect allow; }'
    ).coverage.undecided == ("never",)


def test_an_overlay_is_tested_on_top_of_what_allows_everything() -> None:
    """Alone an overlay would deny all for want of a policy; its tests show what it adds."""
    text = 'overlay o version 1; rule never: deny delete_*; test "t" { call %s(); expect %s; }'

    assert report(text % ("delete_x", "deny by never")).passed
    assert report(text % ("read", "allow")).passed


def test_time_stands_still_unless_it_is_given() -> None:
    """Calls are decided at a fixed instant, or at the one given before them."""
    text = """
    rule r: allow x valid from 2026-03-01;
    test "t" {
      call x(); expect deny;
      given now 2026-03-01; call x(); expect allow;
      given now 2026-02-28T23:59:59; call x(); expect deny;
    }
    """

    assert failures(text) == []


def test_a_call_may_name_its_server() -> None:
    """What stands before the slash is the server."""
    text = 'rule r: deny hub/send; rule a: allow send; test "t" { call %s(); expect %s; }'

    assert failures(text % ("hub/send", "deny by r")) == []
    assert failures(text % ("send", "allow by a")) == []


def test_every_kind_of_value_can_be_given() -> None:
    """Arguments are JSON values, with exact numbers."""
    text = """
    rule r: allow x when args.n == 1.5 and args.l[1] == "b" and args.o.k and not present(args.z);
    test "t" {
      call x(n: 1.50, l: ["a", "b"], o: {"k": true}, z: null);
      expect allow by r;
    }
    """

    assert failures(text) == []
