"""The guard that `drawbar guard` is to try or to ask: one that a server serves, or an encoder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.cli.train import needed
from dsl.errors import DrawbarError
from guards.classifier import own
from guards.classifier.vllm.families import Family
from guards.classifier.vllm.fixture import Fixture
from guards.classifier.vllm.guard import BACKEND, Vllm
from guards.classifier.vllm.http import Headers, Http
from guards.classifier.vllm.verify import verify
from guards.guard import Guard

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Served:
    """A guard of a vLLM server."""

    url: str
    model: str
    family: Family
    headers: Headers
    backend: str = BACKEND

    async def verify(self, folder: Path, tell: Tell) -> Fixture:
        """Try it, and record what it is."""
        return await verify(Http(self.url, self.headers), self.model, self.family, folder, tell)

    def guard(self, folder: Path) -> Guard:
        """Return it as the gateway asks it."""
        return Vllm(Http(self.url, self.headers), self.model, self.family, folder)


@dataclass(frozen=True, slots=True)
class Code:
    """Code of an installed package, by its entry point."""

    entry: str

    @property
    def backend(self) -> str:
        """Name what runs it."""
        return f"{own.FAMILY}:{self.entry}"

    async def verify(self, folder: Path, tell: Tell) -> Fixture:
        """Try it, and record what it says."""
        return await own.verify(self._made(folder), folder, tell)

    def guard(self, folder: Path) -> Guard:
        """Return it as the gateway asks it, or say why there is none."""
        return self._made(folder)

    def _made(self, folder: Path) -> own.Own:
        try:
            return own.made(self.entry, folder)
        except own.NotAGuard as error:
            raise DrawbarError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Here:
    """An encoder from a folder."""

    weights: Path

    @property
    def backend(self) -> str:
        """Name what runs it."""
        with needed():
            from guards.classifier.encoder.guard import BACKEND as ONNX
        return ONNX

    async def verify(self, folder: Path, tell: Tell) -> Fixture:
        """Try it, and record what it says."""
        self.guard(folder)
        from guards.classifier.encoder.verify import verify as tried

        return await tried(self.weights, folder, tell)

    def guard(self, folder: Path) -> Guard:
        """Return it as the gateway asks it, or say why there is none."""
        with needed():
            from guards.classifier.encoder.folder import NotAnEncoder
            from guards.classifier.encoder.made import made
        try:
            return made(self.weights, folder)
        except NotAnEncoder as error:
            raise DrawbarError(str(error)) from error
