"""What an encoder of 8 bits takes and loses: `python -m bench.encoder EXACT SMALL [--rounds N]`.

Both folders are made by `drawbar train export-encoder` from the same weights, the first with
`--exact`. The texts are the sentences of this project's own pages.
"""

import argparse
import os
import re
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from guards.classifier.encoder.cosines import Encoder, cosine

PAGES: Final = Path(__file__).parents[1] / "docs"
MANY: Final = 300
SHORT, LONG = "send_money(to=water works, amount=20)", "the water bill of this month " * 20


def sentences(number: int) -> list[str]:
    """Return sentences of the pages, of every page some."""
    pages = (
        re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
        for page in sorted(PAGES.glob("*.md"))
    )
    found = [
        one.strip()
        for page in pages
        for one in re.split(r"(?<=[.:])\s", page)
        if 20 < len(one.strip()) < 400  # noqa: PLR2004 - what is a sentence, more or less
    ]
    return found[:: max(1, len(found) // number)][:number]


def milliseconds(encoder: Encoder, text: str, rounds: int) -> tuple[float, float, float]:
    """Return the median and the 95th percentile of one text at a time, and of the processor's time.

    The latter depends less on what else the machine does.
    """
    found, worked = [], []
    for _ in range(rounds):
        began, busy = time.perf_counter(), time.thread_time()
        encoder.embed([text])
        found.append((time.perf_counter() - began) * 1e3)
        worked.append((time.thread_time() - busy) * 1e3)
    found.sort()
    return statistics.median(found), found[int(0.95 * len(found))], statistics.median(worked)


def alike(exact: Encoder, small: Encoder, texts: Sequence[str]) -> list[float]:
    """Return the cosine of each text's vector with 8 bits to that with 32, the smallest first."""
    pairs = zip(exact.embed(texts), small.embed(texts), strict=True)
    return sorted(cosine(one, other) for one, other in pairs)


def main() -> None:
    """Print all of it."""
    given = argparse.ArgumentParser()
    given.add_argument("exact", type=Path)
    given.add_argument("small", type=Path)
    given.add_argument("--rounds", type=int, default=300)
    asked = given.parse_args()
    exact, small = Encoder.load(asked.exact), Encoder.load(asked.small)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    for name, folder in (("32 bits", asked.exact), ("8 bits", asked.small)):
        size = sum(one.stat().st_size for one in folder.iterdir()) / 1e6
        print(f"{name}: {size:.1f} MB")
    found = alike(exact, small, sentences(MANY))
    mean = statistics.mean(found)
    print(f"cosine of {len(found)} sentences: mean {mean:.4f}, least {found[0]:.4f}")
    for name, encoder in (("8 bits", small), ("32 bits", exact)):
        for words, text in (("a call", SHORT), ("as long as is read", LONG)):
            middle, late, busy = milliseconds(encoder, text, asked.rounds)
            told = f"p50 {middle:.1f} ms, p95 {late:.1f} ms, of the processor {busy:.1f} ms"
            print(f"{name}, {words}: {told}")
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
