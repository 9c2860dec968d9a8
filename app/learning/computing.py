"""Has a revision of memory made in another process: decisions go on meanwhile."""

import asyncio
import sys
from collections.abc import Mapping
from typing import Any, Final

from dsl import strictjson
from dsl.errors import DrawbarError
from memory.learning.job import Job, written

MOST_S: Final = 1_800.0  # for one revision, also of a log that is folded anew
_COMMAND: Final = ("-P", "-m", "memory.learning.child")


class NotMade(DrawbarError):
    """A revision of memory that could not be made."""


async def computed(job: Job) -> Mapping[str, Any]:
    """Return the revision that a job comes to."""
    text = await asyncio.to_thread(written, job)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, *_COMMAND, stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(MOST_S):
            said, wrong = await child.communicate(text)
    except TimeoutError as error:
        raise NotMade(f"it took longer than {MOST_S:.0f} seconds") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        # The words of a fault may be those of a call: only of what kind it was is told.
        last = wrong.decode("utf-8", "replace").strip().rpartition("\n")[2].partition(":")[0]
        raise NotMade(f"the process that makes it ended with {child.returncode}: {last}")
    found: Mapping[str, Any] = await asyncio.to_thread(strictjson.reread, said)
    return found
