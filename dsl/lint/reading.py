"""What lint rules ask of a policy: what a rule reads, its tools, and what they declare."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from dsl import selectors, syntax, walk
from dsl.model import Effect
from dsl.toolspec import Tool, Tools, may_be

Steps = tuple[str | int, ...]
Bound = Mapping[str, syntax.Operand]
_NONE_BOUND: Final[Bound] = {}
# What makes the presence of one argument depend on others.
_TIED: Final = ("dependentRequired", "dependentSchemas", "dependencies", "minProperties", "not")


@dataclass(frozen=True, slots=True)
class Asked:
    """One test of a condition; `positive`: its being true helps the condition to be true."""

    test: syntax.Test
    positive: bool
    bound: Bound


class Reading:
    """One policy with its tools; what was asked once is known."""

    def __init__(self, policy: syntax.Policy | None, tools: Tools | None) -> None:
        self.rules = policy.rules if policy else ()
        self.lets = {let.name: let.value for let in policy.lets} if policy else {}
        self._facts = {fact.name: fact for fact in policy.facts} if policy else {}
        self._kinds = [(f, one.kind) for one in policy.kinds for f in one.fields] if policy else []
        self._declared = tools
        self._reads: dict[int, frozenset[Steps]] = {}
        self._here: dict[int, tuple[syntax.Path, ...]] = {}
        self._taken: dict[int, tuple[Tool, ...]] = {}
        self._named: dict[str, tuple[Tool, ...]] = {}

    # Tools

    def tools(self, rule: syntax.Rule) -> tuple[Tool, ...]:
        """Return the declared tools that a rule names; none of those chosen by metadata."""
        if id(rule) not in self._taken:
            out = [one.text for one in rule.selector.excluded]
            found = {
                tool.name: tool for one in rule.selector.patterns for tool in self.named(one.text)
            }
            self._taken[id(rule)] = tuple(
                tool for name, tool in found.items() if not any(may_be(one, name) for one in out)
            )
        return self._taken[id(rule)]

    def named(self, pattern: str) -> tuple[Tool, ...]:
        """Return the declared tools that a name or glob takes in."""
        if pattern not in self._named:
            self._named[pattern] = tuple(self._declared.named(pattern)) if self._declared else ()
        return self._named[pattern]

    def restraints(self, rule: syntax.Rule, tool: Tool) -> tuple[syntax.Rule, ...]:
        """Return the rules that ask or deny on a tool and that a rule does not stand above."""
        found = [*self._stern.get(tool.name, ()), *self._stern.get("", ())]
        return tuple(one for one in found if one.priority >= rule.priority)

    @cached_property
    def _stern(self) -> Mapping[str, list[syntax.Rule]]:
        """Return the rules in force that ask or deny, by tool; those by metadata under no name."""
        found = defaultdict[str, list[syntax.Rule]](list)
        for rule in self.rules:
            if rule.effect is not Effect.ALLOW and rule.phase == "call" and not rule.shadow:
                names = [""] if rule.selector.where else [tool.name for tool in self.tools(rule)]
                for name in names:
                    found[name].append(rule)
        return found

    def taken(self, rule: syntax.Rule, pattern: syntax.ToolPattern) -> list[Tool]:
        """Return the declared tools that one pattern of a rule brings to it."""
        names = {tool.name for tool in self.tools(rule)}
        return [tool for tool in self.named(pattern.text) if tool.name in names]

    def kind(self, rule: syntax.Rule, steps: Steps) -> str | None:
        """Return the kind of an argument, where it is the same for all that a rule names."""
        wanted = _named(steps)
        fields = [(one.tool, kind) for one, kind in self._kinds if _named(one.steps) == wanted]
        names = [tool.name for tool in self.tools(rule) if steps[0] in tool.arguments()]
        if not names and self._declared is None:
            names = [one.text for one in rule.selector.patterns]
        found = {next((k for tool, k in fields if _same_tool(tool, name)), None) for name in names}
        return found.pop() if len(found) == 1 else None

    # Conditions

    def reads(self, rule: syntax.Rule) -> frozenset[Steps]:
        """Return the places of `args` that a rule looks at or changes, through names and facts."""
        if id(rule) not in self._reads:
            paths = self.nodes((rule.condition, rule.transforms), syntax.Path)
            self._reads[id(rule)] = frozenset(one.steps for one in paths if one.root == "args")
        return self._reads[id(rule)]

    def here(self, tree: object) -> tuple[syntax.Path, ...]:
        """Return what a test reads of the call at hand, through names; not of earlier calls."""
        if id(tree) not in self._here:
            self._here[id(tree)] = ()  # names that lead to themselves are refused elsewhere
            past = tuple(walk.nodes(tree, syntax.Past))
            skipped = {id(path) for path in walk.nodes(past, syntax.Path)}
            paths = [path for path in walk.nodes(tree, syntax.Path) if id(path) not in skipped]
            lets = [self.lets[path.root] for path in paths if path.root in self.lets]
            paths += [path for value in lets for path in self.here(value)]
            self._here[id(tree)] = tuple({id(path): path for path in paths}.values())
        return self._here[id(tree)]

    def nodes(self, tree: object, kind: type[walk.N]) -> Iterator[walk.N]:
        """Yield the nodes of one kind in an expression, and in the names and facts it uses."""
        todo, seen = [tree], set[str]()
        while todo:
            part = todo.pop()
            for node in walk.nodes(part, syntax.Node):
                if isinstance(node, kind):
                    yield node
                name, further = self._behind(node)
                if further is not None and name not in seen:
                    seen.add(name)
                    todo.append(further)

    def _behind(self, node: syntax.Node) -> tuple[str, object]:
        match node:
            case syntax.Path("fact", (str() as name, *_)) if name in self._facts:
                return f"fact {name}", self._facts[name].lookup
            case syntax.Path(root) if root in self.lets:
                return root, self.lets[root]
        return "", None

    def asked(self, condition: syntax.Condition | None) -> Iterator[Asked]:
        """Yield every test that a condition is made of, those in lists and behind names too."""
        yield from self._asked(condition, _NONE_BOUND, set(), up=True)

    def _asked(self, tree: Any, bound: Bound, seen: set[object], *, up: bool) -> Iterator[Asked]:
        match tree:
            case None:
                return
            case syntax.And(parts) | syntax.Or(parts):
                for part in parts:
                    yield from self._asked(part, bound, seen, up=up)
            case syntax.Not(inner):
                yield from self._asked(inner, bound, seen, up=not up)
            case syntax.Holds(syntax.Path(name, ())) if name in self.lets:
                if (name, up) not in seen:
                    seen.add((name, up))
                    yield from self._asked(self.lets[name], _NONE_BOUND, seen, up=up)
            case syntax.Quantifier(kind, variable, items, body):
                yield Asked(tree, up, bound)
                inside = {**bound, variable: items}
                yield from self._asked(body, inside, seen, up=up is not (kind == "none"))
            case _:
                yield Asked(tree, up, bound)

    def place(self, node: object, bound: Bound = _NONE_BOUND) -> Steps | None:
        """Return the place in `args` that an operand stands for, or None."""
        match node:
            case syntax.Path("args", steps):
                return steps or None
            case syntax.Path(root, steps) if root in bound:
                whole = self.place(bound[root], bound)
                return None if whole is None else (*whole, syntax.EACH, *steps)
            case syntax.Path(root, steps) if root in self.lets:
                whole = self.place(self.lets[root])
                return None if whole is None else (*whole, *steps)
        return None


def schema_at(tool: Tool, steps: Steps) -> Mapping[str, Any]:
    """Return the schema of a place in a tool's arguments; an empty one where nothing is certain."""
    schema: Any = tool.schema
    for step in steps:
        plain = isinstance(step, str) and step != syntax.EACH
        inner = schema.get("properties" if plain else "items")
        schema = inner.get(step) if plain and isinstance(inner, dict) else inner
        if not isinstance(schema, dict):
            return {}
    return dict(schema)


