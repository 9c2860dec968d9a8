"""The steps of `drawbar init`: gather the tools, draft, write, and say what to do next."""

import asyncio
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from app import settings
from app.init import asking, config, files, observing, openapi, starter, tools_list
from app.init.config import Configured
from app.init.offered import Catalogue
from app.init.outcome import Outcome, folder_of, make
from app.init.plan import Wishes
from app.init.report import Done
from app.init.rewiring import Wiring
from app.logs import configure_logs
from dsl.errors import DrawbarError

Definitions = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for."""

    out: Path
    data: Path = Path("var")
    config: Path | None = None
    only: tuple[str, ...] = ()  # of the servers in the file
    command: tuple[str, ...] = ()
    url: str | None = None
    tools: Path | None = None
    openapi: Path | None = None
    name: str | None = None
    folder: str | None = None
    user_words: bool = False
    observe_until: date | None = None
    seconds: float = 60.0
    force: bool = False

    @property
    def wiring(self) -> Wiring:
        """Return how servers are to be wrapped."""
        return Wiring(drawbar(), self.out.absolute(), self.data.absolute())


@dataclass(frozen=True, slots=True)
class Gathered:
    """The tools, and of live servers their definitions as they came."""

    catalogue: Catalogue
    servers: tuple[Configured, ...] = ()
    raw: Definitions = field(default_factory=dict)


def drawbar() -> str:
    """Return this command as another program can start it."""
    own = Path(sys.argv[0])
    return str(own.absolute()) if own.name == "drawbar" else shutil.which("drawbar") or "drawbar"


def gather(wanted: Wanted) -> Gathered:
    """Return the tools of whatever was named."""
    if wanted.tools is not None:
        return Gathered(_renamed(tools_list.read(wanted.tools), wanted))
    if wanted.openapi is not None:
        return Gathered(_renamed(openapi.read(wanted.openapi), wanted))
    if wanted.config is None and not wanted.command and wanted.url is None:
        return Gathered(_renamed(starter.catalogue(), wanted))
    servers = _servers(wanted)
    configure_logs(settings.load({"log_level": "warning"}))  # that a server is there, we say
    name = wanted.name or (asking.server_name(servers[0]) if len(servers) == 1 else "servers")
    origin = f"the servers in {wanted.config.name}" if wanted.config else f"the server `{name}`"
    found, raw = asyncio.run(asking.ask(name, origin, servers, wanted.seconds))
    return Gathered(found, servers, raw)


def _renamed(found: Catalogue, wanted: Wanted) -> Catalogue:
    if wanted.name is None:
        return found
    return Catalogue(wanted.name, found.origin, found.tools, found.folders, found.untold)


def _servers(wanted: Wanted) -> tuple[Configured, ...]:
    if wanted.url is not None:
        return (asking.by_address(wanted.url, wanted.name),)
    if wanted.config is None:
        return (asking.by_command(wanted.command, wanted.name),)
    found = config.read(wanted.config)
    for name in wanted.only:
        if name not in {one.key for one in found}:
            known = ", ".join(f"`{one.key}`" for one in found)
            raise DrawbarError(f"`{wanted.config}` names no server `{name}`; it names {known}")
    return tuple(one for one in found if not wanted.only or one.key in wanted.only)


def drafted(gathered: Gathered, wanted: Wanted) -> Outcome:
    """Write a draft."""
    told = wanted.folder or next(iter(gathered.catalogue.folders), None)
    folder = folder_of(told or str(Path.cwd()))
    if wanted.folder is not None and folder is None:
        raise DrawbarError(f"`{wanted.folder}` is no folder that a rule can name")
    found = gathered.catalogue
    if wanted.folder is None and len(set(found.folders)) > 1:
        told = f"several folders are known, and rules keep paths in the first: {folder}"
        found = replace(found, untold=(*found.untold, told))
    return make(found, Wishes(folder, wanted.user_words))


def write(outcome: Outcome, gathered: Gathered, wanted: Wanted) -> Done:
    """Write the files, and pin the tools that live servers offer."""
    made = outcome.draft
    files.refuse_second(wanted.out, made.name)
    if gathered.raw:  # what cannot be read would stop us when half is written
        _pins().read(wanted.out)
    texts = {f"{made.name}.bar": made.policy, f"{made.name}.tools.json": made.tools}
    if wanted.observe_until is not None:
        texts[observing.NAME] = observing.binding(made.name, wanted.observe_until)
    written = files.write(wanted.out, texts, force=wanted.force)
    written += _pinned(outcome, gathered.raw, wanted.out)
    following = tuple(_next(gathered, wanted, made.name))
    return Done(outcome, tuple(written), wanted.observe_until, following)


def _pinned(outcome: Outcome, raw: Definitions, out: Path) -> list[Path]:
    """Pin the tools that the draft speaks of; what it leaves out stays hidden."""
    if not raw:
        return []
    spoken = {one.name for one in outcome.plan.guesses}
    for server, tools in raw.items():
        several = len(raw) > 1
        kept = [t for t in tools if (f"{server}/{t['name']}" if several else t["name"]) in spoken]
        _pins().write(out, server, kept)
    return [out / _pins().FILE]


def _pins() -> ModuleType:
    from app.edges.mcp import pins  # noqa: PLC0415 - of edges, `drawbar lint` loads nothing

    return pins


def _next(gathered: Gathered, wanted: Wanted, name: str) -> list[str]:
    out = shlex.quote(str(wanted.out))
    strict = "" if wanted.observe_until is not None else "--strict "  # a trial is a warning
    lines = [f"drawbar lint {strict}{out}", f"drawbar test {out}"]
    if wanted.config is not None:
        file = shlex.quote(str(wanted.config))
        lines.append(f"drawbar init --config {file} --out {out} --write-config")
        lines.append(f"drawbar init --config {file} --undo    (takes that back)")
    elif wanted.command:
        (one,) = gathered.servers
        words = wanted.wiring.command(asking.server_name(one), list(one.command))
        lines.append(f"{shlex.join(words)}    (in your client, in the place of its command)")
    else:
        lines.append(f"drawbar serve --policies {out}")
    if gathered.servers and wanted.observe_until is None:
        data = shlex.quote(str(wanted.data))
        lines.append(f"drawbar approvals watch --data {data}    (what people are asked)")
    if wanted.observe_until is not None:
        places = f"--policies {out} --data {shlex.quote(str(wanted.data))}"
        lines.append(f"drawbar report {places}    (after a while: what it would have stopped)")
        lines.append(f"drawbar enforce {name} --policies {out}    (to begin before the last day)")
    return lines
