"""Which words of a decision are the operator's own, so that they may be written down in clear."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dsl import syntax
from dsl.evaluation.opinion import Bound
from dsl.model import Change, Obligation, Reason
from memory.evidence.masking import NOTHING_SHOWN, mask

_Rule = tuple[str | None, str | None]  # the names of a policy and of a rule; a default has none


@dataclass(frozen=True, slots=True)
class Published:
    """The texts of the policies in force; rules that hold for one session may quote anybody."""

    becauses: Mapping[_Rule, str | None]
    replies: frozenset[str]
    told: frozenset[str]
    places: frozenset[str]

    def reason(self, reason: Reason, key: bytes) -> Reason:
        """Return a reason with the words masked that no published policy holds."""
        name = (reason.policy, reason.rule)
        if reason.policy is None:
            return reason
        if name in self.becauses and reason.because in (None, self.becauses[name]):
            return reason
        return replace(
            reason,
            because=_masked(reason.because, key),
            path=_masked(reason.path, key),
            detail=_masked(reason.detail, key),
            source=None,
        )

    def reply(self, wording: str, key: bytes) -> str:
        """Return the words of a reply, if a published rule says them."""
        return wording if wording in self.replies else str(_masked(wording, key))

    def obligation(self, one: Obligation, key: bytes) -> Obligation:
        """Return what must be done, masked where no published policy says so."""
        return one if one.to in self.told else replace(one, to=str(_masked(one.to, key)))

    def change(self, one: Change, key: bytes) -> Change:
        """Return what was changed, masked where no published policy does."""
        return one if one.path in self.places else replace(one, path=str(_masked(one.path, key)))


def published(bound: Iterable[Bound]) -> Published:
    """Return what the policies in force say."""
    policies = [one.policy for one in bound if one.published]
    rules = [(policy, rule) for policy in policies for rule in policy.rules]
    becauses: dict[_Rule, str | None] = {(p.name, rule.name): rule.because for p, rule in rules}
    for policy in policies:
        becauses[policy.name, None] = None if policy.default is None else policy.default.because
    return Published(
        becauses,
        frozenset(rule.reply for _, rule in rules if rule.reply is not None),
        frozenset(name for _, rule in rules for duty in rule.duties for name in _told(duty)),
        frozenset(str(one.path) for _, rule in rules for one in rule.transforms),
    )


def _told(duty: syntax.Duty) -> Iterable[str]:
    match duty:
        case syntax.Notify(to):
            return (to,)
        case syntax.MustCall(tool):
            return (tool,)


def _masked(text: str | None, key: bytes) -> str | None:
    return None if text is None else str(mask(text, NOTHING_SHOWN, key))
