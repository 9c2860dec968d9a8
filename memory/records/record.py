"""One decision as it is kept: which words of it are clear, and how it is written down."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, structs
from msgspec.json import Encoder

from dsl import strictjson
from dsl.model import Atom, Change, Decision, Handle, Obligation, Reason, ToolCall
from memory.mac import Mac

if TYPE_CHECKING:
    from memory.keys import ApiKey

KIND: Final = "decision"
_Plain = Mapping[str, Any]


class DecisionRecord(Struct, frozen=True):
    """One decision as it is kept. Arguments are kept as a keyed digest only.

    `known` says how many events of its session had happened. `phase` says what was decided: a call,
    or what came back of it, or a reply; of the latter two `content_hmac` is the digest. Where rules
    changed it, `changed_hmac` is that of the new one. `would` is the effect if no policy were only
    observing, where that is another; the first of them begins to enforce at `observe_until`.
    `first` is the decision of the seat before, where this one takes it over. `revision_digest` is
    the whole digest of the policies that `revision` names, whose text is kept. `glass` names what
    was broken, where a policy judged in place of another.
    """

    id: str
    tenant: str
    at: datetime
    edge: str
    key_id: str
    subject: str | None
    agent: str | None
    session: str | None
    call_id: str
    server: str | None
    tool: str
    args_hmac: str
    effect: str
    reason: str
    reasons: tuple[_Plain, ...]
    message: str
    revision: str | None
    dry_run: bool
    engine: str
    roles: tuple[str, ...] = ()
    known: int | None = None
    phase: str = "call"
    content_hmac: str | None = None
    changed_hmac: str | None = None
    changes: tuple[_Plain, ...] = ()
    obligations: tuple[_Plain, ...] = ()
    shadow: tuple[_Plain, ...] = ()
    atoms: tuple[_Plain, ...] = ()
    approval: _Plain | None = None
    would: str | None = None
    observe_until: str | None = None
    first: str | None = None
    revision_digest: str | None = None
    glass: tuple[str, ...] = ()

    @property
    def rule(self) -> str | None:
        """Return the first rule that decided, with its policy."""
        named = (f"{one['policy']}/{one['rule']}" for one in self.reasons if one["rule"])
        return next(named, None)

    def told(self) -> dict[str, Any]:
        """Return all of it by name."""
        return structs.asdict(self)

    def content(self) -> str:
        """Write the record in one form only, as it is chained and stored."""
        told = self.told()
        told["at"] = self.at.isoformat()
        if self.would is None:  # as in most records
            del told["would"], told["observe_until"]
        if self.first is None:
            del told["first"]
        if self.revision_digest is None:  # as in records from before revisions were kept
            del told["revision_digest"]
        if not self.glass:  # as in nearly all
            del told["glass"]
        return canonical(told)

    def row(self) -> dict[str, Any]:
        """Return the columns it is found by, and all of it."""
        return {
            "id": self.id,
            "kind": KIND,
            "tenant": self.tenant,
            "at": self.at,
            "subject": self.subject,
            "agent": self.agent,
            "session": self.session,
            "tool": f"{self.server}/{self.tool}" if self.server else self.tool,
            "effect": self.effect,
            "rule": self.rule,
            "would": self.would,
            "glass": " ".join(self.glass) or None,
            "content": self.content(),
        }


_LISTS: Final = ("reasons", "changes", "obligations", "shadow", "atoms", "roles", "glass")


def canonical(told: _Plain) -> str:
    """Write what has texts, whole numbers, truths and nothing else: the form of RFC 8785."""
    return _ENCODER.encode(told).decode()


_ENCODER: Final = Encoder(order="deterministic")


def record(content: str) -> DecisionRecord:
    """Read a record as it was written."""
    told = json.loads(content)
    lists = {name: tuple(told.get(name, ())) for name in _LISTS}
    return DecisionRecord(**{**told, **lists, "at": datetime.fromisoformat(told["at"])})


@dataclass(frozen=True, slots=True)
class Recorder:
    """Makes records: knows the digest key and the version that decides."""

    digest_key: bytes
    engine: str
    digests: Mapping[str, str] = field(default_factory=dict)  # of revisions, by name
    _mac: Mac = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out once what the key comes to."""
        object.__setattr__(self, "_mac", Mac(self.digest_key))

    def record(
        self, call: ToolCall, decision: Decision, edge: str, key: "ApiKey"
    ) -> DecisionRecord:
        """Return what is kept of a decision."""
        verdict = decision.verdict
        return DecisionRecord(
            id=decision.id,
            tenant=key.tenant,
            at=decision.now,
            edge=edge,
            key_id=key.id,
            subject=call.subject.id,
            roles=call.subject.roles,
            agent=call.agent,
            session=call.session,
            known=decision.known,
            call_id=call.call_id,
            server=call.server,
            tool=call.tool,
            args_hmac=self._hmac(call.written),
            effect=decision.effect,
            reason=verdict.code,
            reasons=tuple(map(_reason, verdict.reasons)),
            message=decision.message,
            revision=decision.revision,
            revision_digest=self.digests.get(decision.revision or ""),
            dry_run=decision.dry_run,
            engine=self.engine,
            changed_hmac=None if verdict.changed is None else self.args_hmac(verdict.changed),
            changes=tuple(map(_change, verdict.changes)),
            obligations=tuple(map(_obligation, verdict.obligations)),
            shadow=tuple(map(_reason, verdict.shadow)),
            atoms=tuple(map(_atom, decision.atoms)),
            approval=_approval(decision.approval),
            first=decision.first,
            would=verdict.would,
            observe_until=_iso(verdict.observe_until),
            glass=decision.glass,
        )

    def output(self, made: DecisionRecord, phase: str, content: Any) -> DecisionRecord:
        """Return a record as one of what was decided about a result or a reply."""
        return structs.replace(made, phase=phase, content_hmac=self.args_hmac(content))

    def args_hmac(self, args: Any) -> str:
        """Return a digest that only holders of the key can hold a guess against."""
        plain = dict(args) if isinstance(args, Mapping) else args
        return self._hmac(strictjson.canonical(plain))

    def _hmac(self, written: str) -> str:
        return "hmac-sha256:" + self._mac.digest(written.encode()).hex()


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _reason(one: Reason) -> _Plain:
    source = None if one.source is None else {"file": one.source.file, "line": one.source.line}
    return {**dict(zip(_OF_REASON, _told_of(one), strict=True)), "source": source}


def _change(one: Change) -> _Plain:
    return {"path": one.path, "kind": one.kind}


def _obligation(one: Obligation) -> _Plain:
    told = {"type": one.type, "to": one.to, "policy": one.policy, "rule": one.rule}
    return {**told, "carried": one.carried}


def _approval(handle: Handle | None) -> _Plain | None:
    """Return which approval a decision rests on, or waits for; who answered stands in records."""
    if handle is None:
        return None
    needs = [
        {"kind": one.need.kind, "role": one.need.role, "status": str(one.status)}
        for one in handle.needs
    ]
    return {"id": handle.id, "status": str(handle.status), "needs": needs}


def _atom(one: Atom) -> _Plain:
    told = {"question": one.question, "about": dict(one.about), "answer": one.answer}
    return told if one.value is None else {**told, "value": one.value}


_OF_REASON: Final = tuple(one.name for one in fields(Reason) if one.name != "source")
_told_of: Final = attrgetter(*_OF_REASON)
