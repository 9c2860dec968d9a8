"""The tables `guards.NAME` of the settings file: one served guard each."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from app.facts.settings import Header
from app.guarding.address import refused


class GuardSettings(BaseModel):
    """A guard that a vLLM server serves."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    url: str = Field(description="Where the server stands, such as `http://127.0.0.1:8000`.")
    family: str = Field(description="How it is asked: a name that `drawbar guard families` lists.")
    model: str = Field(min_length=1, description="The name that the server serves the model by.")
    folder: Annotated[Path, Strict(strict=False)] = Field(
        description="Where `drawbar guard verify` and `drawbar guard calibrate` put what they "
        "found. Without it the guard is not asked."
    )
    timeout_ms: int = Field(
        300, ge=10, le=10_000, description="Time for one answer; the deadline may leave less."
    )
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

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        # Read only where guards are set up.
        families = import_module("guards.classifier.vllm.families").FAMILIES
        if self.family not in families:
            raise ValueError(f"`family` must be one of {', '.join(sorted(families))}")
        if (why := refused(self.url, plain_http=self.plain_http)) is not None:
            raise ValueError(why)
        return self
