"""Which frameworks the tests need; where one is missing they are skipped, and say so."""

import importlib
import os
from typing import Any

import pytest


def needed(module: str, extra: str) -> Any:
    """Import a framework; `make test-adapters` sets ADAPTERS_REQUIRED, so that none is skipped."""
    if os.environ.get("ADAPTERS_REQUIRED"):
        return importlib.import_module(module)
    reason = f"{module} is not installed: run `make test-adapters`, or install drawbar[{extra}]"
    return pytest.importorskip(module, reason=reason)
