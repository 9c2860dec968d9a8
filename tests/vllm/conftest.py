"""The tests of a live server are there where `make vllm-test` says where vLLM is installed."""

import os
from pathlib import Path

import pytest

from tests.vllm.serving import MODELS

LIVE = "test_live.py"
_HERE = Path(__file__).parent
collect_ignore = [] if os.environ.get("LIVE_VLLM") else [LIVE]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ask a model everything while it is served: to start one takes a minute or more."""
    live = [one for one in items if one.path == _HERE / LIVE]
    others = [one for one in items if one.path != _HERE / LIVE]
    items[:] = [*others, *sorted(live, key=_turn)]


def _turn(item: pytest.Item) -> int:
    """Return when the model of a test is served; within its turn tests keep their order."""
    params = getattr(item, "callspec").params  # noqa: B009 - of tests with parameters alone
    return list(MODELS).index(params["model"])
