"""The data folder and the folder of policies: who may read and change them."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.doctor.check import Check, finding, ok

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_WRITERS: Final = stat.S_IWGRP | stat.S_IWOTH
_SECRETS: Final = ("digest.key", "audit.key", "drawbar.db", "drawbar.db-wal", "drawbar.db-shm")


def data_folder(folder: Path) -> Iterator[Check]:
    """Look whether anybody else may look into the data folder."""
    open_ = [path for path in (folder, *(folder / name for name in _SECRETS)) if _is(path, _OTHERS)]
    # What lies in a folder that is closed to others is closed to them too.
    if open_ and open_[0] == folder:
        names = ", ".join(f"`{path}`" for path in open_)
        hint = f"close it: chmod -R go= {folder}"
        yield finding("permissions", f"others on this machine may look into {names}", hint)
    else:
        yield ok("permissions", f"nobody else may look into `{folder}`")


def policy_folder(folder: Path) -> Iterator[Check]:
    """Look whether anybody else may change the policies."""
    if not folder.is_dir():
        return
    found = [folder, *sorted(path for path in folder.rglob("*") if not path.is_symlink())]
    if wide := [path for path in found if _is(path, _WRITERS)]:
        said = f"others on this machine may change `{wide[0]}`"
        said += f" and {len(wide) - 1} more" if len(wide) > 1 else ""
        yield finding("policies_writable", said, f"close it: chmod -R go-w {folder}")


def _is(path: Path, mode: int) -> bool:
    try:
        return bool(path.stat().st_mode & mode)
    except OSError:
        return False
