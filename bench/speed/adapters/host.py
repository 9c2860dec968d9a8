"""Runs one engine in its own environment, and measures it there, so that no pipe is in the times.

`bench/hosting.py` runs it with `ADAPTER.py [PROGRAM]`, so it may use the standard library only. An
adapter is a module with

- `version()`, the engine's version as the engine itself says it
- `load(text)`, which reads a policy and returns two functions: one makes of a call what the engine
  takes, which is not timed; the other decides that, and returns whether the call is allowed

or with `answers(calls)` and `measure(seconds)` beside, where the engine is no part of this process
and measures itself.
"""

import gc
import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

Call = Mapping[str, Any]
Prepare = Callable[[Call], Any]
Decide = Callable[[Any], bool]
_PAGE = resource.getpagesize()


class Host:
    """One engine, and the policy that it holds."""

    def __init__(self, adapter: ModuleType) -> None:
        self._adapter = adapter
        self._prepare: Prepare | None = None
        self._decide: Decide | None = None
        self._calls: list[Any] = []

    def load(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Read a policy: how long that took, and what it holds in memory."""
        gc.collect()
        held, began, busy = _memory(), time.perf_counter(), time.process_time()
        self._prepare, self._decide = self._adapter.load(Path(asked["policy"]).read_text("utf-8"))
        took, cpu = time.perf_counter() - began, time.process_time() - busy
        gc.collect()
        gc.freeze()  # nobody who serves looks through the policy for garbage at every turn
        elsewhere = hasattr(self._adapter, "measure")  # it is not this process that holds it
        grown = None if elsewhere else _memory() - held
        return {"load_s": took, "load_cpu_s": cpu, "memory_mb": grown}

    def answers(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer calls, to be compared."""
        if hasattr(self._adapter, "answers"):
            return {"answers": self._adapter.answers(asked["calls"])}
        return {"answers": [self._decided(call) for call in asked["calls"]]}

    def calls(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Take the calls that are timed from now on."""
        self._calls = [self._made(call) for call in asked["calls"]]
        return {}

    def round(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Decide for a while, and return what one decision took."""
        if hasattr(self._adapter, "measure"):
            return dict(self._adapter.measure(asked["seconds"]))
        if self._decide is None:
            raise RuntimeError("no policy was loaded")
        busy = time.process_time_ns()
        times = timed(self._decide, self._calls, asked["seconds"], asked["least"])
        busy = time.process_time_ns() - busy
        return {**spread(times), "cpu_us": busy / len(times) / 1e3}

    def _made(self, call: Call) -> Any:
        if self._prepare is None:
            raise RuntimeError("no policy was loaded")
        return self._prepare(call)

    def _decided(self, call: Call) -> bool:
        if self._decide is None:
            raise RuntimeError("no policy was loaded")
        return self._decide(self._made(call))


def timed(decide: Decide, calls: list[Any], seconds: float, least: int) -> list[int]:
    """Decide about calls in turn for a while, and return the nanoseconds that each took."""
    times: list[int] = []
    clock, note = time.perf_counter_ns, times.append
    end = clock() + int(seconds * 1e9)
    while True:
        for call in calls:
            began = clock()
            decide(call)
            ended = clock()
            note(ended - began)
            if ended > end and len(times) >= least:
                return times


def spread(times: list[int]) -> dict[str, float]:
    """Return how many times there are, and the middle and the 99th of a hundred, in us."""
    times.sort()
    number = len(times)
    p99 = times[min(number * 99 // 100, number - 1)]
    return {"number": number, "p50_us": times[number // 2] / 1e3, "p99_us": p99 / 1e3}


def _memory() -> float:
    """Return the MiB that this process holds."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE / (1 << 20)


def answering(adapter: ModuleType, *_program: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return what does as each question asks."""
    host = Host(adapter)

    def answer(asked: Mapping[str, Any]) -> Any:
        try:
            return getattr(host, asked["do"])(asked)
        except Exception as error:  # noqa: BLE001 - whatever an engine raises is what it says
            return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]}

    return answer
