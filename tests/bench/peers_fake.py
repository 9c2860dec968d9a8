"""A FAKE engine, which stands in for a real one in tests: nothing it says is published anywhere.

Its policies are words: what it answers, or how it fails.
"""

import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from host import Answer, Case, Decide  # type: ignore[import-not-found]


def version() -> str:
    return "1.0-fake"


def load(case: Case) -> Decide:
    word = case.text.strip()
    if word == "broken":
        raise ValueError("a word that\nis none")

    def decide(call: Mapping[str, Any]) -> Answer:
        sys.stdout.write("engines may print what they like\n")
        os.write(1, b"even from below Python\n")
        if word == "raise":
            raise KeyError("to")
        if word == "sleep":
            time.sleep(60)
        if word == "die":
            os._exit(3)
        answer = str(call["args"].get("answer", word))
        return Answer(answer, f"{case.wording} {case.beside('extra') or ''}".strip(), "Well done.")

    return decide
