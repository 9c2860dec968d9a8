"""Turns what a function is called with into the arguments of a tool, and back."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter
from typing import Any

_RECEIVERS = ("self", "cls")


class Misfit(Exception):
    """Arguments that the function cannot be called with; says so in one sentence."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One call: whom it is made on, if it is a method, and its arguments by their names."""

    receiver: tuple[Any, ...]
    args: dict[str, Any]


class Shape:
    """How a function is called; the receiver of a method is no argument of the tool."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._whole = inspect.signature(function)
        parameters = list(self._whole.parameters.values())
        self._receivers = 1 if _is_method(function, parameters) else 0
        self._parameters = parameters[self._receivers :]
        self._rest = next((p.name for p in parameters if p.kind is Parameter.VAR_KEYWORD), None)

    def bind(self, given: tuple[Any, ...], named: Mapping[str, Any]) -> Bound:
        """Return a call with its defaults; what Python itself refuses is a `TypeError`.

        The values are copied, so what is asked about is what runs, whoever holds the originals.
        """
        bound = self._whole.bind(*given, **named)
        bound.apply_defaults()
        values = dict(bound.arguments)
        rest = values.pop(self._rest, {}) if self._rest is not None else {}
        args = {p.name: values[p.name] for p in self._parameters if p.name in values}
        if twice := args.keys() & rest.keys():
            raise Misfit(f"`{min(twice)}` is given twice")
        args |= rest
        receiver = given[: self._receivers]
        return Bound(receiver, {name: copied(value) for name, value in args.items()})

    def spread(self, args: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return arguments as the function takes them; all of them, or it is a `Misfit`."""
        left = dict(args)
        places: list[Any] = []
        names: dict[str, Any] = {}
        for one in self._parameters:
            if one.kind is Parameter.VAR_KEYWORD:
                continue
            if one.name not in left:
                raise Misfit(f"`{one.name}` is missing")
            value = left.pop(one.name)
            if one.kind is Parameter.VAR_POSITIONAL:
                places += _several(one.name, value)
            elif one.kind is Parameter.KEYWORD_ONLY:
                names[one.name] = value
            else:
                places.append(value)
        if left and self._rest is None:
            raise Misfit(f"the function has no `{min(left)}`")
        return places, names | left


def copied(value: Any) -> Any:
    """Copy what JSON holds; anything else is returned as it is, and refused when it is written."""
    match value:
        case Mapping():
            return {name: copied(item) for name, item in value.items()}
        case list():
            return [copied(item) for item in value]
        case tuple():
            return tuple(copied(item) for item in value)
    return value


def _several(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise Misfit(f"`{name}` is not a list")
    return list(value)


def _is_method(function: Callable[..., Any], parameters: list[Parameter]) -> bool:
    """Tell whether a function is defined in a class, and its first parameter is the receiver."""
    within = getattr(function, "__qualname__", "").rpartition(".")[0]
    in_class = bool(within) and not within.endswith("<locals>")
    return in_class and bool(parameters) and parameters[0].name in _RECEIVERS
