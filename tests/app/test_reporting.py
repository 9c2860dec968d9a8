"""What a report makes of single records."""

from typing import Any

from app.reporting import Report, Seen, Stop
from tests.memory.records.test_log import a_record

RULE = {
    "code": "rule",
    "effect": "deny",
    "policy": "bank",
    "rule": "never",
    "by": "true",
    "cause": None,
    "path": None,
}
NOTHING = {**RULE, "code": "no_rule", "rule": None}
UNKNOWN = {**RULE, "cause": "no_user_events", "path": "args.to"}
OBSERVED = {"effect": "allow", "reason": "observe", "would": "deny"}


def stops(*records: dict[str, Any]) -> list[tuple[Stop, int]]:
    """Return what a report finds stopped in some records."""
    report = Report()
    for one in records:
        report.take(Seen(a_record(**{"server": "srv", "tool": "pay", **one})))
    return [(stop, kind.number) for stop, kind in report.ordered()]


def test_a_result_that_would_be_withheld_is_named_as_such() -> None:
    """It stands beside calls, and is no call."""
    found = stops({**OBSERVED, "phase": "result", "reasons": (RULE,)})

    assert found == [(Stop("result of srv/pay", "deny", "bank/never", observed=True), 1)]


def test_a_stricter_opinion_is_found_beside_what_was_enforced() -> None:
    """Another policy asked; the one that observes would have denied, as its shadow says."""
    shadow = (RULE, {**RULE, "effect": "ask", "rule": "other"})
    one = {"effect": "ask", "reason": "rule", "would": "deny", "shadow": shadow}

    assert stops(one) == [(Stop("srv/pay", "deny", "bank/never", observed=True), 1)]


def test_what_is_unknown_says_why() -> None:
    """A rule that applied since nobody told the user's words reads so: wiring, and no attack."""
    ((stop, _),) = stops({**OBSERVED, "reasons": (UNKNOWN,)})

    assert stop.why == "bank/never by unknown (args.to no_user_events)"


def test_rules_are_called_for_only_where_nothing_else_refused() -> None:
    """An allow rule helps where no rule allowed; below a deny it would be in vain."""
    report = Report()
    for reasons in ((NOTHING,), (NOTHING, RULE), (NOTHING, {**NOTHING, "policy": "other"})):
        report.take(Seen(a_record(server=None, tool="pay", **{**OBSERVED, "reasons": reasons})))

    assert {key: one.kind.number for key, one in report.unallowed.items()} == {
        ("bank", "pay"): 2,
        ("other", "pay"): 1,
    }


def test_the_canary_and_dry_runs_are_nobodys_calls() -> None:
    """What ran on nothing is counted apart, or not at all."""
    report = Report()
    report.take(Seen(a_record(effect="deny", reason="canary")))
    report.take(Seen(a_record(effect="deny", reason="rule", dry_run=True)))

    assert (report.decisions, report.dry_runs, report.ordered()) == (0, 1, [])


def test_what_shadows_would_do_is_counted_apart_from_what_observers_would() -> None:
    """A rule that only observes stands above as `would`, and is counted once."""
    report = Report()
    other = {**RULE, "policy": "next", "rule": None, "code": "no_rule"}
    allow = {**RULE, "policy": "next", "rule": None, "code": "default", "effect": "allow"}
    for shadow, told in (
        ((other,), {"effect": "allow", "reason": "rule", "would": None}),
        ((RULE, other), {"effect": "ask", "reason": "rule", "would": "deny"}),
        ((allow,), {"effect": "deny", "reason": "no_policy", "would": None}),
    ):
        report.take(Seen(a_record(server="srv", tool="pay", shadow=shadow, **told)))
    found = [(stop.effect, stop.why, kind.number) for stop, kind in report.in_shadow()]

    assert ("deny", "no rule of next allows it", 1) in found
    assert ("allow", "next allows it", 1) in found
