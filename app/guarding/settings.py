"""The tables `guards.NAME` of the settings file: one guard each, served or in the gateway."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Strict, Tag, model_validator

from app.facts.settings import Header
from app.guarding.address import refused

_FOUND: Final = (
    "Where `drawbar guard verify` and `drawbar guard calibrate` put what they found. "
    "Without it the guard is not asked."
)


class OneGuard(BaseModel):
    """What every guard has."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    timeout_ms: int = Field(
        300, ge=10, le=10_000, description="Time for one answer; the deadline may leave less."
    )


class GuardSettings(OneGuard):
    """A guard that a vLLM server serves."""

    kind: Literal["vllm"] = Field("vllm", description='`"vllm"`: a model that a server serves.')
    url: str = Field(description="Where the server stands, such as `http://127.0.0.1:8000`.")
    family: str = Field(description="How it is asked: a name that `drawbar guard families` lists.")
    model: str = Field(min_length=1, description="The name that the server serves the model by.")
    folder: Annotated[Path, Strict(strict=False)] = Field(description=_FOUND)
    headers: Mapping[str, Header] = Field(
        {},
        description='Header names, each with a text, `{ env = "VARIABLE" }` or '
        '`{ file = "PATH" }`; the latter two take a `prefix`.',
    )
    plain_http: bool = Field(
        default=False,
        description="Allows `http://` to another machine, where anybody on the way can read the "
        "calls and change what the guard says.",
    )

    batch_ms: int = Field(
        0,
        ge=0,
        le=50,
        description="Waits so long for more questions and sends up to 32 together: 2 is for a "
        "GPU. 0 sends each by itself.",
    )

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        # Read only where guards are set up.
        families = import_module("guards.classifier.vllm.families").FAMILIES
        if self.family not in families:
            raise ValueError(f"`family` must be one of {', '.join(sorted(families))}")
        if self.batch_ms and families[self.family].route != "classify":
            raise ValueError(f"`batch_ms`: questions of the family `{self.family}` go one by one")
        if (why := refused(self.url, plain_http=self.plain_http)) is not None:
            raise ValueError(why)
        return self


class EncoderSettings(OneGuard):
    """A trained encoder that the gateway asks itself; it answers `judge`."""

    kind: Literal["encoder"] = Field(description='`"encoder"`')
    weights: Annotated[Path, Strict(strict=False)] = Field(
        description="The folder that `drawbar train encoder` wrote."
    )
    folder: Annotated[Path, Strict(strict=False)] = Field(description=_FOUND)

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        lacking = [one for one in ("numpy", "onnxruntime", "tokenizers") if find_spec(one) is None]
        if lacking:
            words = f"a guard of the kind `encoder` needs `{lacking[0]}`"
            raise ValueError(f"{words}: pip install 'drawbar-server[encoder]'")
        return self


class OffTaskSettings(OneGuard):
    """A head inside the gateway that answers `classify("off_task")`."""

    kind: Literal["off_task"] = Field(description='`"off_task"`')
    folder: Annotated[Path, Strict(strict=False)] = Field(
        description="Where `drawbar train off-task` put the head, and `drawbar guard "
        "calibrate` what it is good for."
    )


class OwnSettings(OneGuard):
    """A guard of your own: code of an installed package, named by an entry point."""

    kind: Literal["own"] = Field(description='`"own"`')
    entry: str = Field(
        min_length=1, description="The name of the entry point in the group `drawbar.guards`."
    )
    folder: Annotated[Path, Strict(strict=False)] = Field(description=_FOUND)


def _kind(told: Any) -> str:
    kind = told.get("kind", "vllm") if isinstance(told, Mapping) else getattr(told, "kind", "vllm")
    return str(kind)


AnyGuard = Annotated[
    Annotated[GuardSettings, Tag("vllm")]
    | Annotated[EncoderSettings, Tag("encoder")]
    | Annotated[OffTaskSettings, Tag("off_task")]
    | Annotated[OwnSettings, Tag("own")],
    Discriminator(_kind),
]
