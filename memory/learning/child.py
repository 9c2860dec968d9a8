"""Makes a revision in a process of its own, so that decisions do not wait: reads a job, writes it.

Induction is seconds of pure Python, and a thread would keep the gateway from deciding meanwhile.
"""

import gc
import os
import sys
from contextlib import suppress
from typing import Final

from dsl import strictjson
from memory.learning.job import read
from memory.learning.making import made

NICE: Final = 10  # after whoever decides calls


def main() -> None:
    """Make the revision that standard input asks for."""
    with suppress(OSError):
        os.nice(NICE)
    gc.disable()  # next to nothing here refers to itself, and looking for it took a fifth
    found = made(read(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(strictjson.canonical(found).encode())


if __name__ == "__main__":
    main()
