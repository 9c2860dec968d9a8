"""Where an engine is installed, and what starts its adapter."""

import sys

from bench import environment
from bench.peers.client import HOST
from bench.peers.engines import Engine


def make(engine: Engine) -> list[str]:
    """Install an engine, unless that was done, and return the command that starts its adapter."""
    install = environment.npm if engine.npm else environment.python
    environment.once(engine.environment, engine.requirements, install)
    return command(engine)


def command(engine: Engine) -> list[str]:
    """Return the command that starts the adapter of an engine that is installed."""
    start = [sys.executable if engine.npm else str(engine.environment / "bin" / "python"), "-I"]
    program = [str(engine.environment / "node_modules" / engine.npm)] if engine.npm else []
    policies = [str(engine.folder), engine.extension, str(engine.reasons)]
    return [*start, str(HOST), str(engine.adapter), *policies, *program]
