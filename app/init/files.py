"""Writes what was drafted: all files or none, and none over another without being told to."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from app.policy import policies
from dsl import parse
from dsl.errors import DrawbarError


def refuse_second(folder: Path, name: str) -> None:
    """Refuse a folder that has a policy: with two of them, both would have to allow a call."""
    for path in policies.find([folder]) if folder.is_dir() else ():
        policy = parse.read(policies.read_source(path))[0]
        other = policy is not None and not policy.is_overlay and policy.name != name
        if other and path.name != f"{name}.bar":
            raise DrawbarError(
                f"`{path}` is a policy already, and beside a second one only what both allow is "
                "allowed; name another folder with `--out`, or all servers in one run"
            )


def write(folder: Path, files: Mapping[str, str], *, force: bool) -> list[Path]:
    """Write files into a folder, and return them."""
    paths = {folder / name: text for name, text in files.items()}
    taken = [path for path in paths if path.exists() or path.is_symlink()]
    if taken and not force:
        named = " and ".join(f"`{path}`" for path in taken)
        raise DrawbarError(f"{named} is there already; `--force` writes it anew")
    drafts = {path.with_name(f".{path.name}.{os.getpid()}"): path for path in paths}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for draft, path in drafts.items():
            draft.write_text(paths[path], "utf-8", newline="")
        for draft, path in drafts.items():
            draft.replace(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DrawbarError(f"`{error.filename or folder}` cannot be written: {reason}") from error
    finally:
        for draft in drafts:
            with suppress(OSError):
                draft.unlink()
    return list(paths)
