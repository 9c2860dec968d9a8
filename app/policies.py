"""Reads policies and their tools files from disk."""

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from app.bindings import NAME, Binding, BindingsError, refuse_unknown
from app.texts import Read
from dsl import parse, toolspec
from dsl.checks import schematypes
from dsl.errors import DrawbarError, PolicyError, Source
from dsl.evaluation.windows import asks_labels, windows
from dsl.interpret import Bound
from dsl.lint.rule import Unit
from dsl.syntax import Per, Policy
from dsl.toolspec import Tools, ToolsError

SUFFIX: Final = ".bar"
TOOLS_SUFFIX: Final = ".json"
MAX_FILE: Final = 16 << 20


class PoliciesError(DrawbarError):
    """Policies that cannot be read or cannot stand together."""


@dataclass(frozen=True)
class PolicySet:
    """The policies in force, and the digest of all they were read from.

    `bound` are those that judge: all of the folder, or with `at` those of one edge.
    """

    bound: tuple[Bound, ...]
    digest: str
    units: tuple[Unit, ...] = ()
    revision: str | None = None
    bindings: tuple[Binding, ...] = ()
    all_bound: tuple[Bound, ...] | None = None
    # What was read; gone once it is kept.
    read: Read | None = field(default=None, repr=False, compare=False)
    # Observing policies with nothing but their tools, as `app/trial.py` makes them.
    hollow: dict[str, Bound] = field(default_factory=dict, repr=False, compare=False)
    _at: dict[tuple[str, str | None], "PolicySet"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def at(self, edge: str, *, after: str | None = None) -> "PolicySet":
        """Return the policies that judge what comes in at an edge.

        With `after`, only those that did not judge it at that edge already.
        """
        if not self.bindings and after is None:
            return self
        found = self._at.get((edge, after))
        if found is None:
            bound = tuple(one for one in self.bound if self._judges(one, edge, after))
            found = replace(self, bound=bound, all_bound=self.whole)
            self._at[edge, after] = found  # the names of edges are few, and the code's own
        return found

    def _judges(self, one: Bound, edge: str, after: str | None) -> bool:
        binding = self.binding(one.policy.name)
        return binding.binds(edge) and not (after is not None and binding.binds(after))

    def binding(self, policy: str) -> Binding:
        """Return where a policy is in force; one that no entry names enforces everywhere."""
        return self._by_policy.get(policy) or Binding(policy)

    @cached_property
    def _by_policy(self) -> Mapping[str, Binding]:
        return {one.policy: one for one in self.bindings}

    def observing(self, now: datetime) -> Mapping[str, datetime]:
        """Return the policies that enforce nothing yet, each with the time at which it begins."""
        if not self._observed:
            return {}
        return {name: until for name, until in self._observed.items() if now < until}

    @cached_property
    def _observed(self) -> Mapping[str, datetime]:
        here = {one.policy.name for one in self.bound if one.published}
        return {
            one.policy: one.observe_until
            for one in self.bindings
            if one.observe_until is not None and one.policy in here
        }

    @property
    def whole(self) -> tuple[Bound, ...]:
        """Return the policies of all edges."""
        return self.bound if self.all_bound is None else self.all_bound

    @cached_property
    def reach(self) -> Mapping[Per, timedelta]:
        """Return how far beyond a session the policies look back."""
        return windows(one.policy for one in self.bound)

    @cached_property
    def asks_labels(self) -> bool:
        """Tell whether the policies ask for labels."""
        return asks_labels(self.policies)

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """Return the policies without their tools."""
        return tuple(one.policy for one in self.bound)

    def narrowed(self, overlays: Sequence[Bound]) -> "PolicySet":
        """Return the policies with those that hold for one session."""
        return replace(self, bound=(*self.bound, *overlays)) if overlays else self

    @property
    def decides(self) -> bool:
        """Tell whether there is a policy: overlays alone allow nothing."""
        return any(not one.policy.is_overlay for one in self.bound)


EMPTY: Final = PolicySet((), "sha256:" + hashlib.sha256().hexdigest())


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


def load(paths: Iterable[Path], tools_file: Path | None = None) -> PolicySet:
    """Read policies that may be used, or raise with everything that is wrong.

    Where a folder holds bindings, they hold for its policies.
    """
    paths = list(paths)
    instead = read_tools(tools_file) if tools_file else None
    texts = Read(hashlib.sha256(tools_file.read_bytes() if tools_file else b""))
    units, faults = [], []
    for path in find(paths):
        try:
            units.append(_load(path, instead, texts))
        except DrawbarError as error:
            faults.append(str(error))
    try:
        bindings = _bindings(paths, texts)
    except DrawbarError as error:
        faults.append(str(error))
    if faults:
        raise PoliciesError("\n\n".join(faults))
    bound = tuple(Bound(one.policy, one.tools) for one in units if one.policy is not None)
    _refuse_equal_names(bound)
    refuse_unknown(bindings, [one.policy.name for one in bound])
    return PolicySet(bound, texts.digest, tuple(units), bindings=bindings, read=texts)


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
    from app.bindings_file import read  # noqa: PLC0415 - it brings pydantic; most do without

    source = read_source(path)
    found = read(source)
    if texts is not None:
        texts.binding(source)
    return found


def _bindings(paths: Iterable[Path], texts: Read) -> tuple[Binding, ...]:
    found: tuple[Binding, ...] = ()
    for path in paths:
        if path.is_dir():
            found += read_bindings(path, texts)
    names = [one.policy for one in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BindingsError(f"`{twice}` is bound by the `{NAME}` of two folders")
    if found:
        texts.bind(repr(found))
    return found


def _load(path: Path, instead: Tools | None, texts: Read) -> Unit:
    source = read_source(path)
    policy = parse.parse(source)
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
