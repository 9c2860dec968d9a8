"""Writes a learned rule into the text of a policy that people wrote, and says what differs.

Everything here is text in, text out: a person reads it, changes it, and publishes it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Literal

from app.policy.comparing import difference
from dsl import strictjson, syntax
from dsl.errors import DrawbarError, Source, Span, printable
from dsl.evaluation.scope import names_of
from dsl.model import Effect, SourceLine
from dsl.parse import parse, read
from dsl.place import located
from dsl.show.statements import show
from memory.induction.evidence import Side
from memory.learning.terms import terms
from memory.revisions.revision import File

REVIEW: Final = timedelta(days=180)
MEMORY: Final = "memory"  # the document that the rule's `source` names
_IDS_A_LINE: Final = 2
_THOUSAND: Final = 1_000
_BOUND: Final = 10_000
Content = Mapping[str, Any]
Stricter = Literal["ask", "deny"]


class CannotPromote(DrawbarError):
    """A rule that cannot be written into this policy."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Into which policy a rule is to be written, with what effect, and for whom."""

    policy: str
    owner: str
    on: date
    reporters: int = 0
    groups: int = 0
    effect: Stricter = "ask"
    denied_by: str | None = None  # of a nomination: the rule of that policy that denied


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file of a policy, before and after a rule was written into it."""

    wish: Wish
    rule: str
    file: str
    before: str
    after: str
    says: str

    @property
    def diff(self) -> str:
        """Return what is written otherwise."""
        return difference([File(self.file, self.before)], [File(self.file, self.after)])

    @property
    def digest(self) -> str:
        """Name what a person agrees to: the policy as it was, and what the rule says.

        Not who agrees and when, nor the weights behind the rule: these change with each refresh.
        """
        told = [self.wish.policy, self.file, self.before, self.rule, self.says, self.wish.effect]
        return hashlib.sha256(strictjson.canonical(told).encode()).hexdigest()

    def files(self, files: Sequence[File]) -> list[File]:
        """Return all files of the policies, with this one as it would be."""
        return [File(self.file, self.after) if one.name == self.file else one for one in files]

    def with_text(self, more: str) -> "Proposal":
        """Return the same with more at the end of the file."""
        return replace(self, after=f"{self.after.rstrip()}\n\n{more.rstrip()}\n") if more else self


def proposed(files: Sequence[File], content: Content, rule: str, wish: Wish) -> Proposal:
    """Return the file of a policy with a rule in it, or raise where it cannot stand there."""
    one = next((each for each in content["told"]["rules"] if each["id"] == rule), None)
    if one is None:
        raise CannotPromote("there is no such rule")
    file, policy = _file(files, wish.policy)
    if any(each.name == rule for each in policy.rules):
        raise CannotPromote(f"`{wish.policy}` has the rule `{rule}` already")
    notes = "\n".join(_provenance(one, content, wish))
    if one["side"] == str(Side.DENY):
        stated = _stated(content, rule, wish)
        says = show(replace(stated, owner=None, source=None))
        names = _needed(content, policy, says)
        after = "\n".join((file.text.rstrip(), "", *names, notes, show(stated), ""))
    else:
        nomination = next(each for each in content["told"]["soften"] if each["rule"] == rule)
        says = f"not ({nomination['condition']})"
        names = _needed(content, policy, says)
        after = _softened(file.text, policy, wish, says, "\n".join((*names, notes, "")))
    return Proposal(wish, rule, file.name, file.text, after, says)


def _file(files: Sequence[File], name: str) -> tuple[File, syntax.Policy]:
    for one in files:
        if one.name.endswith(".bar"):
            policy, _ = read(Source(one.name, one.text))
            if policy is not None and policy.name == name:
                return one, policy
    raise CannotPromote(f"no policy that people wrote is named `{name}`")


def _stated(content: Content, rule: str, wish: Wish) -> syntax.Rule:
    """Return the rule as it would stand there: in force, and with an owner."""
    learned = parse(Source(MEMORY, content["told"]["narrow"]))
    found = next(one for one in learned.rules if one.name == rule)
    source = SourceLine(MEMORY, content["seq"])
    stated = replace(found, shadow=False, owner=wish.owner, source=source)
    return stated if wish.effect == "ask" else replace(stated, effect=Effect.DENY, approver=None)


def _needed(content: Content, policy: syntax.Policy, text: str) -> list[str]:
    """Return the names that a condition speaks of and a policy does not have yet."""
    words = terms(content["terms"]).configuration().words
    known = {one.name for one in policy.lets}
    return [let for name, let in words.items() if f"{name}[" in text and name not in known]


def _softened(text: str, policy: syntax.Policy, wish: Wish, says: str, head: str) -> str:
    """Return a policy whose rule that denied has an exception: `and not (C)`."""
    placed = {one.name: (start, one) for start, one in located(policy, syntax.Rule)}
    if wish.denied_by is None or wish.denied_by not in placed:
        raise CannotPromote(f"no rule of `{wish.policy}` denied these calls, so none is to soften")
    if wish.denied_by not in names_of(policy).judgements:
        raise CannotPromote(f"`{wish.denied_by}` asks no model, so memory softens nothing of it")
    start, denied = placed[wish.denied_by]
    if denied.condition is None:
        raise CannotPromote(f"`{wish.denied_by}` has no condition that could be narrowed")
    at, span = start + denied.span.start, denied.condition.span
    span = Span(start + span.start, start + span.end)
    condition = f"({text[span.start : span.end]}) and {says}"
    return text[:at] + head + text[at : span.start] + condition + text[span.end :]


def _provenance(one: Mapping[str, Any], content: Content, wish: Wish) -> Iterator[str]:
    """Yield where a rule comes from: no value of a call, and no word of anybody."""
    parent = "" if one["parent"] is None else f" parent {one['parent']}"
    yield (
        f"# memory {one['id']} rev {content['digest'][:16]}{parent} a={one['a'] / _THOUSAND:g}"
        f" d={one['d'] / _THOUSAND:g} n_bg={one['n_bg'] / _THOUSAND:g} L={one['L'] / _BOUND:g}"
        f" reporters={wish.reporters} groups={wish.groups}"
    )
    names = one["evidence"]
    for at in range(0, len(names), _IDS_A_LINE):
        yield f"# evidence {' '.join(names[at : at + _IDS_A_LINE])}"
    yield f"# promoted by {printable(wish.owner)} {wish.on}, review after {wish.on + REVIEW}"
