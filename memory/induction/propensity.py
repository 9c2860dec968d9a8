"""How much of what goes wrong is reported: told by audits, which look without being asked to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from memory.induction.case import Case
from memory.induction.evidence import Side
from memory.induction.report import Kind, Report
from memory.induction.weights import COMMON, ONE

_SURE: Final = 20  # errors that are supposed beside those that were found, one of them reported
LEAST: Final = 10  # thousandths
MOST: Final = 500


def rhos(reports: Sequence[Report], cases: Iterable[Case]) -> Mapping[Side, int] | None:
    """Return for each side what share of errors is reported, in thousandths; None without audits.

    An error is an audited call of which the opposite of what it deserved was done. It had been
    reported if somebody had said the same of it by the time of the audit.
    """
    audits = [one for one in reports if one.kind is Kind.AUDIT]
    if not audits:
        return None
    named = {one.decision_id for one in audits}
    known = {one.decision_id: one for one in cases if one.decision_id in named}
    said = [one for one in reports if one.kind in COMMON and one.decision_id in named]
    return {side: _rho(side, audits, said, known) for side in Side}


def _rho(
    side: Side, audits: Iterable[Report], said: Sequence[Report], known: Mapping[str, Case]
) -> int:
    """Return the share of one side, each call counted once."""
    errors: dict[str, Report] = {}
    for one in audits:
        case = known.get(one.decision_id)
        if case is not None and one.label is side.agrees and side.is_opposed_by(case.effect):
            errors.setdefault(one.decision_id, one)
    before = {
        one.decision_id
        for one in said
        if one.label is side.agrees
        and one.decision_id in errors
        and one.seq < errors[one.decision_id].seq
    }
    share = (len(before) + 1) * ONE // (len(errors) + _SURE)
    return min(max(share, LEAST), MOST)
