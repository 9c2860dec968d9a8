"""What a run of training needs to go on after it was ended: a file, written whole or not at all."""

import os
from pathlib import Path
from typing import Any, Final

import torch

FILE: Final = "checkpoint.pt"


def write(folder: Path, digest: str, state: dict[str, Any]) -> None:
    """Keep a state of the run that `digest` names."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{FILE}.new"
    with fresh.open("wb") as file:
        torch.save({"digest": digest, "rng": torch.get_rng_state(), **state}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / FILE)


def read(folder: Path, digest: str) -> dict[str, Any] | None:
    """Return the state of the run that `digest` names; of another one nothing is of use."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError):
        return None
    if state.get("digest") != digest:
        return None
    torch.set_rng_state(state["rng"])
    return state
