"""The command line: installs the engines, asks them, and writes the result and its page."""

import argparse
import json
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from app.version import VERSION
from bench.environment import NotInstalled
from bench.peers import asking, environment, page, sanity, score
from bench.peers.adapters import host
from bench.peers.client import Client
from bench.peers.drawbar import Drawbar
from bench.peers.engines import ENGINES, ROOT, Engine
from bench.peers.probes import Probe, read

RESULT: Final = ROOT / "bench" / "results" / "peers.json"
COMMAND: Final = "make bench-peers"
HELP: Final = "Run sections A to C of the fail-open suite on other policy engines."


def main(argv: Sequence[str] | None = None) -> int:
    """Ask the engines that are named, or all, and keep what was known of the others."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=HELP)
    parser.add_argument("engine", nargs="*", help="engines to ask; all, if none is named")
    parser.add_argument("--page", action="store_true", help="only write the page anew")
    args = parser.parse_args(argv)
    if not args.page:
        wanted = [one for one in ENGINES if not args.engine or one.name in args.engine]
        RESULT.write_text(laid_out(_result(wanted, keep=bool(args.engine))) + "\n", "utf-8")
    page.PAGE.write_text(page.page(json.loads(RESULT.read_text("utf-8"))), "utf-8")
    return 0


def _result(wanted: Iterable[Engine], *, keep: bool) -> dict[str, Any]:
    probes = {probe.name: probe for probe in read()}
    old = json.loads(RESULT.read_text("utf-8"))["engines"] if keep and RESULT.exists() else []
    engines = {one["name"]: one for one in old} | {"drawbar": _drawbar(probes)}
    for engine in wanted:
        print(f"{engine.title} {engine.version} ...", file=sys.stderr, flush=True)
        engines[engine.name] = _engine(engine, probes)
    order = ["drawbar", *(one.name for one in ENGINES)]
    return {
        "command": COMMAND,
        "date": _today(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "slowest": score.SLOWEST,
        "probes": [_about(probe) for probe in probes.values()],
        "engines": [engines[name] for name in order if name in engines],
    }


def _engine(engine: Engine, probes: Mapping[str, Probe]) -> dict[str, Any]:
    about = {"name": engine.name, "title": engine.title, "package": engine.package}
    about |= {"version": engine.version, "date": _today()}
    try:
        command = environment.make(engine)
    except NotInstalled as error:
        return {**about, "status": "not run", "why": str(error)}
    with Client(command, engine.version) as client:
        agreed = sanity.check(client.ask)
        if agreed["asked"] != agreed["equal"]:
            return {**about, "status": "void", "sanity": agreed}
        cells = asking.everything(client.ask, probes.values(), _counter(engine))
        extras = [_extra(client, one) for one in _extras(engine)]
    return {**about, "status": "run", "sanity": agreed, "cells": cells, "extras": extras}


def _drawbar(probes: Mapping[str, Probe]) -> dict[str, Any]:
    own = Drawbar(probes)
    cells = asking.everything(own.ask, probes.values(), own.counts)
    about = {"name": "drawbar", "title": "Drawbar", "package": "drawbar-server"}
    return {**about, "version": VERSION, "date": _today(), "status": "run", "cells": cells}


def _counter(engine: Engine) -> asking.Counts:
    """Return what counts the policies that an engine must refuse, or must not."""

    def counts(name: str, wording: str, case: str) -> int:
        number = 0
        while True:
            called = f"{'twin' if case == 'twin' else ''}{number + 1}"
            question = {"probe": name, "wording": wording, "case": called}
            if host.find(engine.folder, engine.extension, question) is None:
                return number if case == "twin" else max(number, 1)
            number += 1

    return counts


def _extras(engine: Engine) -> list[dict[str, Any]]:
    path = engine.reasons.with_name("extras.json")
    return list(json.loads(path.read_text("utf-8"))) if path.exists() else []


def _extra(client: Client, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Ask what only this engine is asked, to hold what the page says of it."""
    question = {"case": "call", "tools": None, "wording": "idiomatic", **extra}
    said = client.ask({key: question[key] for key in question if key != "words"})
    return {"name": extra["probe"], "words": extra["words"], **asking.kept(said)}


def _about(probe: Probe) -> dict[str, Any]:
    lint = {"lint": True} if "expect_lint" in probe.fields else {}
    words = str(probe.fields["words"])
    about = {"id": probe.name, "words": words, "load": probe.is_load, "digest": probe.digest}
    return {**about, **lint}


def laid_out(value: Any, margin: str = "") -> str:
    """Return JSON with a line for each thing that holds no lists, to be read and compared."""
    inner = f"{margin} "
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        parts = [laid_out(one, inner) for one in value]
        return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{margin}]"
    if isinstance(value, dict) and any(isinstance(one, list) and one for one in value.values()):
        pairs = [f"{json.dumps(key)}: {laid_out(one, inner)}" for key, one in value.items()]
        return "{\n" + ",\n".join(inner + pair for pair in pairs) + f"\n{margin}}}"
    return json.dumps(value)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
