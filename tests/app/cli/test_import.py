"""`drawbar import`, run as people run it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import drawbar

RULE = {"is": "rule", "name": "no_deleting", "effect": "deny", "selector": {"patterns": ["rm_*"]}}


def document(*statements: Any) -> str:
    """Return the text of a document."""
    head = {"drawbar": 1, "kind": "overlay", "name": "night", "version": 2}
    return json.dumps({**head, "statements": list(statements)})


def test_a_document_is_printed_as_a_policy(tmp_path: Path) -> None:
    """What is printed is in canonical layout, and passes the linter."""
    (tmp_path / "p.json").write_text(document(RULE))

    run = drawbar("import", "json", "p.json", cwd=tmp_path)

    text = "overlay night version 2;\n\nrule no_deleting: deny rm_*;\n"
    assert (run.returncode, run.stdout, run.stderr) == (0, text, "")
    (tmp_path / "p.bar").write_text(run.stdout)
    assert drawbar("fmt", "--check", "p.bar", cwd=tmp_path).returncode == 0
    assert drawbar("lint", "p.bar", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "p.json: the text is not JSON"),
        (document({**RULE, "effect": "alow"}), "p.json: at /statements/0/effect: one of `allow`"),
        (document({**RULE, "effect": "allow"}), "p.json: at /statements/0: "),
        (document({**RULE, "name": "\u202e"}), "a hidden character (U+202E) stands here"),
        (document(RULE, {"is": "\x1b[2J"}), "nothing called `\N{REPLACEMENT CHARACTER}[2J`"),
    ],
)
def test_a_document_with_a_fault_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """Exit 1, nothing printed, and one line for each fault with the place it stands at."""
    (tmp_path / "p.json").write_text(text)

    run = drawbar("import", "json", "p.json", cwd=tmp_path)

    assert (run.returncode, run.stdout) == (1, "")
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_import_explains_itself(tmp_path: Path) -> None:
    """Help names the page and the exit codes; bad usage is exit 2."""
    said = drawbar("import", "json", "--help", cwd=tmp_path)

    assert said.returncode == 0
    assert "Exit codes" in said.stdout
    assert drawbar("import", "json", cwd=tmp_path).returncode == 2
    assert drawbar("import", "json", "absent.json", cwd=tmp_path).returncode == 1


def test_lint_does_not_load_other_forms(tmp_path: Path) -> None:
    """Whoever only lints does not pay for the JSON form."""
    (tmp_path / "p.bar").write_text("policy p version 1;")
    program = (
        "import sys; sys.argv = ['drawbar', 'lint', 'p.bar']\n"
        "from app.cli.main import main\n"
        "try:\n main()\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith('dsl.exchange')])\n"
    )
    command = [sys.executable, "-c", program]
    run = subprocess.run(
        command, cwd=tmp_path, text=True, capture_output=True, timeout=60, check=False
    )

    assert run.stdout.splitlines()[-1] == "[]"
