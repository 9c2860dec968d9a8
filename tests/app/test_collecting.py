"""The start does without the collector of garbage, and the gateway does not."""

import subprocess
import sys
from pathlib import Path
from typing import Final

PROGRAM: Final = """
import gc, sys
from app.serving import server
server.Server.run = lambda *_, **__: print(gc.isenabled(), gc.get_freeze_count() > 0)
from app.cli.main import main
sys.argv = ["drawbar", "serve", "--port", "0", "--data", sys.argv[1]]
main()
"""


def test_what_serves_collects_its_garbage_and_none_of_the_start(tmp_path: Path) -> None:
    """Without it every cycle of every request would stay; what was loaded is not looked through."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "var")]
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )

    assert run.stdout == "True True\n", run.stderr
