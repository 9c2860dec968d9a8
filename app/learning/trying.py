"""Writes tests for a rule that a person takes over: one on each side of it, where one can be told.

A test stands in a policy for all to read, so of a call it has only what the rule itself speaks of;
what else a tool needs is made up.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from app.publishing import checking
from dsl import syntax
from dsl.model import Effect
from dsl.show.statements import show
from dsl.walk import nodes
from memory.induction.case import Case, Withheld
from memory.revisions.revision import File

_MADE_UP: Final = {
    "email": "somebody@example.com",
    "uri": "https://example.com/",
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
}
Schema = Mapping[str, Any]


def tests_of(rule: syntax.Rule, case: Case, schema: Schema) -> list[syntax.TestBlock]:
    """Return tests that may hold: a call that the rule is about, and the like of it that it is not.

    None where the rule speaks of a value that was withheld.
    """
    read = list(nodes(rule.condition, syntax.Path))
    spoken = _spoken(case.features.args, read, "args")
    if _withheld(spoken):
        return []
    args = _filled(schema, spoken)
    given = list(_given(case, read))
    tool = case.tool.rpartition("/")[2]
    yes: list[syntax.Step] = [*given, _call(tool, args), syntax.Expect(rule.effect, rule.name)]
    found = [syntax.TestBlock(f"{rule.name} takes a call that was reported", tuple(yes))]
    for name in sorted(spoken):
        other = {**args, name: _other(_property(schema, name), args[name])}
        for effect in (Effect.ALLOW, Effect.DENY, Effect.ASK):
            if effect is not rule.effect:
                no: list[syntax.Step] = [*given, _call(tool, other), syntax.Expect(effect)]
                title = f"{rule.name} leaves calls alone that have another {name} ({effect})"
                found.append(syntax.TestBlock(title, tuple(no)))
    return found


def that_hold(
    policy: str, files: Sequence[File], file: str, tests: Sequence[syntax.TestBlock]
) -> list[str]:
    """Return the texts of those tests that hold: at most one on each side of the rule."""
    if not tests:
        return []
    more = "\n".join(map(show, tests))
    tried = [File(one.name, f"{one.text}\n{more}\n") if one.name == file else one for one in files]
    passed = {one.name for one in checking.tested(tried) if one.policy == policy and one.passed}
    first, *others = tests
    kept = [first] if first.name in passed else []
    kept += [one for one in others if one.name in passed][:1]
    return [show(one) for one in kept]


def _call(tool: str, args: Mapping[str, Any]) -> syntax.TestCall:
    return syntax.TestCall(tool, tuple(sorted(args.items())))


def _given(case: Case, read: Sequence[syntax.Path]) -> Iterator[syntax.Given]:
    features, roots = case.features, {one.root for one in read}
    if "agent" in roots and features.agent is not None:
        yield syntax.Given("agent", features.agent)
    if "subject" in roots:
        yield syntax.Given("subject", "somebody", list(features.roles))
    if "context" in roots:
        yield syntax.Given("context", None, _spoken(features.context, read, "context"))


def _spoken(values: Mapping[str, Any], read: Sequence[syntax.Path], root: str) -> dict[str, Any]:
    """Return of some values only what a rule speaks of."""
    found: dict[str, Any] = {}
    for one in read:
        if one.root == root and one.steps:
            _copy(values, one.steps, found)
    return found


def _copy(values: Mapping[str, Any], steps: Sequence[str | int], into: dict[str, Any]) -> None:
    name, *more = steps
    value = values.get(str(name))
    if more and isinstance(value, Mapping):
        _copy(value, more, into.setdefault(str(name), {}))
    elif str(name) in values:
        into[str(name)] = value


def _withheld(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_withheld, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_withheld, value))
    return isinstance(value, Withheld)


def _property(schema: Schema, name: str) -> Schema:
    found = schema.get("properties", {}).get(name, {})
    return found if isinstance(found, Mapping) else {}


def _other(schema: Schema, value: Any) -> Any:
    """Return another value than one that was there."""
    if isinstance(value, bool):
        return not value
    return next((one for one in schema.get("enum", ()) if one != value), _made_up(schema))


def _filled(schema: Schema, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with all that it needs; what is not there is made up."""
    told = {
        name: _filled(_property(schema, name), inner) if isinstance(inner, Mapping) else inner
        for name, inner in value.items()
    }
    needed = (name for name in schema.get("required", ()) if name not in told)
    return told | {name: _made_up(_property(schema, name)) for name in needed}


def _made_up(schema: Schema) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    plain = {"boolean": True, "array": [], "object": _filled(schema, {})}
    kind = schema.get("type")
    if isinstance(kind, list):  # one of several: null would do nothing
        kind = next((one for one in kind if one != "null"), None)
    if kind in ("number", "integer"):
        return schema.get("minimum", 1)
    return plain.get(str(kind), _MADE_UP.get(str(schema.get("format")), "something"))
