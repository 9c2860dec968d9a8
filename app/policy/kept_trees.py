"""Trees of long policies, kept in the data folder: read much sooner than their text.

A tree is believed if this gateway sealed it for this very text, by this very code of the language;
else the text is read. So whoever can write to the folder, but has not the gateway's key, can make
it read more slowly and nothing else. Whoever has the key can write the store as well.
"""

import hashlib
import hmac
import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import structlog

import dsl
from app.policy import apart
from dsl import parse, trees
from dsl.lint.rule import Unit
from dsl.syntax import Policy
from dsl.trees import NoTree
from memory.sealing import derived

FOLDER: Final = "trees"
SUFFIX: Final = ".tree"
LONG: Final = 256 << 10  # characters: shorter texts are read soon
MOST_BYTES: Final = 256 << 20
_MADE: Final = 8
_SEAL: Final = hashlib.sha256().digest_size
log = structlog.get_logger("drawbar.policies")


class KeptTrees:
    """Keeps the trees of what is in force, and of nothing else."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._key = b""
        self._made: dict[str, bytes] = {}  # trees that were made elsewhere, to be kept
        self.apart = False  # what is long and new is read in another process
        self._keeping = threading.Lock()  # a thread that nobody waits for any more writes on

    def open(self, data: Path, secret: bytes) -> None:
        """Begin to keep trees in a data folder."""
        self._folder = data / FOLDER
        self._key = derived(secret, "kept trees of policies")

    def get(self, text: str) -> Policy | None:
        """Return the tree of a text, if it is known; what is wrong with it only means reading."""
        if self._folder is None or len(text) < LONG:
            return None
        name = _name(text)
        policy = self._kept(self._folder / name) or self._made_apart(name, text)
        if policy is not None:
            parse.remember(text, policy)
        return policy

    def _made_apart(self, name: str, text: str) -> Policy | None:
        """Have a text read by another process, where much of it is new; None: it is read here."""
        if not self.apart or parse.news(text) < LONG or (tree := apart.tree_of(text)) is None:
            return None
        try:
            policy = trees.read(tree)
        except NoTree:
            return None
        if len(self._made) >= _MADE:  # of policies that were refused
            self._made.clear()
        self._made[name] = tree
        return policy

    def _kept(self, place: Path) -> Policy | None:
        try:
            with place.open("rb") as file:
                content = file.read(MOST_BYTES)
            return trees.read(self._opened(place.name, content))
        except OSError:
            return None
        except NoTree as fault:
            detail = str(fault)
            log.warning(
                "a kept tree is not used, the policy is read", tree=place.name, detail=detail
            )
            return None

    def keep(self, units: Iterable[Unit]) -> None:
        """Keep the trees of what is in force; where that fails, they are read again next time."""
        if self._folder is None:
            return
        long = {_name(one.source.text): one for one in units if len(one.source.text) >= LONG}
        try:
            with self._keeping:
                self._replace(long)
        except OSError as error:
            log.warning("a tree cannot be kept, the policy is read next time", detail=str(error))

    def _replace(self, long: Mapping[str, Unit]) -> None:
        assert self._folder is not None  # noqa: S101 - as asked above
        there = self._there()
        for name in long.keys() - there:
            if (policy := long[name].policy) is not None:
                self._put(name, self._made.get(name) or trees.write(policy))
        self._made.clear()
        for name in there - long.keys():
            (self._folder / name).unlink(missing_ok=True)

    def _opened(self, name: str, content: bytes) -> bytes:
        seal, tree = content[:_SEAL], content[_SEAL:]
        if not hmac.compare_digest(seal, self._seal(name, tree)):
            raise NoTree("it is not sealed by this gateway")
        return tree

    def _there(self) -> set[str]:
        assert self._folder is not None  # noqa: S101 - as asked above
        with suppress(FileNotFoundError):
            return {one.name for one in self._folder.iterdir()}
        return set()

    def _put(self, name: str, tree: bytes) -> None:
        assert self._folder is not None  # noqa: S101 - as asked above
        self._folder.mkdir(mode=0o700, exist_ok=True)
        draft = self._folder / f"{name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(self._seal(name, tree))
            file.write(tree)
        draft.replace(self._folder / name)

    def _seal(self, name: str, tree: bytes) -> bytes:
        seal = hmac.new(self._key, name.encode(), hashlib.sha256)
        seal.update(tree)
        return seal.digest()


def _name(text: str) -> str:
    """Return what the tree of a text is called, if it was read by this code."""
    found = hashlib.sha256(_reader())
    found.update(text.encode())
    return found.hexdigest() + SUFFIX


@cache
def _reader() -> bytes:
    """Return the digest of all that has a say in what a text means."""
    found = hashlib.sha256()
    for package in ("lark", "google-re2", "tzdata"):
        with suppress(ImportError):  # of a package that is not there
            found.update(f"{package} {version(package)} ".encode())
    root = Path(dsl.__file__).parent
    for path in sorted(one for one in root.rglob("*") if one.suffix in (".py", ".lark", ".json")):
        content = path.read_bytes()
        found.update(f"{path.relative_to(root)} {len(content)} ".encode() + content)
    return found.digest()
