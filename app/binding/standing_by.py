"""Policies that stand by for emergencies: they judge nothing until glass is broken for another."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.binding.bindings import NAME, Binding, BindingsError
from app.binding.whom import Whom


@dataclass(frozen=True, slots=True)
class StandIn:
    """A policy that judges in place of another, as some broken glass says."""

    glass: str
    policy: str
    stand_in: str


def stands_in(entries: Sequence[Binding], policy: str, whom: Whom) -> bool:
    """Tell whether a stand-in covers a call; one that names agents covers none without an agent."""
    return any(one.stands_by_for == policy and one.binds(whom) is True for one in entries)


def stand_in_digest(
    bindings: Sequence[Binding], written: Mapping[str, str], policy: str
) -> str | None:
    """Return a digest of a stand-in: what it says, and whom it covers. None: nobody can know."""
    text = written.get(policy)
    if text is None:
        return None
    covers = repr(tuple(one for one in bindings if one.policy == policy))
    return f"sha256:{hashlib.sha256(f'{text}{covers}'.encode()).hexdigest()}"


def standing_by(one: Binding) -> str:
    """Say of an entry what its policy waits for."""
    return (
        f"the policy `{one.policy}` stands by: it judges nothing until glass is broken for"
        f" `{one.stands_by_for}`"
    )


def refuse_stand_ins(bindings: Sequence[Binding], overlays: Mapping[str, bool]) -> None:
    """Refuse what stands by for nothing, or in a way that nobody could foresee.

    `overlays` has all policies that are there, and says which of them are overlays.
    """
    for fault in _faults(bindings, overlays):
        raise BindingsError(f"{NAME}: {fault}")


def _faults(bindings: Sequence[Binding], overlays: Mapping[str, bool]) -> Iterator[str]:
    standing = [one for one in bindings if one.stands_by_for is not None]
    named = {one.policy for one in standing}
    for one in standing:
        yield from _meaningless(one.policy, str(one.stands_by_for), named, overlays)
    for name in sorted(named):
        meant = {one.stands_by_for for one in bindings if one.policy == name}
        if len(meant) > 1:
            yield f"every entry of `{name}` must stand by for the same policy, or none of them"
    for policy in sorted({str(one.stands_by_for) for one in standing}):
        several = sorted({one.policy for one in standing if one.stands_by_for == policy})
        if len(several) > 1:
            yield f"`{several[0]}` and `{several[1]}` both stand by for `{policy}`; choose one"


def _meaningless(
    name: str, policy: str, named: set[str], overlays: Mapping[str, bool]
) -> Iterator[str]:
    if policy not in overlays:
        known = ", ".join(f"`{one}`" for one in sorted(overlays) if one not in named) or "none"
        yield f"`{name}` stands by for `{policy}`, which is not there; the folder has {known}"
    elif policy == name:
        yield f"`{name}` stands by for itself; name the policy that it takes the place of"
    elif policy in named:
        yield f"`{name}` stands by for `{policy}`, which only stands by itself"
    if overlays.get(name):
        yield f"`{name}` is an overlay, which cannot take the place of a policy"
    elif overlays.get(policy):
        yield f"`{policy}` is an overlay: overlays hold, whatever happens, so none stands by for it"
