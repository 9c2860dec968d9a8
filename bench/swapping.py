"""Measures what a change of policies does to the answers that a gateway gives meanwhile.

A real gateway answers one call after another, a little apart, while the file of its policy is
replaced: by one with another rule, and by one in which every rule is new. `python -m
bench.swapping` prints how long answers took in quiet times, and from the change until nothing of it
goes on any more.
"""

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.gateways import Refused, Served, serving
from bench.parts import DONE, MISSED
from bench.shapes import SHAPES, policy

APART_S: Final = 0.003
QUIET_S: Final = 10.0
AFTER_S: Final = 3.0
PATIENCE_S: Final = 120.0
CALM: Final = 0.6  # of a processor: more than the answers alone take is something else at work
GOAL_MS: Final = 20.0
CALL: Final = {"call_id": "c", "tool": "tool_5", "args": {"amount": 3, "to": "a@corp.com"}}


@dataclass(slots=True)
class Window:
    """The answers of some time, in milliseconds, and when the new revision was there."""

    took: list[float] = field(default_factory=list)
    refused: int = 0  # that were answered with a problem
    in_force_s: float = 0.0

    def row(self, words: str) -> str:
        """Write a row of the table."""
        ordered = sorted(self.took)
        p99 = ordered[int(len(ordered) * 0.99)]
        figures = (statistics.median(ordered), p99, ordered[-1])
        said = " | ".join(f"{one:.1f}" for one in figures)
        over = sum(one > GOAL_MS for one in ordered)
        force = f"{self.in_force_s:.2f} s" if self.in_force_s else ""
        return f"| {words} | {len(ordered)} | {said} | {over} | {self.refused} | {force} |"


class Asking:
    """Asks a gateway one call after another."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self.revision: str | None = None

    def once(self, window: Window) -> None:
        """Ask, and wait a little."""
        began = time.perf_counter()
        try:
            self.revision = self._served.ask("/v1/check", CALL)["revision"]
        except Refused:
            window.refused += 1
        ended = time.perf_counter()
        window.took.append((ended - began) * 1000)
        time.sleep(max(0.0, APART_S - (ended - began)))

    def until(self, window: Window, done: Callable[[], bool]) -> None:
        """Ask until something is so."""
        end = time.perf_counter() + PATIENCE_S
        while not done():
            if time.perf_counter() > end:
                raise TimeoutError("the gateway never came to rest")
            self.once(window)

    def for_s(self, window: Window, seconds: float) -> float:
        """Ask for some time; return the share of a processor that the gateway took."""
        began, before = time.perf_counter(), self._served.processor_s()
        end = began + seconds
        self.until(window, lambda: time.perf_counter() >= end)
        return (self._served.processor_s() - before) / (time.perf_counter() - began)


def settled(asking: Asking, window: Window) -> None:
    """Ask until the gateway does nothing but answer."""
    end = time.perf_counter() + PATIENCE_S
    while asking.for_s(window, 1.0) > CALM and time.perf_counter() < end:
        pass


def swapped(asking: Asking, file: Path, text: str) -> Window:
    """Replace the policy, and ask until all that comes of it is over."""
    window, before = Window(), asking.revision
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    began = time.perf_counter()
    fresh.replace(file)
    asking.until(window, lambda: asking.revision != before)
    window.in_force_s = time.perf_counter() - began
    asking.for_s(window, AFTER_S)
    settled(asking, window)
    return window


def measured(rules: int, shape: str, audit: str, swaps: int) -> bool:
    """Print the table of one shape of rules; tell whether the goal was held."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "policies"
        folder.mkdir()
        file = folder / "big.bar"
        file.write_text(policy(shape, rules))
        with serving(folder, {"audit": audit}) as served:
            asking = Asking(served)
            settled(asking, Window())
            before = served.memory_mb()
            quiet = Window()
            asking.for_s(quiet, QUIET_S)
            print(quiet.row(f"{shape}, {rules} rules: quiet"), flush=True)
            windows = list[Window]()
            for words, change in (("one rule changed", _one), ("all rules changed", _all)):
                for at in range(swaps):
                    window = swapped(asking, file, change(shape, rules, at + 1))
                    windows.append(window)
                    print(window.row(f"{shape}, {rules} rules: {words}"), flush=True)
            print(
                f"memory: {before:.0f} MiB before, {served.memory_mb():.0f} MiB after", flush=True
            )
    return held(quiet, windows)


def held(quiet: Window, windows: Sequence[Window]) -> bool:
    """Tell whether none was refused, and none took longer than the goal or any in quiet times."""
    longest = max(GOAL_MS, *quiet.took)
    refused = any(one.refused for one in (quiet, *windows))
    return not refused and all(max(one.took) <= longest for one in windows)


def _one(shape: str, rules: int, at: int) -> str:
    return policy(shape, rules, changed=at)


def _all(shape: str, rules: int, at: int) -> str:
    return policy(shape, rules, edition=at)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and hold the goal."""
    parser = argparse.ArgumentParser(prog="python -m bench.swapping", description=__doc__)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--shape", choices=[*SHAPES], nargs="*", default=["mixed"])
    parser.add_argument("--swaps", type=int, default=2)
    parser.add_argument("--audit", default="async")
    asked: Any = parser.parse_args(argv)
    gc.disable()
    print(f"load at the start: {os.getloadavg()[0]:.1f}")
    heads = ("answers while", "number", "median, ms", "p99", "longest", "over 20 ms", "refused")
    print(f"| {' | '.join(heads)} | in force after |\n{'| --- ' * (len(heads) + 1)}|")
    all_held = [measured(asked.rules, one, asked.audit, asked.swaps) for one in asked.shape]
    print(f"load at the end: {os.getloadavg()[0]:.1f}")
    return DONE if all(all_held) else MISSED


if __name__ == "__main__":
    sys.exit(main())
