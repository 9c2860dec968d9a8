"""Constants in the JSON form: as they are, or tagged where JSON has no value of that kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from dsl import syntax
from dsl.exchange import json_leaves as leaves
from dsl.exchange.json_leaves import TAG, Leaf, refuse_others
from dsl.strictjson import InvalidJson
from dsl.types import Percent


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of constant: what stands in its `value`, and what is made of that."""

    kind: type
    leaf: Leaf
    make: Callable[[Any], Any] = leaves.same
    take: Callable[[Any], Any] = leaves.same


# A time is a date to Python too, and so stands before it.
FORMS: Final[dict[str, Form]] = {
    "time": Form(datetime, leaves.MOMENT, lambda moment: moment.replace(tzinfo=None)),
    "date": Form(date, leaves.DAY),
    "duration": Form(timedelta, leaves.DURATION),
    "percent": Form(
        Percent, leaves.NUMBER, lambda number: Percent(Decimal(number)), lambda share: share.value
    ),
}


def write(value: Any) -> Any:
    """Return a constant as JSON has it."""
    for tag, form in FORMS.items():
        if isinstance(value, form.kind):
            return {TAG: tag, "value": form.leaf.write(form.take(value))}
    return value


def read(found: dict[str, Any], path: str) -> syntax.Constant:
    """Return a tagged constant."""
    refuse_others(found, (TAG, "value"), path)
    if "value" not in found:
        raise InvalidJson("the member `value` is missing", path)
    form = FORMS[found[TAG]]
    return syntax.Constant(form.make(form.leaf.read(found["value"], path + "/value")))


def schema(tag: str) -> dict[str, Any]:
    """Return the schema of a tagged constant."""
    return {
        "type": "object",
        "required": [TAG, "value"],
        "properties": {TAG: {"const": tag}, "value": FORMS[tag].leaf.schema(None)},
        "additionalProperties": False,
    }
