"""Keeps the values of calls out of records: what of a decision may be written down in clear."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from app.deciding.wording import message
from app.evidence.published import Published, published
from app.evidence.settings import MaskingSettings, steps
from dsl import selectors, strictjson
from dsl.detect import detector as detecting
from dsl.detect import registry
from dsl.evaluation import interpolate
from dsl.evaluation.opinion import Bound
from dsl.model import Atom, Decision, Reason, ReasonCode, ToolCall, Verdict
from memory.evidence.masking import NOTHING_SHOWN, Masking, mask, mask_pointer

MOST_TOOLS: Final = 1_000
_DEPTH: Final = 32


class Masker:
    """Masks what leaves the gateway elsewhere than to who asked, as the settings say."""

    def __init__(self, settings: MaskingSettings) -> None:
        self.settings = settings
        self._bound: Sequence[Bound] = ()
        self._published = published(())
        self._known: dict[tuple[str | None, str], Masking] = {}

    def masking(self, call: ToolCall, bound: Sequence[Bound] = ()) -> Masking:
        """Return what of a call may be seen, worked out once for as long as policies are."""
        self._of(bound)
        name = (call.server, call.tool)
        if name not in self._known:
            if len(self._known) >= MOST_TOOLS:  # whoever calls may make names up
                self._known.clear()
            self._known[name] = self._made(call, bound)
        return self._known[name]

    def _made(self, call: ToolCall, bound: Sequence[Bound]) -> Masking:
        """Return shown paths, and the names that the call's tools declare."""
        shown = [
            steps(path)
            for pattern, paths in self.settings.shown.items()
            if selectors.names(pattern, call.server, call.tool)
            for path in paths
        ]
        names = frozenset({"args", *_declared(bound, call)})
        return Masking(tuple(shown), names, self._hides if self.settings.hidden else None)

    def recorded(
        self, decision: Decision, call: ToolCall, bound: Sequence[Bound], key: bytes
    ) -> Decision:
        """Return a decision as it is written down: no value that the caller sent is clear in it.

        Its message is the rule's reply with the places left open where values stood.
        """
        masking, said = self.masking(call, bound), decision.verdict
        own = self._published
        clear: dict[str, Any] = {
            "reply": self._reply(said, own, call, masking, key),
            "reasons": tuple(own.reason(_named(r, masking, key), key) for r in said.reasons),
            "shadow": tuple(own.reason(_named(r, masking, key), key) for r in said.shadow),
            "changes": tuple(own.change(one, key) for one in said.changes),
            "obligations": tuple(own.obligation(one, key) for one in said.obligations),
        }
        told = {name: value for name, value in clear.items() if value != getattr(said, name)}
        if told:
            said = replace(said, **told)
            decision = replace(decision, verdict=said, message=message(said, call))
        if not decision.atoms:
            return decision
        return replace(decision, atoms=tuple(_atom(one, masking, key) for one in decision.atoms))

    def _reply(
        self, verdict: Verdict, own: Published, call: ToolCall, masking: Masking, key: bytes
    ) -> str | None:
        if verdict.reply is None:
            return None
        return _unfilled(own.reply(verdict.wording or "", key), call, masking, key)

    def _of(self, bound: Sequence[Bound]) -> Published:
        """Return the words of the policies in force, gathered once for as long as they are."""
        if self._bound is not bound:
            self._bound, self._published = bound, published(bound)
            self._known.clear()
        return self._published

    def _hides(self, text: str) -> bool:
        found = (registry.by_name(name) for name in self.settings.hidden)
        return any(one is None or detecting.find(one, text) for one in found)


def _atom(atom: Atom, masking: Masking, key: bytes) -> Atom:
    """Mask what was asked about, and the names in where it stands."""
    about = dict(atom.about)
    if "at" in about:
        about["at"] = mask_pointer(about["at"], masking, key)
    value = None if atom.value is None else mask(atom.value, NOTHING_SHOWN, key)
    return replace(atom, about=about, value=value)


def _named(reason: Reason, masking: Masking, key: bytes) -> Reason:
    """Mask the names of arguments that nobody but the caller knows, and what a person wrote."""
    if reason.code is ReasonCode.REJECTED:
        return replace(reason, detail=None)
    if reason.code is not ReasonCode.INVALID_CALL or reason.path is None:
        return reason
    return replace(reason, path=mask_pointer(reason.path, masking, key))


def _unfilled(wording: str, call: ToolCall, masking: Masking, key: bytes) -> str:
    """Leave the places of a reply open, but for values that may be seen."""
    if "{" not in wording and "}" not in wording:
        return wording
    parts = interpolate.parts(wording)
    return "".join(
        part if isinstance(part, str) else _place(part, call, masking, key) for part in parts
    )


def _place(path: Any, call: ToolCall, masking: Masking, key: bytes) -> str:
    """Return the value at a place, if it may be seen, else the place."""
    seen = mask({"args": call.args}, masking, key)
    for step in (path.root, *path.steps):
        if (isinstance(seen, Mapping) and step in seen) or (
            isinstance(seen, list) and isinstance(step, int) and step < len(seen)
        ):
            seen = seen[step]
        else:
            return f"{{{path}}}"
    is_shown = not isinstance(seen, Mapping | list) and _is_shown(path, masking)
    if not is_shown:
        return f"{{{path}}}"
    return seen if isinstance(seen, str) else strictjson.canonical(seen)


def _is_shown(path: Any, masking: Masking) -> bool:
    """Tell whether a place lies at or below a path that is shown."""
    at = [str(step) for step in (path.root, *path.steps)]
    return any(
        len(shown) <= len(at) and all(s in (a, "*") for s, a in zip(shown, at, strict=False))
        for shown in masking.shown
    )


def _declared(bound: Iterable[Bound], call: ToolCall) -> Iterator[str]:
    """Yield the names that the call's tool declares anywhere in its arguments."""
    for one in bound:
        tool = None if one.tools is None else one.tools.find(call)
        if tool is not None:
            yield from _names(tool.schema, 0)


def _names(schema: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    if isinstance(schema, Mapping):
        properties, required = schema.get("properties"), schema.get("required")
        if isinstance(properties, Mapping):
            yield from (str(name) for name in properties)
        if isinstance(required, list):
            yield from (name for name in required if isinstance(name, str))
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from _names(inner, depth + 1)
