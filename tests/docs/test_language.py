"""Every example of docs/language.md is read, laid out, linted and run."""

import re
from pathlib import Path

import pytest
from lark.lexer import PatternStr

from dsl import format as layout
from dsl import parse, toolspec
from dsl.errors import Source
from dsl.interpret import Bound
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.testing.run import run
from tests.expect import HEADER

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "language.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
POLICIES = [body for kind, body in BLOCKS if kind == "bar"]
FENCES = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LETTERS = re.compile(r"[a-z_]+")


def source(body: str) -> Source:
    """Return an example as a file; one without a header gets one."""
    headed = body.startswith(("policy", "overlay"))
    return Source("docs/language.md", body if headed else f"{HEADER}\n{body}")


def bound(text: Source) -> Bound:
    """Return an example ready to judge, with the starter's tools where it names them."""
    policy = parse.parse(text)
    if policy.tools_file is None:
        return Bound(policy)
    path = ROOT / "examples" / "starter" / policy.tools_file.file
    return Bound(policy, toolspec.read(Source(path.name, path.read_text("utf-8"))))


@pytest.mark.parametrize("body", POLICIES, ids=lambda body: str(body).partition("\n")[0])
def test_every_example_is_what_the_linter_and_the_printer_want(body: str) -> None:
    """Each block is a policy without a finding, laid out as `drawbar fmt` does."""
    text = source(body)
    one = bound(text)

    assert layout.reformat(text) == text.text
    assert lint(Unit(text, one.policy, (), one.tools)) == []


@pytest.mark.parametrize("body", POLICIES, ids=lambda body: str(body).partition("\n")[0])
def test_every_test_in_an_example_passes(body: str) -> None:
    """What the examples say happens, happens."""
    report = run(bound(source(body)))

    assert [failure for result in report.results for failure in result.failures] == []


def test_examples_prove_what_is_explained() -> None:
    """Enough of the examples bring tests of their own."""
    assert sum("\ntest " in body for body in POLICIES) >= 8


def test_every_tools_file_is_read() -> None:
    """The tools files shown are ones that can be used."""
    files = [body for kind, body in BLOCKS if kind == "json"]

    assert files
    for body in files:
        assert toolspec.read(Source("t.json", body)).by_name


def test_every_condition_in_the_table_is_one() -> None:
    """The first column of the table of tests holds conditions as they are written."""
    table = TEXT.partition("### Tests")[2].partition("\n\nNumbers")[0]
    written = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)

    assert len(written) >= 13
    for condition in written:
        parse.parse(Source("p.bar", f"{HEADER}rule r: deny * when {condition};"))


def test_every_word_of_the_grammar_is_explained() -> None:
    """Each keyword stands on the page in code."""
    terminals = {
        t.pattern.value for t in parse.grammar().terminals if isinstance(t.pattern, PatternStr)
    }
    words = {word for word in terminals if LETTERS.fullmatch(word)}
    words |= {"allow", "ask", "deny", "policy", "overlay", "contains", "starts_with", "ends_with"}
    quoted = re.findall(r"`([^`\n]+)`", FENCES.sub("", TEXT))
    shown = set(LETTERS.findall(" ".join([*quoted, *POLICIES])))

    assert {"except", "retry", "present"} <= words
    assert words - shown == set()
