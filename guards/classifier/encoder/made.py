"""Makes the guard that a table of the settings describes."""

from pathlib import Path

from guards.classifier.encoder.guard import Encoded


def made(weights: Path, folder: Path) -> Encoded:
    """Return a guard; it is still to be opened. Raises `NotAnEncoder` where there is none."""
    return Encoded(weights, folder)
