"""What the process does that `app/policy/apart.py` starts: it reads a policy, or lints some."""

import gc
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

LAST: Final = 10  # of the system's scale of who gives way to whom
FAULTY: Final = 3


def main(task: str) -> int:
    """Do a task with what stands on the standard input; the exit code is 0 if it was done."""
    if task == "lint":  # nothing waits for it; for what is read a stricter policy waits
        os.nice(LAST)
    gc.disable()  # it ends soon
    found = TASKS[task](sys.stdin.buffer.read())
    if found is None:
        return FAULTY
    sys.stdout.buffer.write(found)
    sys.stdout.buffer.flush()
    return 0


def read(content: bytes) -> bytes | None:
    """Return the tree of a policy as bytes, unless anything is wrong with it."""
    from dsl import parse, trees  # noqa: PLC0415 - no task needs what the other one does
    from dsl.errors import Source  # noqa: PLC0415 - as said

    policy, findings = parse.read(Source("", content.decode()))
    return None if policy is None or findings else trees.write(policy)


def lint(content: bytes) -> bytes | None:
    """Return the errors in policies by name, as the linter finds them."""
    from app.policy.apart import written  # noqa: PLC0415 - as said
    from app.policy.policies import load  # noqa: PLC0415 - as said
    from app.policy.revising import put  # noqa: PLC0415 - as said
    from dsl.lint.run import run  # noqa: PLC0415 - as said
    from memory.revisions.revision import File  # noqa: PLC0415 - as said

    with TemporaryDirectory() as made:
        for name, text in json.loads(content):
            put(Path(made), File(name, text))
        units = load([Path(made)]).units
    reports = zip(units, run(units).files, strict=True)
    found = {
        unit.policy.name: [written(one) for one in report.findings if one.level == "error"]
        for unit, report in reports
        if unit.policy is not None
    }
    return json.dumps(found).encode()


TASKS: Final[Mapping[str, Callable[[bytes], bytes | None]]] = {"read": read, "lint": lint}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
