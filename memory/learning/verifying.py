"""Makes a revision once more from what is stored, and says whether it is the same to the byte."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dsl import strictjson
from memory.feedback.store import Feedback
from memory.learning.cases import Cases
from memory.learning.gathering import gathered
from memory.learning.job import Job
from memory.learning.making import made
from memory.learning.revisions import MemoryFault, MemoryRevisions
from memory.learning.terms import terms

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of looking at one revision; without flaws it is what its log comes to."""

    seq: int
    digest: str
    flaws: tuple[str, ...] = ()


class Verifier:
    """Recomputes revisions of one store."""

    def __init__(
        self, feedback: Feedback, cases: Cases, revisions: MemoryRevisions, sampling: bytes
    ) -> None:
        self._feedback = feedback
        self._cases = cases
        self._revisions = revisions
        self._sampling = sampling

    async def newest(self, tenant: str) -> Verified | None:
        """Verify what a tenant's memory came to last; None where it never came to anything."""
        listed = await self._revisions.listed(tenant)
        if not listed:
            return None
        named = listed[0]
        try:
            content = await self._revisions.newest(tenant)
            if content is None:
                return None
            flaws = await self._flaws(content)
        except MemoryFault as error:
            return Verified(named.seq, named.digest, (str(error),))
        return Verified(named.seq, named.digest, tuple(flaws))

    async def _flaws(self, content: Content) -> list[str]:
        if content.get("restored") is not None:
            return await self._restored(content)
        before = await self._before(content)
        return _flaws(content, made(await self._job(content, before)))

    async def _restored(self, content: Content) -> list[str]:
        """Hold what a person went back to against the revision that it was."""
        old = await self._revisions.get(content["tenant"], content["restored"])
        if old is None:
            return ["the revision that it went back to is no longer kept"]
        same = strictjson.are_equal(old["told"], content["told"])
        return [] if same else ["it differs from the revision that it went back to"]

    async def _before(self, content: Content) -> Content | None:
        """Return the revision that this one goes on from."""
        if content["before"] is None:
            return None
        tenant = content["tenant"]
        for one in await self._revisions.listed(tenant):
            if one.digest == content["before"]:
                return await self._revisions.get(tenant, one.seq)
        raise MemoryFault("the revision that it goes on from is no longer kept")

    async def _job(self, content: Content, before: Content | None) -> Job:
        tenant, seq = content["tenant"], content["seq"]
        told = await self._feedback.read(tenant)
        if seq not in {one.seq for one in told.refreshes}:
            raise MemoryFault("the log has no refresh of its number")
        told = replace(told, refreshes=[one for one in told.refreshes if one.seq <= seq])
        known = terms(content["terms"])
        return await gathered(self._cases, known, told, before, self._sampling)


def _flaws(content: Content, again: Content) -> list[str]:
    """Return what differs, the inputs first: they explain the rest."""
    flaws = []
    if content["cases"] != again["cases"]:
        flaws.append("the calls that it was made of are not all there any more, or others are")
    if content["digest"] != again["digest"]:
        flaws.append("its log comes to other rules")
    elif not strictjson.are_equal(content, again):
        flaws.append("it says something else of how it was made")
    return flaws
