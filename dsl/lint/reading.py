"""What lint rules ask of a policy: what a rule reads, its tools, and what they declare."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from dsl import selectors, syntax, walk
from dsl.evaluation.choosing import chooses
from dsl.evaluation.scope import Names, Scope, names_of
from dsl.lint.covering import covers
from dsl.lint.schemas import Steps, schema_at
from dsl.model import Effect, ToolCall
from dsl.toolspec import Tool, Tools, may_be

__all__ = ("Asked", "Bound", "Reading", "Steps", "covers", "schema_at")

Bound = Mapping[str, syntax.Operand]
NONE_BOUND: Final[Bound] = {}
_NO_POLICY: Final = syntax.Policy(syntax.Header("policy", "-", 1), ())
ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)  # what chooses tools does not look at it


@dataclass(frozen=True, slots=True)
class Asked:
    """One test of a condition; `positive`: its being true helps the condition to be true."""

    test: syntax.Test
    positive: bool
    bound: Bound


class Reading:
    """One policy with its tools; what was asked once is known."""

    def __init__(self, policy: syntax.Policy | None, tools: Tools | None) -> None:
        self._policy = policy or _NO_POLICY
        self.rules = self._policy.rules
        self.lets = {let.name: let.value for let in self._policy.lets}
        self.facts = {fact.name: fact for fact in self._policy.facts}
        self._kinds = [(f, one.kind) for one in self._policy.kinds for f in one.fields]
        self._declared = tools
        self._reads: dict[int, frozenset[Steps]] = {}
        self._nodes: dict[int, tuple[syntax.Node, tuple[syntax.Node, ...]]] = {}
        self._asks: dict[int, tuple[syntax.Node, tuple[Asked, ...]]] = {}
        self._places: dict[int, tuple[syntax.Node, list[tuple[syntax.Path, Steps]]]] = {}
        self._looked_at: dict[int, frozenset[Steps]] = {}
        self._here: dict[int, tuple[syntax.Path, ...]] = {}
        self._taken: dict[int, tuple[Tool, ...]] = {}
        self._named: dict[str, tuple[Tool, ...]] = {}
        self._chosen: dict[str, list[tuple[Tool, object]]] = {}

    # Tools

    def tools(self, rule: syntax.Rule) -> tuple[Tool, ...]:
        """Return the declared tools that a rule takes in, or by what the file says of them may."""
        selector = rule.selector
        if id(rule) not in self._taken:
            out = [one.text for one in selector.excluded]
            found = self._described(rule) if selector.where else self._listed(selector.patterns)
            leaves = may_be if rule.effect is Effect.ALLOW else _surely
            self._taken[id(rule)] = tuple(
                tool for tool in found if not any(leaves(one, tool.name) for one in out)
            )
        return self._taken[id(rule)]

    def _listed(self, patterns: tuple[syntax.ToolPattern, ...]) -> Sequence[Tool]:
        if len(patterns) == 1:
            return self.named(patterns[0].text)
        return list({tool.name: tool for one in patterns for tool in self.named(one.text)}.values())

    def _described(self, rule: syntax.Rule) -> tuple[Tool, ...]:
        """Return the tools that a rule chooses by metadata; unknown is enough to restrict."""
        where = repr(rule.selector.where)  # as text, since 1 and `true` are equal numbers
        if where not in self._chosen:
            self._chosen[where] = [(tool, self._chooses(rule, tool)) for tool in self.named("*")]
        surely, found = rule.effect is Effect.ALLOW, self._chosen[where]
        return tuple(t for t, held in found if held is True or not (surely or held is False))

    def _chooses(self, rule: syntax.Rule, tool: Tool) -> object:
        server, _, name = tool.name.rpartition("/")
        call = ToolCall("", name, {}, server or None)
        bare = replace(rule, selector=replace(rule.selector, excluded=()))
        return chooses(bare, Scope(call, ANY_TIME, self.names), self._declared)

    @cached_property
    def names(self) -> Names:
        """Return what the policy declares, as conditions are evaluated with it."""
        return names_of(self._policy)

    def named(self, pattern: str) -> tuple[Tool, ...]:
        """Return the declared tools that a name or glob takes in."""
        if pattern not in self._named:
            self._named[pattern] = tuple(self._declared.named(pattern)) if self._declared else ()
        return self._named[pattern]

    def restraints(self, rule: syntax.Rule, tool: Tool) -> tuple[syntax.Rule, ...]:
        """Return the rules that ask or deny on a tool and that a rule does not stand above."""
        found = self._stern.get(tool.name, ())
        return tuple(one for one in found if one.priority >= rule.priority)

    @cached_property
    def _stern(self) -> Mapping[str, list[syntax.Rule]]:
        """Return the rules in force that ask or deny, by tool."""
        found = defaultdict[str, list[syntax.Rule]](list)
        for rule in self.rules:
            if rule.effect is not Effect.ALLOW and rule.phase == "call" and not rule.shadow:
                for tool in self.tools(rule):
                    found[tool.name].append(rule)
        return found

    def taken(self, rule: syntax.Rule, pattern: syntax.ToolPattern) -> list[Tool]:
        """Return the declared tools that one pattern of a rule brings to it."""
        names = {tool.name for tool in self.tools(rule)}
        return [tool for tool in self.named(pattern.text) if tool.name in names]

    def kind(self, rule: syntax.Rule, steps: Steps) -> str | None:
        """Return the kind of an argument, where it is the same for all that a rule names."""
        if not self._kinds:
            return None
        names = [tool.name for tool in self.tools(rule) if steps[0] in tool.arguments()]
        if not names and self._declared is None:
            names = [one.text for one in rule.selector.patterns]
        found = {self.kind_in(name, steps) for name in names}
        return found.pop() if len(found) == 1 else None

    def kind_in(self, tool: str, steps: Steps) -> str | None:
        """Return the kind that is declared of an argument of one tool."""
        wanted = _named(steps)
        fields = ((one, kind) for one, kind in self._kinds if _named(one.steps) == wanted)
        return next((kind for one, kind in fields if _same_tool(one.tool, tool)), None)

    # Conditions

    def reads(self, rule: syntax.Rule) -> frozenset[Steps]:
        """Return the places of `args` that a rule looks at or changes, through names and facts."""
        if id(rule) not in self._reads:
            paths = self.nodes((rule.condition, rule.transforms), syntax.Path)
            self._reads[id(rule)] = frozenset(one.steps for one in paths if one.root == "args")
        return self._reads[id(rule)]

    def looked_at(self, rule: syntax.Rule) -> frozenset[Steps]:
        """Return the places of `args` of which a rule reads more than the length of a list."""
        if id(rule) not in self._looked_at:
            tree = (rule.condition, rule.transforms)
            lengths = (one for one in self.nodes(tree, syntax.CallOf) if one.name == "len")
            counted = {id(path) for one in lengths for path in one.arguments}
            paths = (one for one in self.nodes(tree, syntax.Path) if id(one) not in counted)
            self._looked_at[id(rule)] = frozenset(one.steps for one in paths if one.root == "args")
        return self._looked_at[id(rule)]

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
        if tree is None or tree == ():
            return iter(())
        if isinstance(tree, tuple):
            return (node for part in tree for node in self.nodes(part, kind))
        if not isinstance(tree, syntax.Node):
            return (node for node in self._all(tree) if isinstance(node, kind))
        if id(tree) not in self._nodes:
            self._nodes[id(tree)] = (tree, tuple(self._all(tree)))
        return (node for node in self._nodes[id(tree)][1] if isinstance(node, kind))

    def _all(self, tree: object) -> Iterator[syntax.Node]:
        todo, seen = [tree], set[str]()
        while todo:
            for node in walk.nodes(todo.pop(), syntax.Node):
                yield node
                name, further = self._behind(node) if isinstance(node, syntax.Path) else ("", None)
                if further is not None and name not in seen:
                    seen.add(name)
                    todo.append(further)

    def _behind(self, node: syntax.Node) -> tuple[str, object]:
        match node:
            case syntax.Path("fact", (str() as name, *_)) if name in self.facts:
                return f"fact {name}", self.facts[name].lookup
            case syntax.Path(root) if root in self.lets:
                return root, self.lets[root]
        return "", None

    def places(self, tree: object) -> list[tuple[syntax.Path, Steps]]:
        """Return what a tree reads of `args`, in loops and behind names and facts too, and where.

        What stands in `present(...)` is left out: it is the question whether it is there.
        """
        if not isinstance(tree, syntax.Node):
            return list(self._placed(tree, NONE_BOUND, set()))
        if id(tree) not in self._places:
            self._places[id(tree)] = (tree, list(self._placed(tree, NONE_BOUND, set())))
        return self._places[id(tree)][1]

    def _placed(
        self, tree: Any, bound: Bound, seen: set[str]
    ) -> Iterator[tuple[syntax.Path, Steps]]:
        match tree:
            case tuple():
                for part in tree:
                    yield from self._placed(part, bound, seen)
            case syntax.Quantifier(_, name, items, body) | syntax.Aggregate(_, name, items, body):
                yield from self._placed(items, bound, seen)
                yield from self._placed(body, {**bound, name: items}, seen)
            case syntax.Path(root):
                if (place := self.place(tree, bound)) is not None:
                    yield tree, place
                if root == "fact":
                    for _, place in self._placed(self.asked_for(tree), NONE_BOUND, seen):
                        yield tree, place
                elif root in self.lets and root not in bound and root not in seen:
                    seen.add(root)
                    yield from self._placed(self.lets[root], NONE_BOUND, seen)
            case syntax.Node() if not isinstance(tree, syntax.Present):
                yield from self._placed(walk.children(tree), bound, seen)

    def asked_for(self, path: syntax.Path) -> tuple[syntax.Operand, ...]:
        """Return the values with which a fact is looked up."""
        fact = self.facts.get(str(path.steps[0])) if path.steps else None
        lookup = fact.lookup if fact else None
        return tuple(value for _, value in lookup.arguments) if lookup else ()

    def asked(self, condition: syntax.Condition | None) -> Iterator[Asked]:
        """Yield every test that a condition is made of, those in lists and behind names too."""
        if condition is None:
            return iter(())
        if id(condition) not in self._asks:
            found = tuple(self._asked(condition, NONE_BOUND, set(), up=True))
            self._asks[id(condition)] = (condition, found)
        return iter(self._asks[id(condition)][1])

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
                    yield from self._asked(self.lets[name], NONE_BOUND, seen, up=up)
            case syntax.Quantifier(kind, variable, items, body):
                yield Asked(tree, up, bound)
                inside = {**bound, variable: items}
                yield from self._asked(body, inside, seen, up=up is not (kind == "none"))
            case _:
                yield Asked(tree, up, bound)

    def place(self, node: object, bound: Bound = NONE_BOUND) -> Steps | None:
        """Return the place in `args` that an operand stands for, or None."""
        match node:
            case syntax.Path("args", steps):
                return steps or None
            case syntax.Path(root, steps) if root in bound:
                outside = {name: items for name, items in bound.items() if name != root}
                whole = self.place(bound[root], outside)
                return None if whole is None else (*whole, syntax.EACH, *steps)
            case syntax.Path(root, steps) if root in self.lets:
                whole = self.place(self.lets[root])
                return None if whole is None else (*whole, *steps)
        return None


def _named(steps: Steps) -> tuple[str, ...]:
    return tuple(step for step in steps if isinstance(step, str) and step != syntax.EACH)


def _same_tool(declared: str, name: str) -> bool:
    server, _, tool = name.rpartition("/")
    plain = declared if server else declared.rpartition("/")[2]
    return selectors.names(plain, server or None, tool)


def _surely(pattern: str, name: str) -> bool:
    """Tell whether a glob takes in a declared tool on whatever server it is."""
    server, _, tool = name.rpartition("/")
    return selectors.names(pattern, server or None, tool)
