"""Puts the overlays of memory beside the policies that people wrote, as one revision."""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app.binding.bindings import NAME, Binding, Rollout
from app.learning.naming import FOLDER, name_of, softening_of
from app.policy import policies
from app.policy.policies import PoliciesError, PolicySet
from app.policy.revising import put, texts_of
from app.sources.source import Fresh
from dsl.errors import Source
from dsl.lint.rule import Unit
from dsl.model import NOTHING
from memory.revisions.revision import File

Overlays = Mapping[str, str]  # by tenant


def joined(fresh: Fresh, overlays: Overlays, softening: Overlays = NOTHING) -> Fresh:
    """Return policies with the overlays of each tenant, which bind that tenant alone.

    They are read from files as a gateway reads them, so a kept revision reads back as it was.
    """
    bound = [Binding(name_of(tenant), tenants=(tenant,)) for tenant in sorted(overlays)]
    bound += [
        Binding(softening_of(tenant), tenants=(tenant,), soften="ask")
        for tenant in sorted(softening)
    ]
    texts_by_name = {name_of(tenant): text for tenant, text in overlays.items()}
    texts_by_name |= {softening_of(tenant): text for tenant, text in softening.items()}
    added = [File(f"{FOLDER}/{one.policy}.bar", texts_by_name[one.policy]) for one in bound]
    files = [one for one in fresh.texts.files if one.name != NAME]
    bindings = File(NAME, _bindings(fresh, bound))
    with TemporaryDirectory() as made:
        for one in (*files, *added, bindings):
            put(Path(made), one)
        found = policies.load([Path(made)], learned=True)
        if found.read is None:
            raise PoliciesError("what the policies were read from is not known")
        texts = texts_of(found.read, Path(made))
    known = {one.name: Source(one.name, one.text) for one in added}
    learned = [one.policy for one in bound]
    return Fresh(_as_before(found, fresh.policies, learned, known), texts)


def _as_before(
    found: PolicySet, people: PolicySet, learned: Iterable[str], known: Mapping[str, Source]
) -> PolicySet:
    """Return what was read, with people's policies as they are known already."""
    bound = {one.policy.name: one for one in people.bound}
    units = {one.policy.name: one for one in people.units if one.policy is not None}
    return replace(
        found,
        bound=tuple(bound.get(one.policy.name, one) for one in found.bound),
        units=tuple(_unit(one, units, known) for one in found.units),
        stale=people.stale,
        people=people.digest,
        learned=frozenset(learned),
    )


def _unit(one: Unit, people: Mapping[str, Unit], known: Mapping[str, Source]) -> Unit:
    name = "" if one.policy is None else one.policy.name
    if name in people:
        return people[name]
    return replace(one, source=known.get(f"{FOLDER}/{name}.bar", one.source))


def _bindings(fresh: Fresh, added: Sequence[Binding]) -> str:
    """Return the bindings that people wrote, word by word where more can follow, and memory's."""
    before = next((one.text for one in fresh.texts.files if one.name == NAME), "")
    more = "".join(map(_entry, added))
    text = f"{before.rstrip()}\n\n{more}".lstrip()
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return "".join(map(_entry, (*fresh.policies.bindings, *added)))
    return text


def _entry(one: Binding) -> str:
    lists = {
        "edges": one.edges,
        "tenants": one.tenants,
        "agents": one.agents,
        "environments": one.environments,
    }
    told = {"policy": json.dumps(one.policy)}
    told |= {name: json.dumps(list(some)) for name, some in lists.items() if some is not None}
    if one.rollout is not Rollout.ENFORCE:
        told["rollout"] = json.dumps(str(one.rollout))
    if one.percent is not None:
        told["percent"] = str(one.percent)
    if one.observe_until is not None:
        told["observe_until"] = one.observe_until.isoformat()
    if one.soften is not None:
        told["soften"] = json.dumps(one.soften)
    if one.stands_by_for is not None:
        told["stands_by_for"] = json.dumps(one.stands_by_for)
    return "[[bind]]\n" + "".join(f"{name} = {value}\n" for name, value in told.items()) + "\n"
