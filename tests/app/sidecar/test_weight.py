"""Laws of what a sidecar loads: what it does not serve is not there, as memory is paid by agent."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.app.sidecar.beside import raw, trusted

# Prefixes of modules that a sidecar has no use for: its bundle is mounted, its policies have no
# tools file, and whether its store is new makes no difference.
ABSENT: Final = (
    *("alembic", "mako", "jinja2", "asyncpg", "redis", "httpx", "httpcore"),
    *("sqlalchemy.dialects.postgresql", "jsonschema_rs"),
    *("mcp", "mcp_types", "opentelemetry.sdk", "sqlglot", "tree_sitter", "phonenumbers", "stdnum"),
    *("torch", "transformers", "onnxruntime", "numpy", "sklearn", "pandas"),
    *("app.api.central", "app.publishing.checking", "app.replaying", "app.reporting", "app.cli"),
    *("app.docs", "app.doctor", "app.init", "app.demo", "app.policy.mistakes"),
    *("dsl.lint.run", "dsl.lint.registry", "dsl.testing", "dsl.exchange"),
    *("guards.training", "guards.classifier.encoder", "guards.classifier.embedded.off_task"),
)
PROGRAM: Final = """
import asyncio, json, sys
from pathlib import Path
from app.main import create_app
from app.settings import Settings
import app.serving.server
from app.wiring import Gateway

told = json.loads(sys.argv[1])
settings = Settings(data=Path(told["data"]), sidecar=told["sidecar"])

async def main():
    gateway = Gateway(settings)
    create_app(settings, gateway)
    await gateway.open()
    await gateway.live.told()
    decides = gateway.live.current.decides
    await gateway.close()
    return decides

assert asyncio.run(main())
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def loaded(tmp_path: Path) -> list[str]:
    """Return what a process loads that starts a new sidecar, until policies decide."""
    data, bundle = tmp_path / "data", tmp_path / "bundle"
    bundle.write_bytes(raw(tmp_path, 1))
    sidecar = {"trust": [str(trusted(tmp_path))], "bundle": str(bundle)}
    told = json.dumps({"data": str(data), "sidecar": sidecar})
    command = [sys.executable, "-c", PROGRAM, told]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    found: list[str] = json.loads(run.stdout.splitlines()[-1])
    return found


def test_a_sidecar_loads_nothing_that_it_does_not_serve(loaded: list[str]) -> None:
    """Neither what administers, nor what lints or replays policies, nor what is optional."""
    stray = [
        name for name in loaded if any(name == one or name.startswith(f"{one}.") for one in ABSENT)
    ]

    assert stray == []
    assert "app.sidecar.source" in loaded  # so that the list is one of a sidecar
