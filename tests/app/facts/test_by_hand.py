"""`drawbar check --fact` and `explain --fact`: facts as people type them."""

import json
from pathlib import Path

import pytest

from tests.command import drawbar

POLICY = """\
policy p version 1;
fact limit = lookup get_limit(id: args.id) within 2s;
fact strike = given;
rule open: allow send when args.amount <= fact.limit.of and not fact.strike;
"""
CALL = json.dumps({"tool": "send", "args": {"id": "a", "amount": 5.5}})
LIMIT = 'limit={"of": 5.50}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.bar"
    path.write_text(POLICY)
    return path


def run(file: Path, command: str, *facts: str) -> tuple[int, str]:
    given = [word for fact in facts for word in ("--fact", fact)]
    ran = drawbar(command, "--policy", file, "--call", CALL, *given, cwd=file.parent)
    return ran.returncode, ran.stdout + ran.stderr


def test_facts_are_given_by_name(file: Path) -> None:
    """Looked up or given, a fact is what is typed; without it it is unknown."""
    assert run(file, "check", LIMIT, "strike=false")[0] == 0
    assert run(file, "check", LIMIT, "strike=true")[0] == 4
    assert run(file, "check", LIMIT)[0] == 4
    assert run(file, "check")[0] == 4


def test_explain_shows_what_was_given(file: Path) -> None:
    """The value that a test read stands beside it, and an unknown with its cause."""
    given, said = run(file, "explain", LIMIT)

    assert given == 0
    assert "fact.limit.of is 5.5" in said
    assert "fact.strike is unknown (no_fact" in said


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("limt=1", "no policy has a fact `limt`; did you mean `limit`?"),
        ("limit", "`limit` has no value; write `NAME=JSON`"),
        ("limit=gold", "`limit`: the text is not JSON"),
        ('limit={"of": 1, "of": 2}', "a key stands twice"),
    ],
)
def test_what_is_no_fact_is_a_usage_error(file: Path, fact: str, said: str) -> None:
    """A slip of the finger is told, and not taken for an unknown fact."""
    code, words = run(file, "check", fact)

    assert code == 2
    assert said in " ".join(words.split())


def test_a_fact_is_given_once(file: Path) -> None:
    """Two values for one name are a mistake."""
    code, words = run(file, "check", "strike=true", "strike=false")

    assert (code, "`strike` is given twice" in words) == (2, True)
