"""Finds the rules of one policy that may apply to a call, without reading them all."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from dsl import selectors, syntax
from dsl.engine.shard import Found, Shard
from dsl.evaluation import choosing
from dsl.evaluation.opinion import Bound, Part, rules_of
from dsl.evaluation.scope import Names, Scope
from dsl.model import ToolCall, Verdict

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")
_PHASES: Final[tuple[syntax.Phase, ...]] = ("call", "result", "reply")
_TOOLS: Final = 4096  # that are known at once; others are looked up again
_LATELY: Final = 64  # tools that are known under new rules before these decide
_LARGE: Final = 100  # rules, that take long enough to index to do it before a call comes

_PLAIN: Final = Part("call", "plain")
_BESIDE: Final = (Part("call", "judged"), Part("call", "shadow"))

_Tool = tuple[str | None, str]
_Key = tuple[Part, str | None, str]
_Same = tuple[Part, tuple[int, ...], tuple[int, ...]]


class Index:
    """What one policy says, by tool; worked out when a tool is first asked about, and kept."""

    def __init__(self, bound: Bound) -> None:
        self._names = bound.names  # not `bound`, which keeps this: a circle would not be freed
        self._parts: dict[Part, _Rules] = {}
        self._by_tool: OrderedDict[_Key, Shard] = OrderedDict()
        self._of_calls: OrderedDict[_Tool, tuple[Shard, ...]] = OrderedDict()
        # Tools that the same rules speak of, with the same kinds of arguments, have one shard.
        self._shards: OrderedDict[_Same, Shard] = OrderedDict()
        # On calls of which the same was found, by this policy and those bound with it.
        self.verdicts: dict[tuple[Found, ...], Verdict] = {}

    def find(self, part: Part, scope: Scope) -> Found:
        """Return the rules of a part that may apply to a call, and whether they surely do."""
        return self._known(part, scope).find(scope)

    def find_all(self, scope: Scope) -> list[Found]:
        """Return the rules of each part that may apply to a call that is known to be short."""
        tool = (scope.call.server, scope.call.tool)
        shards = self._of_calls.get(tool)
        if shards is None:
            parts = (_PLAIN, *(one for one in _BESIDE if self._rules(one).all))
            shards = tuple(self._known(part, scope) for part in parts)
            _keep(self._of_calls, tool, shards)
        return [shard.find_in_short(scope) for shard in shards]

    def prepare(self, scope: Scope) -> None:
        """Index at once what would hold up the first call: the tools of many rules."""
        for phase in _PHASES:
            part = Part(phase, "plain")
            for tool in self._rules(part).crowded(_LARGE):
                self.find(part, replace(scope, call=replace(scope.call, tool=tool)))

    def lately(self) -> list[_Key]:
        """Return the tools that were asked about lately."""
        return [*self._by_tool][-_LATELY:]

    def prepare_as(self, before: "Index", scope: Scope) -> None:
        """Index what was asked about lately under the rules before: it is asked about again."""
        for part, server, tool in before.lately():
            self.find(part, replace(scope, call=replace(scope.call, server=server, tool=tool)))

    def _known(self, part: Part, scope: Scope) -> Shard:
        """Return what is known of the rules of a part on a call's tool."""
        key = (part, scope.call.server, scope.call.tool)
        shard = self._by_tool.get(key)
        if shard is None:
            shard = self._shard(part, scope)
            _keep(self._by_tool, key, shard)
        return shard

    def _shard(self, part: Part, scope: Scope) -> Shard:
        rules = self._rules(part)
        places = tuple(rules.of(scope.call))
        same = (part, places, _kinds(self._names, scope.call))
        shard = self._shards.get(same)
        if shard is None:
            shard = Shard([rules.all[at] for at in places], scope)
            _keep(self._shards, same, shard)
        return shard

    def _rules(self, part: Part) -> "_Rules":
        rules = self._parts.get(part)
        if rules is None:
            rules = self._parts[part] = _Rules(rules_of(self._names, part))
        return rules


def _keep(known: "OrderedDict[_K, _V]", key: _K, value: _V) -> None:
    """Keep something, and no longer the oldest where there is much."""
    if len(known) >= _TOOLS:
        known.popitem(last=False)
    known[key] = value


def _kinds(names: Names, call: ToolCall) -> tuple[int, ...]:
    """Return which of the declared kinds are of a tool's arguments."""
    declared = enumerate(names.kinds)
    return tuple(
        at for at, (one, _) in declared if selectors.names(one.tool, call.server, call.tool)
    )


class _Rules:
    """The rules of a part, found by the tools that they name."""

    def __init__(self, rules: Sequence[syntax.Rule]) -> None:
        self.all = rules
        self._named: dict[str, list[int]] = {}
        self._others: list[int] = []
        for at, rule in enumerate(rules):
            names = _names(rule)
            if names is None:
                self._others.append(at)
            for name in names or ():
                self._named.setdefault(name, []).append(at)

    def of(self, call: ToolCall) -> list[int]:
        """Return the places of the rules that speak of a call's tool, in their order."""
        named = (self._named.get(name, ()) for name in {call.tool, f"{call.server}/{call.tool}"})
        places = sorted({at for some in (*named, self._others) for at in some})
        return [at for at in places if not choosing.passes_over(self.all[at], call)]

    def crowded(self, least: int) -> list[str]:
        """Return tools of so many rules; the empty name stands for all that no rule names."""
        found = [name for name, places in self._named.items() if len(places) >= least]
        return ["", *found] if len(self._others) >= least else found


def _names(rule: syntax.Rule) -> list[str] | None:
    """Return the tools that a rule names; nothing where it may speak of others too."""
    selector = rule.selector
    texts = [pattern.text for pattern in selector.patterns]
    is_open = rule.phase == "reply" or selector.where is not None
    return None if is_open or any("*" in one for one in texts) else texts
