"""Reads policies and their tools files from disk."""

import hashlib
import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from app.binding.bindings import NAME, Binding, BindingsError, refuse_unknown
from app.binding.softening import refuse_softening
from app.binding.standing_by import refuse_stand_ins
from app.policy.policy_set import EMPTY, PolicySet
from app.policy.texts import Read
from dsl import parse, toolspec
from dsl.checks import schematypes
from dsl.errors import DrawbarError, PolicyError, Source, hindered
from dsl.interpret import Bound
from dsl.lint.rule import Unit
from dsl.syntax import Policy
from dsl.toolspec import Tools, ToolsError

__all__ = ("EMPTY", "PoliciesError", "PolicySet", "find", "load", "read_bindings")
SUFFIX: Final = ".bar"
TOOLS_SUFFIX: Final = ".json"
MAX_FILE: Final = 32 << 20


class PoliciesError(DrawbarError):
    """Policies that cannot be read or cannot stand together."""


def find(paths: Iterable[Path]) -> list[Path]:
    """Return the policy files that some files and folders stand for."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [file for file in walk(path) if file.suffix.lower() == SUFFIX]
        elif path.exists():
            found.append(path)
        else:
            raise PoliciesError(f"there is no file or folder `{path}`")
    return found


def walk(folder: Path) -> list[Path]:
    """Return the visible files below a folder, through links; what cannot be looked into raises.

    A restriction must not vanish because its folder was closed or its link broken.
    """
    seen: set[tuple[int, int]] = set()
    found: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=_unreadable, followlinks=True):
        here = Path(place).stat()
        if (here.st_dev, here.st_ino) in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add((here.st_dev, here.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(place, name) for name in sorted(files) if not name.startswith(".")]
    return found


def _unreadable(error: OSError) -> None:
    reason = (error.strerror or str(error)).lower()
    raise PoliciesError(f"`{error.filename}` cannot be read: {reason}") from error


class Trees(Protocol):
    """Knows trees of texts that were read before."""

    def get(self, text: str) -> Policy | None:
        """Return the tree of a text, if it is known."""
        ...


def load(
    paths: Iterable[Path],
    tools_file: Path | None = None,
    trees: Trees | None = None,
    *,
    learned: bool = False,
) -> PolicySet:
    """Read policies that may be used, or raise with everything that is wrong.

    Where a folder holds bindings, they hold for its policies. `learned`: memory may have joined it.
    """
    paths = list(paths)
    instead = read_tools(tools_file) if tools_file else None
    texts = Read(hashlib.sha256(tools_file.read_bytes() if tools_file else b""))
    units: list[Unit] = []
    faults: list[DrawbarError] = []
    for path in find(paths):
        try:
            units.append(_load(path, instead, texts, trees))
        except DrawbarError as error:
            faults.append(error)
    try:
        bindings = _bindings(paths, texts)
    except DrawbarError as error:
        faults.append(error)
    if faults:
        first = next((one for one in faults if hindered(one)), None)
        raise PoliciesError("\n\n".join(map(str, faults))) from first
    bound = tuple(Bound(one.policy, one.tools) for one in units if one.policy is not None)
    _refuse_equal_names(bound)
    overlays = {one.policy.name: one.policy.is_overlay for one in bound}
    refuse_unknown(bindings, overlays)
    refuse_stand_ins(bindings, overlays)
    refuse_softening(bindings, {one.policy.name: one for one in bound}, learned=learned)
    written = texts.by_policy
    return PolicySet(
        bound, texts.digest, tuple(units), bindings=bindings, read=texts, written=written
    )


def read_bindings(folder: Path, texts: Read | None = None) -> tuple[Binding, ...]:
    """Return what a folder's `bindings.toml` binds, if it has one; it is read in its place alone.

    One in a folder below would be passed over in silence.
    """
    for path in walk(folder):
        if path.name == NAME and path.parent != folder:
            raise BindingsError(f"`{path}` is not read; `{NAME}` lies in `{folder}` itself")
    path = folder / NAME
    if not path.exists() and not path.is_symlink():
        return ()
    from app.binding.file import read  # noqa: PLC0415 - it brings pydantic; most do without

    source = read_source(path)
    found = read(source)
    if texts is not None:
        texts.binding(source)
    return found


def _bindings(paths: Iterable[Path], texts: Read) -> tuple[Binding, ...]:
    found: tuple[Binding, ...] = ()
    for path in (path for path in paths if path.is_dir()):
        more = read_bindings(path, texts)
        if twice := {one.policy for one in found} & {one.policy for one in more}:
            raise BindingsError(f"`{min(twice)}` is bound by the `{NAME}` of two folders")
        found += more
    if found:
        texts.bind(repr(found))
    return found


def _load(path: Path, instead: Tools | None, texts: Read, trees: Trees | None) -> Unit:
    source = read_source(path)
    known = trees.get(source.text) if trees is not None else None
    policy = parse.parse(source) if known is None else known
    sources = [source]
    tools = instead
    if policy.tools_file is not None and instead is None:
        tools_source = read_source(_beside(path, policy.tools_file.file))
        tools = toolspec.read(tools_source)
        sources.append(tools_source)
    if tools is not None and (findings := schematypes.check(policy, tools)):
        raise PolicyError(source, tuple(findings))
    for one in sources:
        texts.add(one)
    texts.wrote(policy.name, sources)
    return Unit(source, policy, (), tools)


def _refuse_equal_names(bound: Sequence[Bound]) -> None:
    seen: set[str] = set()
    for one in bound:
        if one.policy.name in seen:
            raise PoliciesError(f"two policies are named `{one.policy.name}`")
        seen.add(one.policy.name)


def unit(path: Path, now: datetime | None = None) -> Unit:
    """Read one file for the linter, however broken it is; with `now`, its days count too."""
    return unit_of(read_source(path), path, now)


def unit_of(source: Source, path: Path, now: datetime | None = None) -> Unit:
    """Read a text for the linter as if it stood in a file."""
    policy, broken = parse.read(source)
    tools, fault = None, None
    if policy is not None and policy.tools_file is not None:
        try:
            tools = read_tools(_beside(path, policy.tools_file.file))
        except DrawbarError as error:
            fault = str(error)
    if policy is not None and tools is not None and not broken:
        broken = schematypes.check(policy, tools)
    zone = ZoneInfo(policy.timezone if policy is not None else "UTC")
    today = now.astimezone(zone).date() if now is not None else None
    documents = _documents(policy, path) if policy is not None else {}
    return Unit(source, policy, tuple(broken), tools, fault, today, documents)


def _documents(policy: Policy, path: Path) -> dict[str, list[str]]:
    """Return the lines of the documents that rules name and that lie with the policy or below."""
    found = {}
    for name in {rule.source.file for rule in policy.rules if rule.source is not None}:
        inside = Path(name)
        if name.isprintable() and not inside.is_absolute() and ".." not in inside.parts:
            with suppress(PoliciesError):
                text = read_source(path.parent / inside).text
                found[name] = text.removesuffix("\n").split("\n")
    return found


def read_tools(path: Path) -> Tools:
    """Read a tools file."""
    return toolspec.read(read_source(path))


def read_source(path: Path) -> Source:
    """Read a text file, or say in one sentence why not."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # reading a pipe would wait for ever
            raise PoliciesError(f"`{path}` is not a file")
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
        if len(content) > MAX_FILE:
            raise PoliciesError(f"`{path}` is larger than {MAX_FILE >> 20} MiB")
        return Source(str(path), content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise PoliciesError(f"`{path}` is not UTF-8") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PoliciesError(f"`{path}` cannot be read: {reason}") from error


def _beside(policy: Path, name: str) -> Path:
    """Find a tools file: it lies in the policy's folder or below, never elsewhere."""
    inside = Path(name)
    if not name.isprintable() or inside.suffix != TOOLS_SUFFIX:
        raise ToolsError(f"{policy}: the tools file's name must end in `{TOOLS_SUFFIX}`")
    if inside.is_absolute() or ".." in inside.parts:
        raise ToolsError(f"{policy}: the tools file `{name}` must lie in the policy's folder")
    return policy.parent / inside
