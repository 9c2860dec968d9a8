"""What a person looks at before a learned rule becomes one of theirs, and how it does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from app.auth import Caller
from app.learning.contradicted import contradicted
from app.learning.declaring import binding
from app.learning.promoting import CannotPromote, Proposal, Stricter, Wish, proposed
from app.learning.queue import reviewed
from app.learning.trying import tests_of, that_hold
from app.problems import Problem
from app.publishing import checking
from app.publishing.checking import Said, Sound, Unfit
from app.publishing.publishing import who
from app.publishing.replays import Replayed, replay
from dsl import syntax
from dsl.errors import Source
from dsl.parse import parse
from memory.feedback.reading import PROMOTION
from memory.induction.evidence import Side
from memory.induction.report import Report
from memory.learning.making import case_of
from memory.publishing.draft import Draft, DraftExists, NoDraft
from memory.records.act import What, act
from memory.revisions.revision import File

if TYPE_CHECKING:
    from app.learning.learning import Learning
    from app.wiring import Gateway

WEEK: Final = timedelta(days=7)
_LOOKED: Final = 20  # decisions in which it is looked who denied
Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Into:
    """Into which policy a rule is to go, and with what effect."""

    policy: str
    effect: Stricter = "ask"


@dataclass(frozen=True, slots=True)
class Looked:
    """A rule in a policy, with what is to be said of the file that it makes."""

    proposal: Proposal
    said: Sequence[Said]
    tests: Sequence[str]
    sound: Sound | None

    @property
    def errors(self) -> list[Said]:
        """Return what keeps it from being published."""
        return [one for one in self.said if one.level == "error"]


@dataclass(frozen=True, slots=True)
class Reviewing:
    """One person at the rules of one tenant."""

    gateway: "Gateway"
    learning: "Learning"
    caller: Caller
    tenant: str

    async def queue(self, *, every: bool = False, after: str | None = None) -> list[Plain]:
        """Return what waits for a person, the best proved and farthest reaching first.

        `after`: what follows a rule; of one that waits no longer, all is told again.
        """
        content = self.learning.learned.held.get(self.tenant)
        if content is None:
            return []
        told = await self.gateway.feedback.read(self.tenant)
        policies = binding(self.gateway.live.current, self.tenant)
        # As with drafts: the linter looks at all rules.
        written = None if self.gateway.written is None else self.gateway.written.written
        files = () if written is None else written.texts.files
        against = await contradicted(self.gateway, self.tenant, told, content, files)
        work = partial(reviewed, content, told, against, every=every)
        found = await self.gateway.desk.workbench(work)
        names = [one["rule"]["id"] for one in found]
        first = names.index(after) + 1 if after in names else 0
        return [{**one, "policies": policies} for one in found[first:]]

    async def one(self, name: str) -> Plain:
        """Return one rule, whether it waits for a person or not."""
        every = await self.queue(every=True)
        found = next((one for one in every if one["rule"]["id"] == name), None)
        if found is None:
            raise Problem(404, "not_found", "there is no such rule")
        return found

    async def looked(self, name: str, into: Into) -> Looked:
        """Return what becomes of a policy with a rule in it; nothing is stored."""
        told, files = await self.gateway.feedback.read(self.tenant), self._files()
        content = self._content()
        one = next((rule for rule in content["told"]["rules"] if rule["id"] == name), None)
        if one is None:
            raise Problem(404, "not_found", "there is no such rule")
        agreeing = [each for each in told.reports if each.id in one["evidence"]]
        wish = Wish(
            policy=into.policy,
            owner=self.caller.key.subject,
            on=self.gateway.now().date(),
            reporters=len({each.reporter for each in agreeing} - {None}),
            groups=len({each.group for each in agreeing} - {None}),
            effect=into.effect,
            denied_by=await self._denied_by(one, agreeing, into.policy),
        )
        try:
            made = proposed(files, content, name, wish)
        except CannotPromote as error:
            raise Problem(422, "cannot_promote", str(error)) from error
        tests = await self._tests(made, one, agreeing, content)
        return await self.gateway.desk.workbench(
            partial(_looked, made, files, tests, self.gateway.now())
        )

    async def replayed(self, looked: Looked, most: int) -> Replayed:
        """Judge the newest decisions of a week by the policies with the rule in them."""
        if looked.sound is None:
            raise Unfit("the policies cannot be used together", looked.errors)
        since = self.gateway.now() - WEEK
        return await replay(self.gateway, self.tenant, looked.sound.policies, most, since)

    async def promote(self, name: str, into: Into, digest: str, note: str) -> tuple[Draft, Looked]:
        """Begin a draft in which a policy has the rule; people publish it, or do not."""
        looked = await self.looked(name, into)
        if looked.proposal.digest != digest:
            words = "the policy or the rule is another now than what was looked at; look again"
            raise Problem(409, "stale_digest", words)
        if looked.errors:
            raise Unfit("the linter finds errors", looked.errors)
        reporters = await self._reporters(name)
        if self.caller.key.subject in reporters:
            words = "who reported for a rule does not promote it; another person does"
            raise Problem(403, "another_person", words)
        now, desk = self.gateway.now(), self.gateway.desk
        draft = name.replace("m_", "memory-", 1)
        await self._refuse_taken(draft)
        said = {"rule": name, "policy": into.policy, "draft": draft}
        named: dict[str, Any] = {"about": name, "details": {**said, "note": note}}
        done = act(What.MEMORY_PROMOTED, self.caller.actor, now, self.tenant, **named)
        more = {**said, "reporters": sorted(reporters), "digest": digest, "note": note}
        await self.gateway.feedback.add(PROMOTION, more, done)
        files = looked.proposal.files(self._files())
        return await desk.drafts.begin(draft, files, who(self.caller), now), looked

    async def _refuse_taken(self, draft: str) -> None:
        """Refuse a name that a draft has: a promotion is recorded first, and would come to none."""
        try:
            await self.gateway.desk.drafts.get(draft)
        except NoDraft:
            return
        raise DraftExists(f"there is a draft `{draft}` already")

    async def _reporters(self, name: str) -> set[str]:
        """Return who reported on the calls of a rule, for it or against it."""
        told = await self.gateway.feedback.read(self.tenant)
        rules = self._content()["told"]["rules"]
        one = next(rule for rule in rules if rule["id"] == name)
        known = {*one["evidence"], *one["against"]}
        return {one.reporter for one in told.reports if one.id in known and one.reporter}

    def _content(self) -> Plain:
        found = self.learning.learned.held.get(self.tenant)
        if found is None:
            raise Problem(404, "not_found", "nothing was learned yet")
        return found

    def _files(self) -> list[File]:
        """Return what people wrote, as it is in force here."""
        written, current = self.gateway.written, self.gateway.live.current
        fresh = None if written is None else written.written
        if fresh is None or fresh.policies.digest not in (current.people, current.digest):
            words = "what people wrote last is not in force here yet; try again"
            raise Problem(409, "not_in_force", words)
        return list(fresh.texts.files)

    async def _denied_by(self, one: Plain, agreeing: Sequence[Report], policy: str) -> str | None:
        """Return which rule of a policy denied most of the calls that a nomination is about."""
        if one["side"] != str(Side.SOFTEN):
            return None
        found: Counter[str] = Counter()
        for decision in list(dict.fromkeys(each.decision_id for each in agreeing))[:_LOOKED]:
            record = await self.gateway.records.get(decision)
            for reason in () if record is None else record.reasons:
                if reason["policy"] == policy and reason["effect"] == "deny" and reason["rule"]:
                    found[str(reason["rule"])] += 1
        return min(found, key=lambda name: (-found[name], name), default=None)

    async def _tests(
        self, made: Proposal, one: Plain, agreeing: Sequence[Report], content: Plain
    ) -> list[syntax.TestBlock]:
        """Return tests that may hold of the rule, out of one call that was reported."""
        if one["side"] != str(Side.DENY):
            return []
        rule = next(each for each in parse(Source("", f"{_HEAD}{made.says}")).rules)
        schemas = {tool["name"]: tool["inputSchema"] for tool in content["terms"]["tools"]}
        for decision in dict.fromkeys(each.decision_id for each in agreeing[:_LOOKED]):
            line = await self.learning.cases.one(self.tenant, decision)
            case = None if line is None else case_of(line, self.tenant)
            if case is not None and (found := tests_of(rule, case, schemas.get(one["tool"], {}))):
                return found
        return []


_HEAD: Final = "overlay memory version 1;\n"


def _looked(
    made: Proposal, files: Sequence[File], tests: Sequence[syntax.TestBlock], now: Any
) -> Looked:
    held = _holding(made, files, tests)
    whole = made.with_text("\n\n".join(held))
    said, sound = checking.looked(whole.files(files), now)
    mine = [one for one in said if one.file in (None, made.file)]
    return Looked(whole, mine, held, sound)


def _holding(made: Proposal, files: Sequence[File], tests: Sequence[syntax.TestBlock]) -> list[str]:
    """Return the tests that hold; where the policies cannot be read, that is said elsewhere."""
    try:
        return that_hold(made.wish.policy, made.files(files), made.file, tests)
    except Unfit:
        return []
