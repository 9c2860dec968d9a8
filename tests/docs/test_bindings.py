"""The page on bindings says what holds."""

import json
import re
from pathlib import Path

from click.testing import CliRunner

from app.binding.file import _Entry, read
from app.cli.main import cli
from dsl.errors import Source

PAGE = (Path(__file__).parents[2] / "docs" / "bindings.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```toml[^\n]*\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def decided(folder: Path, environment: str, **call: object) -> str:
    """Return what `drawbar check` says of a call in an environment."""
    asked = json.dumps({"tool": "pay", "args": {}, **call})
    command = ["check", "--policy", str(folder), "--call", asked, "--format", "json"]
    ran = CliRunner().invoke(cli, [*command, "--environment", environment])
    said = json.loads(ran.stdout)
    return f"{said['effect']} {said['reason']} {[one['policy'] for one in said['shadow']]}"


def test_the_example_binds_as_the_page_says(tmp_path: Path) -> None:
    """The first entries name tenants and agents, the second a shadow, the third an environment."""
    (tmp_path / "payments.bar").write_text("policy payments version 1; rule no: deny pay;")
    (tmp_path / "office.bar").write_text("policy office version 1; rule all: allow *;")
    (tmp_path / "bindings.toml").write_text(EXAMPLES[0])

    assert decided(tmp_path, "production", agent={"id": "clerk"}) == "allow rule []"
    assert decided(tmp_path, "staging", agent={"id": "clerk"}) == "deny no_policy []"
    assert decided(tmp_path, "production", agent={"id": "pilot"}) == "allow rule ['payments']"
    assert decided(tmp_path, "production") == "allow rule ['payments']"


def test_every_example_can_be_read_and_every_key_has_its_row() -> None:
    """No key of the file is left out of the table, and none is made up."""
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)

    assert [len(read(Source("bindings.toml", one))) for one in EXAMPLES] == [3, 1]
    assert rows == [name for name in rows if name in _Entry.model_fields]
    assert set(rows) == set(_Entry.model_fields)
