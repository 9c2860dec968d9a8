"""Makes the guard that a table of the settings describes."""

from pathlib import Path

from guards.classifier.vllm.families import FAMILIES
from guards.classifier.vllm.guard import Vllm
from guards.classifier.vllm.http import Headers, Http


def made(url: str, model: str, family: str, folder: Path | None, headers: Headers) -> Vllm:
    """Return a guard; it is still to be opened."""
    return Vllm(Http(url, headers), model, FAMILIES[family], folder)
