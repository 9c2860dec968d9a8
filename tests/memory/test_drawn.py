"""Random bytes, drawn for many takings at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from memory.drawn import Drawn

# In a process of its own: here there are threads, with which nobody should fork.
FORKS = """
import os
from memory.drawn import Drawn
drawn = Drawn(12)
drawn.take()
reads, writes = os.pipe()
child = os.fork()
taken = b"".join(drawn.take() for _ in range(300)).hex()
if child == 0:
    os.write(writes, taken.encode())
    os._exit(0)
os.waitpid(child, 0)
print(taken, end="\\n" + os.read(reads, 300 * 24).decode())
"""


def test_no_bytes_are_given_twice_whoever_takes() -> None:
    """Also where several threads take at the same time, and draw anew meanwhile."""
    drawn = Drawn(12)

    with ThreadPoolExecutor(8) as threads:
        taken = [one.result() for one in [threads.submit(drawn.take) for _ in range(5_000)]]

    assert {len(one) for one in taken} == {12}
    assert len(set(taken)) == 5_000


def test_a_child_process_does_not_give_what_its_parent_gives() -> None:
    """What was drawn before a process forks is the parent's alone."""
    told = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, check=True).stdout
    parents, childs = told.split(b"\n")

    assert len(parents) == len(childs) == 300 * 24
    pieces = {one[at : at + 24] for one in (parents, childs) for at in range(0, 300 * 24, 24)}
    assert len(pieces) == 600
