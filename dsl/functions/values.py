"""The values of an object, in a list; what they are named is left out.

For what comes keyed by an id, such as the payment methods of a customer. A call without a context
has an empty one, so the example is true of it.

Example: len(values(context)) == 0
Unknown: never, for an object.
"""

from collections.abc import Mapping
from typing import Any

from dsl.functions.function import Function
from dsl.types import Type

FUNCTION = Function("values", takes=(Type.OBJECT,), gives=Type.LIST, since="0.1")


def apply(whole: Mapping[str, Any]) -> list[Any]:
    """Return what stands in the object, in its order."""
    return list(whole.values())
