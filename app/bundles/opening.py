"""Bundles on disk, and the policies that one holds."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from app.binding.bindings import NAME
from app.bundles.bundle import MOST_BYTES, Bundle, BundleFault
from app.bundles.reading import refuse_odd_names
from app.policy.policies import PolicySet, Trees
from app.policy.revising import restored
from dsl.errors import DrawbarError
from memory.revisions.revision import Revision, RevisionFault


def policies_of(bundle: Bundle, trees: Trees | None = None) -> PolicySet:
    """Return the policies of a bundle, or say why they cannot be used."""
    if bundle.stamp is None:
        raise BundleFault("the bundle has no number and no end")
    kept = Revision(bundle.digest, bundle.stamp.issued_at, "", "", bundle.texts)
    try:
        found = restored(kept, trees)
    except (DrawbarError, OSError, ValueError) as error:
        raise BundleFault(f"the policies of the bundle cannot be used: {error}") from error
    if not found.decides:
        raise BundleFault("the bundle holds no policy")
    return found


def refuse_foreign(kept: Revision) -> None:
    """Refuse texts that no bundle could have brought, or that come to another digest when read."""
    names, order = [one.name for one in kept.texts.files], kept.texts.order
    if stray := set(names) - {*order, NAME}:
        raise RevisionFault(f"they were not read from `{min(stray)!a}`")
    try:
        refuse_odd_names(names, order)
        restored(kept)
    except RevisionFault:
        raise
    except (DrawbarError, OSError, ValueError) as error:
        raise RevisionFault("they cannot be read as policies") from error


def file_content(path: Path) -> bytes:
    """Read a file that holds a bundle; through links, as ConfigMaps are mounted."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # reading a pipe would wait for ever
            raise BundleFault(f"`{path}` is not a file")
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BundleFault(f"`{path}` cannot be read: {reason}") from error
    if len(raw) > MOST_BYTES:
        raise BundleFault(f"a bundle holds at most {MOST_BYTES >> 20} MiB")
    return raw


def put_file(path: Path, raw: bytes, mode: int = 0o600) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        reason = (error.strerror or str(error)).lower()
        raise BundleFault(f"`{path}` cannot be written: {reason}") from error
