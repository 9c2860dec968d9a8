"""What audits tell is part of what rules are a function of: same log, same bytes."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dsl import strictjson
from memory.induction.log import Log, Refreshed, Withdrawn
from memory.induction.report import Kind, Label, Report
from memory.learning.job import Job, line, read, written
from memory.learning.making import made
from memory.learning.packing import packed
from memory.learning.terms import Terms
from tests.memory.induction import world

TERMS: Final = Terms("acme", (world.SEND, world.READ), internal=("corp.example",))


def audited(log: Log) -> list[Report]:
    """Return the reports of a log, and audits by lea of violations that were let through."""
    wrong = [one for one in log.reports if one.label is Label.VIOLATION][:12]
    last = log.reports[-1].seq
    return [
        *log.reports,
        *(
            replace(one, id=f"rep_9{n:04}", seq=last + 1 + n, kind=Kind.AUDIT, reporter="lea")
            for n, one in enumerate(wrong)
        ),
    ]


def lines(log: Log) -> list[bytes]:
    """Return the calls of a log as they are stored."""
    found = []
    for one in log.cases.values():
        base = [str(one.base.effect), one.base.soft]
        told = {"tool": one.tool, "features": packed(one.features), "base": base}
        written_down = strictjson.canonical({**told, "effect": str(one.effect)}).encode()
        found.append(line(one.decision_id, one.at, written_down))
    return found


def test_a_revision_with_audits_goes_on_as_from_nothing() -> None:
    """It says what share of errors is reported, and rules weigh silence by that on either way."""
    log = world.drawn(4, 240)
    reports, cases = audited(log), lines(log)
    at = [Refreshed(1_000 + n, world.START + timedelta(days=n + 3)) for n in (1, 2)]
    before = made(Job(TERMS, reports, [], at[:1], cases))
    whole = made(Job(TERMS, reports, [], at, cases))
    going_on = made(read(written(Job(TERMS, reports, [], at, cases, before))))

    assert going_on["told"] == whole["told"]
    assert going_on["rho"] == whole["rho"] == {"deny": 13_000 // 32, "soften": 50}
    alone = replace(reports[-1], kind=Kind.FAILURE)
    assert "rho" not in made(Job(TERMS, [*log.reports, alone], [], at, cases))


def test_an_audit_that_is_withdrawn_was_never_there() -> None:
    """The bytes are those of a log that never held it."""
    log = world.drawn(4, 240)
    cases, at = lines(log), [Refreshed(1_000, world.START + timedelta(days=4))]
    gone = [Withdrawn(seq=999, reporter="lea")]

    assert made(Job(TERMS, audited(log), gone, at, cases)) == made(
        Job(TERMS, log.reports, [], at, cases)
    )
