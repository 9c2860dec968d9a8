"""All that the checks of one statement may know of the other statements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property, lru_cache
from typing import Any, Final, TypeVar

from dsl.types import Type

A = TypeVar("A")
_MISSING: Final = object()

# What was asked of an environment: (field, name, answer); None where anything may have counted.
Asked = tuple[tuple[str, str, Any], ...] | None


class Noted(Mapping[str, A]):
    """What is known by name, with a note of each name asked for, and of being gone through."""

    def __init__(self, known: Mapping[str, A]) -> None:
        self._known = known
        self.asked: dict[str, Any] = {}
        self.gone_through = False

    def __getitem__(self, name: str) -> A:
        self.asked[name] = self._known.get(name, _MISSING)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        self.gone_through = True
        return iter(self._known)

    def __len__(self) -> int:
        self.gone_through = True
        return len(self._known)


@dataclass(frozen=True, slots=True)
class Among:
    """What a statement stands among, as its checks see it: the same fields as `Environment`."""

    lets: Noted[Type]  # the type of each let, as far as it is known before any call
    reads: Noted[frozenset[str]]  # the values of the call that each let leads to
    scoring: Noted[None]  # the lets that ask for a learned score
    asks: Noted[tuple[str, ...]]  # the labels that each let asks for
    tables: Noted[int | None]  # the number of keys of each table; None without any row
    facts: Noted[None]
    labels: Noted[None]

    def asked(self) -> Asked:
        """Return all that was asked so far."""
        noted = {name: getattr(self, name) for name in _names()}
        if any(one.gone_through for one in noted.values()):
            return None
        return tuple(
            (field, name, answer)
            for field, one in noted.items()
            for name, answer in one.asked.items()
        )


@cache
def _names() -> tuple[str, ...]:
    return tuple(field.name for field in fields(Among))


@dataclass(frozen=True)
class Environment:
    """What the statements of a policy may know of each other.

    What was found wrong with a statement is kept for as long as everything its checks asked has
    the same answer, so they see no more of the others than this: what else they need becomes a
    field here and in `Among`.
    """

    lets: tuple[tuple[str, Type], ...] = ()
    reads: tuple[tuple[str, frozenset[str]], ...] = ()
    scoring: tuple[tuple[str, None], ...] = ()
    asks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tables: tuple[tuple[str, int | None], ...] = ()
    facts: tuple[tuple[str, None], ...] = ()
    labels: tuple[tuple[str, None], ...] = ()

    @cached_property
    def _known(self) -> dict[str, dict[str, Any]]:
        return {field.name: dict(getattr(self, field.name)) for field in fields(self)}

    def among(self) -> Among:
        """Return the environment for the checks of one statement, nothing asked so far."""
        return Among(**{field: Noted(known) for field, known in self._known.items()})

    def answers(self, asked: Asked) -> bool:
        """Tell whether all that was asked of another environment has the same answer here."""
        if asked is None:
            return False
        known = self._known
        return all(known[field].get(name, _MISSING) == answer for field, name, answer in asked)


@lru_cache(maxsize=64)
def the_same(environment: Environment) -> Environment:
    """Return the first of equal environments, so that `is` can compare them."""
    return environment