def may_lack(tool: Tool, steps: Steps) -> tuple[str, ...] | None:
    """Return the first part of a place that a valid call may leave out."""
    schema = tool.schema
    for at, step in enumerate(steps):
        listed = schema.get("properties")
        if step == syntax.EACH or not isinstance(listed, dict) or step not in listed:
            return None
        if not Tool("", schema).closed or any(word in schema for word in _TIED):
            return None
        if step not in schema.get("required", ()):
            return tuple(str(one) for one in steps[: at + 1])
        schema = listed[step] if isinstance(listed[step], dict) else {}
    return None


def _named(steps: Steps) -> tuple[str, ...]:
    return tuple(step for step in steps if isinstance(step, str) and step != syntax.EACH)


def _same_tool(declared: str, name: str) -> bool:
    server, _, tool = name.rpartition("/")
    plain = declared if server else declared.rpartition("/")[2]
    return selectors.names(plain, server or None, tool)


def covers(wide: syntax.Selector, narrow: syntax.Selector) -> bool:
    """Tell whether one selector surely takes in all that another one does."""
    if wide.where or narrow.where or not narrow.patterns:
        return False
    out = {one.text for one in narrow.excluded}
    if any(one.text not in out for one in wide.excluded):
        return False
    return all(any(_wider(w.text, n.text) for w in wide.patterns) for n in narrow.patterns)


def _wider(wide: str, narrow: str) -> bool:
    if wide == narrow:
        return True
    server, _, tool = wide.rpartition("/")
    narrow_server, _, narrow_tool = narrow.rpartition("/")
    if server not in ("", "*", narrow_server) or (server == "*" and not narrow_server):
        return False
    if "*" not in narrow_tool:
        return selectors.names(tool, None, narrow_tool)
    begins = tool.endswith("*") and tool.count("*") == 1
    return tool == narrow_tool or (begins and narrow_tool.startswith(tool[:-1]))
