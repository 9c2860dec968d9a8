"""What memory takes from the policies of a tenant: the tools they declare, and what of values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from app.learning.settings import MemorySettings
from app.policy.policies import PolicySet
from dsl import patterns, syntax
from dsl.errors import Finding
from dsl.evaluation.formats import formats
from dsl.interpret import Bound
from dsl.parse import statement
from dsl.show.statements import show
from memory.learning.terms import Terms

# Where two policies say different things of one place, the one that trusts least counts.
_Level = Literal["untrusted", "internal", "trusted"]
_LEAST: Final[tuple[_Level, ...]] = ("untrusted", "internal", "trusted")


def terms_of(policies: PolicySet, tenant: str, settings: MemorySettings) -> Terms:
    """Return what rules for a tenant are made with, as the policies in force declare it."""
    bound = [one for one in policies.whole if _binds(policies, one, tenant)]
    return Terms(
        tenant,
        tuple(_tools(bound)),
        tuple(_declarations(bound)),
        settings.internal,
        settings.partners,
        settings.approver,
    )


def binding(policies: PolicySet, tenant: str) -> list[str]:
    """Return the names of the policies that people wrote and that may judge a tenant's calls."""
    return [one.policy.name for one in policies.whole if _binds(policies, one, tenant)]


def _binds(policies: PolicySet, one: Bound, tenant: str) -> bool:
    """Tell whether a policy that people wrote may judge calls of a tenant."""
    name = one.policy.name
    if name in policies.learned or name in policies.stand_ins:
        return False
    return any(_is_of(entry.tenants, tenant) for entry in policies.entries_for(name))


def _is_of(tenants: Sequence[str] | None, tenant: str) -> bool:
    if tenants is None:
        return True
    globs = (one for one in tenants if "*" in one)
    return tenant in tenants or any(
        patterns.whole(patterns.from_glob(one), tenant) for one in globs
    )


def _tools(bound: Iterable[Bound]) -> Iterator[dict[str, Any]]:
    """Yield the tools that are declared; one that is declared in two ways is left out."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in bound:
        for name, tool in ({} if one.tools is None else one.tools.by_name).items():
            found.setdefault(name, []).append(tool.schema)
    for name in sorted(found):
        first, *others = found[name]
        if all(one == first for one in others):
            yield {"name": name, "inputSchema": dict(first)}


def _declarations(bound: Sequence[Bound]) -> Iterator[str]:
    """Yield the statements on values, each once; formats of schemas are written out as kinds."""
    labels = (show(one) for each in bound for one in each.policy.labels if _stands_alone(one))
    said = dict.fromkeys((*_sources(bound), *_kinds(bound), *labels))
    yield from (one for one in said if not isinstance(statement(one), Finding))


def _stands_alone(label: syntax.Label) -> bool:
    """Tell whether a label needs no name that its policy gives to something else."""
    return label.condition is None and label.audience is None


def _sources(bound: Iterable[Bound]) -> Iterator[str]:
    levels: dict[tuple[syntax.ToolField, bool], _Level] = {}
    for one in (source for each in bound for source in each.policy.sources):
        for field in one.fields:
            before = levels.get((field, one.whole), one.level)
            levels[field, one.whole] = min(before, one.level, key=_LEAST.index)
    for (field, whole), level in sorted(levels.items(), key=repr):
        yield show(syntax.SourceLevel((field,), level, whole))


def _kinds(bound: Iterable[Bound]) -> Iterator[str]:
    """Yield what kind of value stands where; what policies say differently of is left out."""
    written: dict[syntax.ToolField, set[str]] = {}
    told: dict[syntax.ToolField, set[str]] = {}
    for each in bound:
        for one in each.policy.kinds:
            for field in one.fields:
                written.setdefault(field, set()).add(one.kind)
        for field, kind in formats(each.tools):
            told.setdefault(field, set()).add(kind)
    for field, kinds in sorted({**told, **written}.items(), key=repr):
        if len(kinds) == 1:
            yield show(syntax.KindOf((field,), next(iter(kinds))))
