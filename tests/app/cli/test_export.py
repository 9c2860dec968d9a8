"""`drawbar export`, run as people run it."""

import json
from pathlib import Path

import pytest

from tests.command import drawbar

POLICY = """\
policy p version 1;

# a note
rule small:
  allow pay
  when args.amount <= 100.50;
"""


def test_a_policy_is_printed_as_json(tmp_path: Path) -> None:
    """Standard output holds the document and nothing else; numbers are as they were written."""
    (tmp_path / "p.bar").write_text(POLICY)

    run = drawbar("export", "json", "p.bar", cwd=tmp_path)

    assert (run.returncode, run.stderr) == (0, "")
    document = json.loads(run.stdout)
    assert (document["drawbar"], document["kind"], document["name"]) == (1, "policy", "p")
    assert document["statements"] == [
        {
            "is": "rule",
            "name": "small",
            "effect": "allow",
            "selector": {"patterns": ["pay"]},
            "condition": {
                "is": "comparison",
                "left": {"path": "args.amount"},
                "operator": "<=",
                "right": 100.5,
            },
        }
    ]


def test_what_is_exported_can_be_imported(tmp_path: Path) -> None:
    """There and back, the text is the one that `drawbar fmt` writes, without its comments."""
    (tmp_path / "p.bar").write_text(POLICY)
    (tmp_path / "p.json").write_text(drawbar("export", "json", "p.bar", cwd=tmp_path).stdout)

    run = drawbar("import", "json", "p.json", cwd=tmp_path)

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == POLICY.replace("# a note\n", "")


@pytest.mark.parametrize("text", ["", "policy p version 1; rule r: alow x;"])
def test_a_broken_policy_is_not_exported(tmp_path: Path, text: str) -> None:
    """A policy with a fault has no other form: exit 1, with the line, and nothing printed."""
    (tmp_path / "p.bar").write_text(text)

    run = drawbar("export", "json", "p.bar", cwd=tmp_path)

    assert (run.returncode, run.stdout) == (1, "")
    assert "drawbar: p.bar:1:" in run.stderr


def test_export_explains_itself(tmp_path: Path) -> None:
    """Help names the page, the schema and the exit codes; bad usage is exit 2."""
    said = drawbar("export", "json", "--help", cwd=tmp_path)

    assert said.returncode == 0
    assert "Exit codes" in said.stdout
    assert "docs/json-form.md" in said.stdout
    assert drawbar("export", "json", cwd=tmp_path).returncode == 2
    assert drawbar("export", "yaml", "p.bar", cwd=tmp_path).returncode == 2
    assert drawbar("export", "json", "absent.bar", cwd=tmp_path).returncode == 1
