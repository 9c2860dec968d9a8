"""What reports weigh together: nobody can move a rule further than their cap."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from memory.induction.evidence import bound_of
from memory.induction.report import Kind, Label, Report
from memory.induction.weights import COMMON, Weight, decay, weigh
from tests.memory.induction.world import START, case, report

AS_OF = START + timedelta(days=60)
ABOUT = case(1, {})


def said(seq: int, label: Label, kind: Kind, who: int | None, days: int) -> Report:
    at = AS_OF - timedelta(days=days)
    team = None if who is None else f"team{who % 2}"
    name = None if who is None else f"person{who}"
    return report(seq, ABOUT, label, kind=kind, reporter=name, group=team, at=at)


reports = st.lists(
    st.tuples(
        st.sampled_from(Label),
        st.sampled_from(Kind),
        st.none() | st.integers(0, 3),
        st.integers(0, 400),
    ),
    max_size=25,
).map(lambda drawn: [said(seq, *one) for seq, one in enumerate(drawn)])


def bound(some: Sequence[Report], background: int) -> int:
    return bound_of(weigh(some, Label.VIOLATION, AS_OF), background)


@given(some=reports, one=reports.filter(bool), background=st.integers(0, 90_000))
def test_agreement_never_lowers_a_bound_and_contradiction_never_raises_it(
    some: list[Report], one: list[Report], background: int
) -> None:
    """Law 5: for a fixed rule, one more report moves the bound its own way or not at all."""
    new = report(99, ABOUT, one[0].label, kind=one[0].kind, reporter=one[0].reporter, at=one[0].at)
    before, after = bound(some, background), bound([*some, new], background)

    assert after >= before if new.label is Label.VIOLATION else after <= before


@given(some=reports, less=st.integers(0, 90_000), more=st.integers(0, 90_000))
def test_silence_never_raises_a_bound(some: list[Report], less: int, more: int) -> None:
    """Law 5: more background never raises the bound."""
    assert bound(some, less + more) <= bound(some, less)


@given(some=reports)
def test_one_person_moves_either_side_by_two_and_a_group_by_three(some: list[Report]) -> None:
    """Law 6: without audits, a reporter weighs at most 2, a group 3, all that is anonymous 1."""
    common = [one for one in some if one.kind in COMMON]
    whole = weigh(common, Label.VIOLATION, AS_OF)
    for most, left in (
        (2000, [one for one in common if one.reporter != "person0"]),
        (3000, [one for one in common if one.group != "team0"]),
        (1000, [one for one in common if one.reporter is not None]),
    ):
        rest = weigh(left, Label.VIOLATION, AS_OF)
        assert abs(whole.agreeing - rest.agreeing) <= most
        assert abs(whole.contradicting - rest.contradicting) <= most


def test_the_caps_hold_in_figures() -> None:
    """Ten failures of one person weigh 2, of a team 3, of nobody 1; audits of one person 6."""
    one = [said(seq, Label.VIOLATION, Kind.FAILURE, 0, 0) for seq in range(10)]
    team = [said(seq, Label.VIOLATION, Kind.FAILURE, 2 * (seq % 5), 0) for seq in range(10)]
    nobody = [said(seq, Label.VIOLATION, Kind.FAILURE, None, 0) for seq in range(10)]
    audits = [said(seq, Label.VIOLATION, Kind.AUDIT, 0, 0) for seq in range(10)]
    found = [weigh(some, Label.VIOLATION, AS_OF) for some in (one, team, nobody, audits)]

    assert found == [Weight(2000), Weight(3000), Weight(1000), Weight(6000)]


def test_who_contradicts_themselves_keeps_the_share_of_both_sides() -> None:
    """A cap scales what agrees and what contradicts together."""
    both = [said(seq, Label.VIOLATION if seq else Label.OK, Kind.FAILURE, 0, 0) for seq in range(4)]

    assert weigh(both, Label.VIOLATION, AS_OF) == Weight(1500, 500)


def test_a_report_loses_half_its_weight_in_ninety_days() -> None:
    """Decay counts whole days, in thousandths."""
    assert [decay(days) for days in (0, 1, 45, 90, 180, 900)] == [1000, 992, 707, 500, 250, 1]
