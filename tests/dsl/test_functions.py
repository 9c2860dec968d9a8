"""Every function is registered, documented and total."""

import pkgutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsl.functions as folder
from app.docs.pages import doc_parts
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope
from dsl.functions.registry import NAMES, find
from dsl.model import Cause
from dsl.types import Percent, Type, type_of
from tests.dsl import drawing
from tests.dsl.making import call, condition

MODULES = [import_module(f"dsl.functions.{name}") for name in NAMES]
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
VALUES: dict[Type, st.SearchStrategy[Any]] = {
    Type.TEXT: st.text(max_size=60)
    | st.sampled_from(("https://a@b", "a@b", "/srv/../x", "10.0.0.1", "2026-01-01", "ls; rm", "'")),
    Type.NUMBER: st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.fractions(),
    Type.TIME: st.datetimes(timezones=st.just(UTC)),
    Type.LIST: st.lists(drawing.json_values, max_size=4),
    Type.OBJECT: st.dictionaries(st.text(max_size=4), drawing.json_values, max_size=4),
    Type.ANY: drawing.json_values | st.just(Percent(Decimal(5))) | st.just(timedelta(hours=1)),
}


def test_the_registry_equals_the_folder() -> None:
    """A function that is not registered cannot be called, one without a file not be found."""
    files = {module.name for module in pkgutil.iter_modules(folder.__path__)}

    assert sorted(files - {"function", "registry"}) == sorted(NAMES)
    assert list(NAMES) == sorted(NAMES)
    assert find("eval") is None


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_function_has_an_example_that_is_true(module: ModuleType) -> None:
    """A page has a sentence, an example and when the function is unknown; the example holds."""
    parts = doc_parts(module, ("Example", "Unknown"))

    assert set(parts) == {"", "Example", "Unknown"}
    assert all(parts.values())
    assert conditions.evaluate(condition(parts["Example"]), Scope(call(), NOW)) is True


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_function_gives_its_type_or_a_cause(module: ModuleType) -> None:
    """Whatever values of its types come in, a function does not raise and does not mix types."""
    function = module.FUNCTION
    name = module.__name__.rpartition(".")[2]
    given_values = st.tuples(*(VALUES[kind] for kind in function.takes))

    @drawing.law(60)
    @given(values=given_values)
    def law(values: tuple[Any, ...]) -> None:
        result = module.apply(*((UTC,) if function.zoned else ()), *values)
        fits = function.gives is Type.ANY or type_of(result) is function.gives
        assert isinstance(result, Cause) or fits

    assert function.name == name
    law()


def test_exact_numbers_of_all_kinds_are_equal() -> None:
    """A whole number, a decimal and a fraction of one value are one value."""
    unique = find("unique")
    assert unique is not None
    assert unique[1]([1, Decimal("1.0"), Fraction(1), True, "1"]) == [1, True, "1"]


def test_a_policy_that_is_taken_up_has_loaded_what_its_functions_need() -> None:
    """No decision waits for a library: warming a function imports it, in a process of its own."""
    program = (
        "import sys\nfrom dsl.functions import registry\n"
        "before = {'sqlglot', 'tree_sitter', 'idna'} & set(sys.modules)\n"
        "for name in registry.NAMES: registry.warm(name)\n"
        "after = {'sqlglot', 'tree_sitter', 'idna'} & set(sys.modules)\n"
        "print(sorted(before), sorted(after))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert run.stdout == "[] ['idna', 'sqlglot', 'tree_sitter']\n"
