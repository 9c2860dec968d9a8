"""How a condition can become unknown: said before any call is there."""

from collections.abc import Iterator, Mapping
from typing import Final

from dsl import syntax, walk
from dsl.evaluation.scope import Names

_HISTORY: Final = "there is no session, or a call that it counts still runs or has failed"
_ORIGIN: Final = "there is no session, it expired, or the value is too short to be told apart"
_ALWAYS_THERE: Final = ("tool", "now", "reply")


def causes(condition: object, names: Names) -> list[str]:
    """Return the ways in which a condition may be unknown, each once, in the order written."""
    return list(dict.fromkeys(_causes(condition, names, frozenset())))


def _causes(tree: object, names: Names, seen: frozenset[str]) -> Iterator[str]:
    surely = {test.path for test in walk.nodes(tree, syntax.Present)}
    bound = {one.variable for one in walk.nodes(tree, syntax.Quantifier)}
    bound |= {one.variable for one in walk.nodes(tree, syntax.Aggregate)}
    for node in walk.nodes(tree, syntax.Node):
        match node:
            case syntax.Path(root) if root in names.lets and root not in seen | bound:
                yield from _causes(names.lets[root].value, names, seen | {root})
            case syntax.Path() if node not in surely and node.root not in bound:
                yield from _of_path(node, names)
            case _:
                yield from _of_node(node, names)


def _of_path(path: syntax.Path, names: Names) -> Iterator[str]:
    shown = str(path).rstrip("?")
    match path.root:
        case "subject" if path.steps == ("roles",):
            return
        case "fact":
            fact = names.facts.get(str(path.steps[0])) if path.steps else None
            looked_up = fact is not None and fact.lookup is not None
            yield f"`{shown}` {'cannot be looked up in time' if looked_up else 'is not given'}"
        case "past" | "record" | "now" | "tool":
            return
        case "args" | "result" | "reply" | "context" | "agent" | "subject" | "session":
            absent = path.root not in _ALWAYS_THERE and not path.optional
            yield f"`{shown}` is {'missing or ' if absent else ''}of another type"


def _of_node(node: syntax.Node, names: Names) -> Iterator[str]:
    match node:
        case syntax.Arithmetic(_, "/", _):
            yield "a division by zero"
        case syntax.CallOf(name) if name in names.tables:
            yield f"the table `{name}` has no row for it"
        case syntax.CallOf(name) if name in _FUNCTIONS:
            yield _FUNCTIONS[name]
        case syntax.Comparison(left, "==" | "!=", right) | syntax.Membership(left, right):
            if any(_of_a_kind(side, names) for side in (left, right)):
                yield "a value cannot be read as its declared kind"
        case syntax.Past():
            yield _HISTORY
        case syntax.From() | syntax.Saw() | syntax.Has() | syntax.UserSaid():
            yield _ORIGIN
        case syntax.Judged():
            yield "no guard answers in time"


def _of_a_kind(side: object, names: Names) -> bool:
    """Tell whether a value may have a declared kind; for which tool is not known here."""
    wanted = side.steps if isinstance(side, syntax.Path) and side.root == "args" else ()
    return any(wanted[: len(field.steps)] == field.steps for field, _ in names.kinds)


_FUNCTIONS: Final[Mapping[str, str]] = {
    "argv": "the command cannot be read as one command",
    "domain": "the address cannot be read",
    "host": "the URL cannot be read",
    "scheme": "the URL cannot be read",
    "ip_in": "the address cannot be read",
    "sql_kind": "the SQL cannot be read",
    "under": "the path cannot be read",
    "parse_time": "the time cannot be read",
    "entities": _ORIGIN,
    "directed": _ORIGIN,
    "user_delegated": _ORIGIN,
}
