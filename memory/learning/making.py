"""Makes one revision of memory: a pure function of what it is given, in any process."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dsl import strictjson
from dsl.model import Effect
from memory.induction.case import Base, Case
from memory.induction.configuration import Configuration
from memory.induction.fold import Memory, fold, refreshed
from memory.induction.log import Log
from memory.induction.revision import digest_of, told
from memory.learning.checkpoint import memory_of
from memory.learning.job import Job
from memory.learning.packing import unpacked


def made(job: Job) -> dict[str, Any]:
    """Return the revision that a job comes to, as plain values."""
    log, configuration = _log(job), job.terms.configuration(job.sampling)
    memory = _folded(job, log, configuration)
    said = told(memory, log.head, configuration)
    last = max(job.refreshes, key=lambda one: one.seq)
    shares = None if memory.moment is None else memory.moment.rhos
    audited = {} if shares is None else {"rho": {str(side): rho for side, rho in shares.items()}}
    return {
        **audited,
        "tenant": job.terms.tenant,
        "seq": last.seq,
        "as_of": last.as_of.isoformat(),
        "before": None if job.before is None else job.before["digest"],
        "terms": job.terms.told(),
        "cases": _digest_of(job.cases),
        "digest": digest_of(said),
        "told": said,
    }


def _folded(job: Job, log: Log, configuration: Configuration) -> Memory:
    """Return what memory comes to: from the revision before, or from the beginning."""
    if job.before is None:
        return fold(log, configuration)
    before, said = job.before, log.said()
    anew = not strictjson.are_equal(before["terms"], job.terms.told())
    memory = memory_of(before, log.reports, anew=anew)
    cases = list(log.cases.values())
    for refresh in log.moments:
        if refresh.seq > before["seq"]:
            known = [one for one in cases if one.at <= refresh.as_of]
            memory = refreshed(memory, said.before(refresh.seq), known, refresh, configuration)
    return memory


def _log(job: Job) -> Log:
    last = max(one.seq for one in job.refreshes)
    cases = [case for line in job.cases if (case := case_of(line, job.terms.tenant)) is not None]
    return Log(
        [one for one in job.reports if one.seq < last],
        [one for one in job.withdrawn if one.seq < last],
        job.refreshes,
        [one for one in job.rolled_back if one.seq < last],
        [one for one in job.released if one.seq < last],
        [one for one in job.rejected if one.seq < last],
        {one.decision_id: one for one in cases},
    )


def case_of(line: bytes, tenant: str) -> Case | None:
    """Read a case; what cannot be read is none, as what was erased."""
    try:
        found = strictjson.reread(line)
        about = found["case"]
        effect, soft = about["base"]
        return Case(
            decision_id=found["id"],
            tenant=tenant,
            tool=about["tool"],
            features=unpacked(about["features"]),
            base=Base(Effect(effect), soft is True),
            effect=Effect(about["effect"]),
            at=datetime.fromisoformat(found["at"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _digest_of(cases: Iterable[bytes]) -> str:
    """Return what tells whether a revision is made of the same cases."""
    found = hashlib.sha256()
    for line in sorted(cases):
        found.update(len(line).to_bytes(8, "big") + line)
    return found.hexdigest()
