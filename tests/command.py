"""The `drawbar` command inside the process of a test: what a process prints, without its start."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest

from app.cli.main import main

Ran = subprocess.CompletedProcess[str]


def drawbar(
    *arguments: object,
    cwd: Path | None = None,
    said: str = "",
    env: Mapping[str, str] | None = None,
) -> Ran:
    """Run the command from a folder, with what somebody types and more environment."""
    words = ["drawbar", *map(str, arguments)]
    out, err = _stream(), _stream()
    with (
        chdir(cwd or Path.cwd()),
        patch.dict(os.environ, env or {}),
        patch.multiple(sys, argv=words, stdin=_stream(said)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _code()
    return Ran(words, code, _text(out), _text(err))


def _code() -> int:
    """Return the exit code; what `main` does not explain is raised, and fails the test."""
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    assert isinstance(code, int)
    return code


def _stream(text: str = "") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    held = stream.buffer
    assert isinstance(held, io.BytesIO)
    return held.getvalue().decode()
