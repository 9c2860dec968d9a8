"""How much of what goes wrong is reported is told by audits, and makes silence weigh more."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from dsl.model import Effect
from memory.induction.case import Base, Case, Features
from memory.induction.evidence import OMEGA, RHO, Ledger, Side, bound_of
from memory.induction.log import audited
from memory.induction.propensity import LEAST, MOST, rhos
from memory.induction.report import Kind, Label, Report
from memory.induction.sheet import Sheet
from memory.induction.weights import Weight
from tests.memory.induction import world
from tests.memory.induction.test_induction_laws import CONFIGURATION


def case(number: int, effect: Effect = Effect.ALLOW) -> Case:
    return Case(
        decision_id=f"d{number}",
        tenant="acme",
        tool="send",
        features=Features(),
        base=Base(effect),
        effect=effect,
        at=world.START,
    )


def said(seq: int, number: int, kind: Kind = Kind.AUDIT, **more: Any) -> Report:
    given = {"label": Label.VIOLATION, "reporter": "ana", **more}
    at = world.START + timedelta(minutes=seq)
    return Report(id=f"r{seq}", seq=seq, decision_id=f"d{number}", kind=kind, at=at, **given)


def told(reports: list[Report], cases: list[Case]) -> Any:
    return rhos(audited(reports), cases)


def test_without_audits_it_is_what_is_supposed() -> None:
    """Nothing is told then, and the first audits begin at the same: 1 in 20."""
    assert told([said(1, 1, Kind.FAILURE)], [case(1)]) is None
    fine = told([said(1, 1, label=Label.OK)], [case(1)])
    assert fine == {Side.DENY: RHO, Side.SOFTEN: RHO}
    assert bound_of(Weight(5000), 3000) == bound_of(Weight(5000), 3000, RHO * 200 // 1000)
    assert bound_of(Weight(5000), 30_000, 2 * OMEGA) < bound_of(Weight(5000), 30_000)


def test_errors_that_had_been_reported_raise_it_and_others_lower_it() -> None:
    """(reported + 1) / (errors + 20), each call once, and only what was said before the audit."""
    cases = [case(number) for number in range(80)]
    found = [said(100 + number, number) for number in range(30)]
    before = [said(1 + number, number, Kind.FAILURE, reporter="ben") for number in range(10)]
    after = [said(200, 11, Kind.FAILURE), said(201, 12, Kind.ASK_ANSWER)]
    other = [said(202 + n, n, reporter="eva") for n in range(30)]  # the same calls once more
    other += [said(50, 13, Kind.FAILURE, label=Label.OK), said(51, 14, Kind.ADMIN)]

    assert told(found, cases)[Side.DENY] == 1000 // 50
    assert told([*before, *found, *after, *other], cases)[Side.DENY] == 11_000 // 50


def test_where_more_is_reported_silence_weighs_more() -> None:
    """The same reports among the same silent calls prove less, and on that side alone."""
    log = world.drawn(4, 240)
    sheet = Sheet(log.cases.values(), [one.decision_id for one in log.reports], CONFIGURATION.names)
    as_of = world.START + timedelta(days=2)

    def bound(side: Side, **shares: int) -> int:
        known = {Side(name): share for name, share in shares.items()} or None
        return Ledger(sheet, log.reports, as_of, rhos=known).bound(side, sheet.every)

    assert bound(Side.DENY, deny=500, soften=50) < bound(Side.DENY)
    assert bound(Side.DENY, deny=10, soften=50) > bound(Side.DENY)
    assert bound(Side.DENY, deny=50, soften=500) == bound(Side.DENY)


def test_each_side_has_its_own_errors() -> None:
    """A denial that was in order is one for softening; what was rightly done is none."""
    cases = [case(number, Effect.DENY) for number in range(40)]
    found = [said(number, number, label=Label.OK) for number in range(20)]
    found += [said(20 + number, 20 + number) for number in range(20)]

    assert told(found, cases) == {Side.DENY: RHO, Side.SOFTEN: 1000 // 40}


def test_it_stays_within_bounds() -> None:
    """Neither a few nor many audits take it out of 0.01 to 0.5."""
    many = list(range(500))
    cases = [case(number) for number in many]
    audits = [said(1000 + number, number) for number in many]
    all_said = [said(number, number, Kind.FAILURE) for number in many]

    assert told(audits, cases)[Side.DENY] == LEAST
    assert told([*all_said, *audits], cases)[Side.DENY] == MOST


def _events() -> Iterator[Report]:
    yield said(1, 1, Kind.FAILURE)
    yield said(2, 2)
    yield said(3, 2, Kind.FAILURE)


def test_only_reports_on_audited_calls_are_looked_at() -> None:
    """The rest says nothing of how much is reported."""
    assert [one.seq for one in audited(list(_events()))] == [2, 3]
