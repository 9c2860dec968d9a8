"""Puts together what a revision is made of, out of what one tenant's log holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from memory.feedback.reading import Told
from memory.learning.job import Job
from memory.learning.terms import Terms

Content = Mapping[str, Any]


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
