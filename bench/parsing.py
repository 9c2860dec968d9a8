"""Measures how long a policy of 10,000 rules takes to read: cold, again, and after an edit.

Each time is also given as a share of reading it cold in the same run, which depends less on the
machine.
"""

import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.policy import policies
from dsl import parse
from dsl.errors import Source

RULES: Final = 10_000
ROUNDS: Final = 21
CONDITIONS: Final = (
    'args.amount <= limit_{few} and args.to in ["a{at}@corp.com", "b{at}@corp.com"]',
    "args.path matches /\\/srv\\/team{at}\\/[a-z]+\\.txt/ and not args.force",
    'ceilings("eur{few}") < args.total / 2 or hour(now) >= 9',
    "any item in args.items: item.price > {at} and present(args.note)",
    'args.text contains "secret {at}" and args.n in 1..{at}9',
)


def rule(at: int) -> str:
    """Return one rule, and with every fiftieth a test for it."""
    condition = CONDITIONS[at % 5].format(at=at, few=at % 100)
    effect = ("allow", "deny", "ask")[at % 3]
    text = f"rule rule_{at}: {effect} server{at % 7}/tool_{at}, read_*\n  when {condition}\n"
    text += f'  because "number {at} of the handbook";\n'
    if at % 50 == 0:
        call = f'call server0/tool_{at}(amount: {at}, items: [{{"price": 1}}]);'
        text += f'# about {at}\ntest "case {at}" {{\n  {call}\n  expect deny;\n}}\n'
    return text


def policy() -> str:
    """Return a policy with values, a table, rules and tests."""
    lets = "".join(f"let limit_{at} = {at} * 10 + 5;\n" for at in range(100))
    rows = "".join(f'  "eur{at}": {at};\n' for at in range(100))
    head = f"policy big version 1;\ndefault deny;\n{lets}table ceilings {{\n{rows}}}\n"
    return head + "".join(map(rule, range(RULES)))


def read(text: str) -> float:
    """Return the seconds until the findings of a text are there: none."""
    began = time.perf_counter()
    findings = parse.read(Source("big.bar", text))[1]
    took = time.perf_counter() - began
    if findings:
        raise ValueError(findings[0])
    return took


def load(file: Path, text: str) -> float:
    """Return the seconds in which a gateway loads a policy file."""
    file.write_text(text)
    began = time.perf_counter()
    policies.load([file])
    return time.perf_counter() - began


def times(edited: Callable[[int], str]) -> tuple[float, float]:
    """Return the median and the greatest of the times that edited texts take."""
    taken = [read(edited(number)) for number in range(ROUNDS)]
    return statistics.median(taken), max(taken)


def held() -> int:
    """Return the MiB that reading a policy leaves behind: its tree and what is known of it."""
    tracemalloc.start()
    parse.read(Source("big.bar", policy().replace("handbook", "manual")))
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size >> 20


def main() -> None:
    """Print the table."""
    text = policy()
    read("policy small version 1;\ndefault deny;\n")  # the grammar is read once a process
    cold = read(text)
    rows = [("what", "median", "greatest", "share of reading it cold")]

    def row(words: str, median: float, greatest: float) -> None:
        shown = f"{median * 1000:.0f} ms", f"{greatest * 1000:.0f} ms", f"{median / cold:.4f}"
        rows.append((words, *shown))

    row("read, nothing known", cold, cold)
    row("read again", *times(lambda _: text))
    row("a rule edited", *times(lambda at: text.replace("number 5000 of", f"page {at} of")))
    row("a rule broken", *times_of_broken(text))
    row("a value edited", *times(lambda at: text.replace("limit_50 = 50", f"limit_50 = {at}")))
    row(
        "a value added", *times(lambda at: text.replace("table ", f"let most_{at} = 1;\ntable ", 1))
    )
    with tempfile.TemporaryDirectory() as folder:
        loaded = [load(Path(folder, "big.bar"), text) for _ in range(ROUNDS)]
    row("loaded by the gateway, known", statistics.median(loaded), max(loaded))
    if "--memory" in sys.argv:
        rows.append((f"held for {len(text) >> 10} KiB of text", f"{held()} MiB", "", ""))
    for one in rows:
        print("| " + " | ".join(one) + " |")


def times_of_broken(text: str) -> tuple[float, float]:
    """Return the times until the mistake in an edited rule is found."""
    taken = []
    for number in range(ROUNDS):
        source = Source("big.bar", text.replace("rule rule_5000: ", f"rule rule_5000 {number}: "))
        began = time.perf_counter()
        findings = parse.read(source)[1]
        taken.append(time.perf_counter() - began)
        if len(findings) != 1:
            raise ValueError(findings)
    return statistics.median(taken), max(taken)


if __name__ == "__main__":
    main()
