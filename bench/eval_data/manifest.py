"""Reads the manifest: which sets there are, where each file comes from, its digest."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

MANIFEST = Path(__file__).with_name("manifest.toml")


class ManifestError(Exception):
    """The manifest contradicts itself."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A public repository at a commit, or a published package at a version."""

    name: str
    ref: str
    kind: str

    @property
    def label(self) -> str:
        """Say the origin the way a reader looks it up."""
        return (
            f"{self.name}@{self.ref}" if self.kind == "repository" else f"{self.name}=={self.ref}"
        )


@dataclass(frozen=True, slots=True)
class Source:
    """One file inside an origin."""

    origin: Origin
    path: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of the gathered folder, and how it comes to be.

    Without ``convert`` and ``how`` it is the one source as it is; with ``convert`` it is
    computed from its sources; with ``how`` it is derived and cannot be gathered.
    """

    path: str
    size: int
    sha256: str
    content_sha256: str | None
    sources: tuple[Source, ...]
    convert: str | None
    how: str | None
    unconfirmed: bool


@dataclass(frozen=True, slots=True)
class DataSet:
    """A folder of the gathered data, with the words and the licence it comes under."""

    name: str
    what: str
    licence: str
    origins: tuple[Origin, ...]
    files: tuple[DataFile, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every set, and the two public hosts that serve the repositories."""

    raw_host: str
    api_host: str
    sets: tuple[DataSet, ...]

    def files(self) -> Iterator[DataFile]:
        """Walk all files of all sets in the order written."""
        for data_set in self.sets:
            yield from data_set.files


def load_manifest(path: Path = MANIFEST) -> Manifest:
    """Read a manifest and refuse one that contradicts itself."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    origins = {key: _origin(row) for key, row in data["origins"].items()}
    sets = tuple(_set(row, origins) for row in data["sets"])
    manifest = Manifest(data["raw_host"], data["api_host"], sets)
    _refuse_twins(manifest)
    return manifest


def _origin(row: Mapping[str, str]) -> Origin:
    if "repository" in row:
        return Origin(row["repository"], row["commit"], "repository")
    return Origin(row["package"], row["version"], "package")


def _set(row: Mapping[str, Any], origins: Mapping[str, Origin]) -> DataSet:
    files = tuple(_file(entry, origins) for entry in row["files"])
    named = tuple(origins[key] for key in row["origins"])
    return DataSet(row["name"], row["what"], row["licence"], named, files)


def _file(row: Mapping[str, Any], origins: Mapping[str, Origin]) -> DataFile:
    sources = tuple(
        Source(origins[entry["origin"]], entry["path"], entry.get("sha256"))
        for entry in row.get("sources", ())
    )
    entry = DataFile(
        path=row["path"],
        size=row["size"],
        sha256=row["sha256"],
        content_sha256=row.get("content_sha256"),
        sources=sources,
        convert=row.get("convert"),
        how=row.get("how"),
        unconfirmed=row.get("unconfirmed", False),
    )
    _refuse_odd(entry, derived=row.get("derived", False))
    return entry


def _refuse_odd(entry: DataFile, *, derived: bool) -> None:
    parts = PurePosixPath(entry.path).parts
    if ".." in parts or parts[0] == "/":
        raise ManifestError(f"{entry.path}: the path leaves the output folder")
    if derived != (entry.how is not None):
        raise ManifestError(f"{entry.path}: derived and how belong together")
    if not derived and entry.convert is None and len(entry.sources) != 1:
        raise ManifestError(f"{entry.path}: a file taken as it is has exactly one source")
    if not derived and not entry.sources:
        raise ManifestError(f"{entry.path}: a converted file needs sources")


def _refuse_twins(manifest: Manifest) -> None:
    seen: set[str] = set()
    for entry in manifest.files():
        if entry.path in seen:
            raise ManifestError(f"{entry.path}: the path is listed twice")
        seen.add(entry.path)
