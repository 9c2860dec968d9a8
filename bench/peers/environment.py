"""Where an engine is installed, and what starts its adapter."""

import sys
from pathlib import Path

from bench import environment
from bench.peers.client import HOST, RUNNER
from bench.peers.engines import Engine


def make(engine: Engine) -> list[str]:
    """Install an engine, unless that was done, and return the command that starts its adapter."""
    install(engine)
    return command(engine)


def install(engine: Engine) -> None:
    """Install an engine, unless that was done."""
    how = environment.npm if engine.npm else environment.python
    environment.once(engine.environment, engine.requirements, how)


def command(engine: Engine) -> list[str]:
    """Return the command that starts the adapter of an engine that is installed."""
    policies = [str(engine.folder), engine.extension, str(engine.reasons)]
    return hosted(engine, HOST, str(engine.adapter), *policies)


def hosted(engine: Engine, host: Path, *given: str) -> list[str]:
    """Return the command that runs a host by the engine's own Python, or tells it the program."""
    python = sys.executable if engine.npm else str(engine.environment / "bin" / "python")
    more = [program(engine)] if engine.npm else []
    return [python, "-I", str(RUNNER), str(host), *given, *more]


def program(engine: Engine) -> str:
    """Return where the program of an engine of npm is."""
    return str(engine.environment / "node_modules" / str(engine.npm))
