"""A real vLLM on a processor, as `make vllm-test` installs it; started for one model."""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 600  # it is ready in a minute where the machine is free
NAME: Final = "guard"
ENVIRONMENT: Final = {
    "CUDA_VISIBLE_DEVICES": "",
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_HOST_IP": "127.0.0.1",
    "OMP_NUM_THREADS": "2",
    # The worker is no process of its own, which would load everything once more.
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
}
COMMON: Final = (
    *("--dtype", "float32", "--enforce-eager", "--max-logprobs", "32"),
    *("--distributed-executor-backend", "uni"),
)
ONE_PREFILL: Final = (
    '{"architectures":["Qwen3ForSequenceClassification"],'
    '"classifier_from_token":["no","violation"],"method":"from_2_way_softmax"}'
)
# What is served, and how it is started: a folder of models, and flags.
MODELS: Final = {
    "encoder": ("encoder", ("--max-model-len", "512")),
    "trained": ("trained", ("--max-model-len", "512")),
    "minilm": ("minilm", ("--max-model-len", "512")),
    "classifier": ("classifier", ("--max-model-len", "1024")),
    "one-label": ("one-label", ("--max-model-len", "1024")),
    "generator": ("generator", ("--max-model-len", "1024")),
    "one-prefill": (
        "generator",
        ("--max-model-len", "1024", "--runner", "pooling", "--hf-overrides", ONE_PREFILL),
    ),
    "generator-16": ("generator-16", ("--max-model-len", "1024")),
}


def flags(model: str) -> Sequence[str]:
    """Return with what a model is started."""
    return (*COMMON, *MODELS[model][1])


@contextmanager
def live(environment: Path, model: str, tell: Callable[[str], None]) -> Iterator[str]:
    """Serve one model, and give its address; what vLLM says is shown where it does not start."""
    folder, _ = MODELS[model]
    port = _free_port()
    program = environment.absolute() / "bin" / "vllm"
    command = [str(program), "serve", f"./{folder}", "--served-model-name", NAME]
    command += ["--host", "127.0.0.1", "--port", str(port), *flags(model)]
    dropped = ("VLLM_", "PYTHON", "VIRTUAL_ENV", "DRAWBAR")
    kept = {name: one for name, one in os.environ.items() if not name.startswith(dropped)}
    with tempfile.TemporaryFile("w+") as log:
        began = time.monotonic()
        tell(f"starting vLLM with the model `{model}` ...")
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=environment / "models",
            env={**kept, **ENVIRONMENT},
            start_new_session=True,  # its engines are processes of their own, and end with it
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(process, address, began, tell)
            tell(f"it serves after {time.monotonic() - began:.0f} s")
            yield address
        except NotServed as error:
            log.seek(0)
            raise NotServed(f"{error}; the end of what it said:\n{log.read()[-3000:]}") from None
        finally:
            _end(process)


class NotServed(Exception):
    """VLLM did not start."""


def _wait(
    process: "subprocess.Popen[bytes]", address: str, began: float, tell: Callable[[str], None]
) -> None:
    told = 0.0
    while (waited := time.monotonic() - began) < PATIENCE_S:
        if process.poll() is not None:
            raise NotServed(f"vLLM ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):  # noqa: S310 - ours
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        if waited - told >= 30:
            told = waited
            tell(f"... {waited:.0f} s; 45 to 60 s are usual, more where the machine is busy")
    raise NotServed(f"vLLM did not answer within {PATIENCE_S} s")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a server with everything that it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            break
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            continue
    process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
