"""`drawbar serve` with sources in its settings file, as a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.gateway_process import GatewayProcess

POLICY = """\
policy p version 1;
fact limit = lookup get_limit(id: args.recipient) within 2s;
rule small: allow pay when args.amount <= fact.limit.of;
"""
TABLE = '[facts.get_limit]\nkind = "table"\nfile = "limits.csv"\nkey = "id"\nnumbers = ["of"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "p.bar").write_text(POLICY)
    (tmp_path / "drawbar.toml").write_text(TABLE)
    (tmp_path / "limits.csv").write_text("id,of\nAda,100\n")
    return tmp_path


def test_a_table_beside_the_settings_decides(folder: Path) -> None:
    """The file in the working folder is read, and its change holds without a restart."""
    with GatewayProcess(folder, "--port", "0", policies=folder / "policies") as gateway:
        first = gateway.check().json()
        (folder / "limits.csv").write_text("id,of\nAda,10\n")
        second = gateway.check(call_id="c2").json()
        assert gateway.stop() == 0

    assert (first["effect"], second["effect"]) == ("allow", "deny")
    assert "a fact cannot be looked up" not in gateway.printed()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (TABLE.replace("limits", "absent"), "drawbar: `absent.csv` cannot be read: no such file"),
        (TABLE.replace('"of"', '"off"'), "drawbar: `limits.csv`: it has no column `off`"),
        (TABLE + "tiemout_ms = 1\n", "drawbar: there is no setting `facts.get_limit.tiemout_ms`"),
        (
            '[facts.a]\nkind = "http"\nurl = "https://h/"\nheaders = { X = { env = "NONE" } }\n',
            "drawbar: `facts.a.headers.X`: the environment has no variable `NONE`",
        ),
    ],
)
def test_a_source_that_cannot_be_used_is_one_line(folder: Path, settings: str, said: str) -> None:
    """The start ends with exit code 1 and a sentence that names what is wrong."""
    (folder / "drawbar.toml").write_text(settings)
    environment = {name: v for name, v in os.environ.items() if not name.startswith("DRAWBAR")}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--policies", "policies"]
    run = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said_last = run.stderr.splitlines()[-1]

    assert (run.returncode, run.stdout) == (1, "")
    assert said_last.startswith(said)
    assert "Traceback" not in run.stderr
