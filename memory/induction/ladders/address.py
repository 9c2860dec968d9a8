"""Hosts, e-mail addresses, URLs: this one, its host, its organisation, whose side it is on."""

from collections.abc import Iterator, Sequence
from typing import Any

from dsl import syntax
from dsl.canonical import email as emails
from dsl.canonical import host as hosts
from dsl.canonical import url as urls
from memory.induction.ladders.step import Around, equal, is_short
from memory.induction.ladders.suffixes import registrable


def host(value: syntax.Operand, seen: Any, around: Around) -> Iterator[syntax.Condition]:
    """Yield the host itself, then its organisation, then its side."""
    name = hosts.canonical(seen) if is_short(seen) else None
    if name is not None:
        yield equal(value, seen)
        yield from _organisation(value, name)
        yield from _side(value, name, around)


def email(value: syntax.Operand, seen: Any, around: Around) -> Iterator[syntax.Condition]:
    """Yield the address itself, then its domain, its organisation, its side."""
    parts = emails.read(seen) if isinstance(seen, str) and is_short(seen) else None
    if parts is not None:
        yield equal(value, seen)
        domain = syntax.CallOf("domain", (value,))
        yield equal(domain, parts[1])
        yield from _organisation(domain, parts[1])
        yield from _side(domain, parts[1], around)


def url(value: syntax.Operand, seen: Any, around: Around) -> Iterator[syntax.Condition]:
    """Yield the URL itself, then its host, its organisation, its side."""
    found = urls.read(seen) if isinstance(seen, str) and is_short(seen) else None
    if found is not None:
        yield equal(value, seen)
        leads_to = syntax.CallOf("host", (value,))
        yield equal(leads_to, found.host)
        yield from _organisation(leads_to, found.host)
        yield from _side(leads_to, found.host, around)


def _organisation(value: syntax.Operand, name: str) -> Iterator[syntax.Condition]:
    owned = registrable(name)
    if owned is not None:
        yield _within(value, (owned,))


def _within(value: syntax.Operand, domains: Sequence[str]) -> syntax.Condition:
    """Return that a host is one of some domains, or lies below one."""
    tests: list[syntax.Condition] = []
    for one in domains:
        tests += [equal(value, one), syntax.TextMatch(value, "like", syntax.Constant(f"*.{one}"))]
    return syntax.Or(tuple(tests))


def _side(value: syntax.Operand, name: str, around: Around) -> Iterator[syntax.Condition]:
    """Yield whether a host is the organisation's own, a partner's, or anybody else's."""
    for ours in (around.internal, around.partners):
        if any(name == one or name.endswith(f".{one}") for one in ours):
            yield _within(value, ours)
            return
    if around.internal:
        yield syntax.Not(_within(value, (*around.internal, *around.partners)))
