"""Puts together what a revision is made of, out of what one tenant's log holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from memory.feedback.reading import Told
from memory.learning.cases import Cases
from memory.learning.job import Job
from memory.learning.terms import Terms

Content = Mapping[str, Any]


async def gathered(
    cases: Cases, terms: Terms, told: Told, before: Content | None, sampling: bytes
) -> Job:
    """Return what the rules at the last refresh of a log are made of, with its calls as stored."""
    last = max(told.refreshes, key=lambda one: one.seq)
    reported = [one.decision_id for one in told.reports if one.seq < last.seq]
    lines = await cases.lines(terms.tenant, reported, last.as_of)
    return job_of(terms, told, lines, before, sampling)


def job_of(
    terms: Terms,
    told: Told,
    cases: Sequence[bytes],
    before: Content | None = None,
    sampling: bytes = b"",
) -> Job:
    """Return what the rules at the last refresh of a log are made of."""
    return Job(
        terms,
        told.reports,
        told.withdrawn,
        told.refreshes,
        cases,
        before,
        sampling,
        told.rolled_back,
        told.released,
        told.rejected,
    )
