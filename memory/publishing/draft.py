"""A draft: a named set of files, and which files there may be."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dsl.errors import DrawbarError
from memory.revisions.revision import File, digest_of

NAME: Final = r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}"
BINDINGS: Final = "bindings.toml"
MOST_DRAFTS: Final = 200
MOST_FILES: Final = 500
MOST_BYTES: Final = 8 << 20  # of all files of a draft together
LONGEST: Final = 200  # of a file's name
# Plain letters alone: two names that look alike are the same name.
_STEP: Final = r"[A-Za-z0-9_-][A-Za-z0-9_.-]*"
_FILE: Final = re.compile(rf"(?:{_STEP}/){{0,8}}{_STEP}\.(?:bar|json)")


class DraftFault(DrawbarError):
    """What a draft cannot hold."""


class NoDraft(DraftFault):
    """There is no such draft, or no such file in it."""


class DraftExists(DraftFault):
    """There is a draft of that name."""


class StaleDraft(DraftFault):
    """The draft was changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who does something: an API key, and on whose behalf that is held."""

    key: str
    subject: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft without its files."""

    name: str
    id: str
    version: int
    based_on: str | None  # the digest of the revision it was begun from
    created_at: datetime
    changed_at: datetime
    changed_by: str
    changed_key: str

    @property
    def state(self) -> str:
        """Name this state of this draft: another one never has the same name."""
        return f"{self.id}.{self.version}"

    @property
    def author(self) -> Who:
        """Return who changed it last."""
        return Who(self.changed_key, self.changed_by)


def digest_of_files(files: Iterable[File]) -> str:
    """Return a digest of all files of a draft with their names, whatever their order."""
    ordered = sorted(files, key=lambda one: one.name)
    return digest_of(part for one in ordered for part in (one.name, one.text))


def refuse_odd(files: Sequence[File]) -> None:
    """Refuse files that could not lie in one folder on any machine, or that are too much."""
    names = [one.name for one in files]
    refuse_too_many(len(names))
    for one in files:
        refuse_odd_file(one)
    refuse_clash(names)
    if sum(len(one.text.encode()) for one in files) > MOST_BYTES:
        raise DraftFault(f"the files of a draft are over {MOST_BYTES >> 20} MiB together")


def refuse_too_many(number: int) -> None:
    """Refuse more files than a draft may have."""
    if number > MOST_FILES:
        raise DraftFault(f"a draft has more than {MOST_FILES} files")


def refuse_odd_file(file: File) -> None:
    """Refuse a name that could lead elsewhere, or be taken for another, and text of no file."""
    name = file.name
    if len(name) > LONGEST or (name != BINDINGS and _FILE.fullmatch(name) is None):
        hint = f"plain letters, digits, `_-.`, then `.bar` or `.json`; or `{BINDINGS}`"
        raise DraftFault(f"a draft holds no file of the name {name[:LONGEST]!a}: {hint}")
    if "\x00" in file.text:
        raise DraftFault(f"the file `{name}` holds a NUL, which is no text")


def refuse_clash(names: Iterable[str]) -> None:
    """Refuse two names that are one on some machines, or where one would be the other's folder."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other is not name:
            raise DraftFault(f"`{other}` and `{name}` are one file on some machines")
    for low, name in seen.items():
        steps = low.split("/")
        for at in range(1, len(steps)):
            if (file := seen.get("/".join(steps[:at]))) is not None:
                raise DraftFault(f"`{file}` is a file, so `{name}` cannot lie in it")
