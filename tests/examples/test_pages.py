"""The page beside each policy says what the policy says, and its commands print what it shows."""

import re
import shlex
from typing import Final

import pytest

from tests.examples.library import NAMES, POLICIES, ROOT, drawbar, each, page, policy, rules

PARTS: Final = ["The ideas", "Every rule", "Make it yours", "Try it", "What it does not stop"]

_FENCE: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_QUOTED: Final = re.compile(r"^```bar\n(.*?)```$", re.MULTILINE | re.DOTALL)
_SHOWN: Final = re.compile(
    r"^```sh exit=(\d)\n(.*?)```\n\n```text( part)?\n(.*?)```$", re.MULTILINE | re.DOTALL
)
_ROW: Final = re.compile(r"^\| `(\w+)` \| .+\.", re.MULTILINE)


@each
def test_the_page_has_the_parts_that_a_beginner_looks_for(name: str) -> None:
    """The same parts in the same order on each page."""
    assert re.findall(r"^## (.+)$", _FENCE.sub("", page(name)), re.MULTILINE) == PARTS


@each
def test_three_sentences_say_what_the_agent_may_do(name: str) -> None:
    """The first paragraph is enough for whoever reads no further."""
    first = page(name).split("\n\n")[1].replace("\n", " ")
    lead, _, said = first.partition(".** ")

    assert lead.startswith("**What the agent")
    assert len(re.findall(r"\.(?= [A-Z]|$)", said)) == 3


@each
def test_what_the_page_quotes_stands_in_the_policy(name: str) -> None:
    """An idea is shown by the lines that carry it, word for word."""
    quoted = _QUOTED.findall(page(name))
    text = policy(name).read_text("utf-8")

    assert len(quoted) >= 5
    assert [lines for lines in quoted if lines not in text] == []


@each
def test_the_page_has_a_sentence_for_each_rule(name: str) -> None:
    """The table names the rules of the policy, all of them, in their order."""
    assert _ROW.findall(page(name)) == [rule.name for rule in rules(name)]


@each
def test_the_commands_of_the_page_print_what_it_says(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three commands at least; where a block is a part, it stands in what is printed."""
    monkeypatch.chdir(ROOT)
    shown = _SHOWN.findall(page(name))

    assert len(shown) >= 3
    assert len(shown) == page(name).count("```sh")
    for code, line, part, text in shown:
        first, *words = shlex.split(line.replace("\\\n", " "))
        assert first == "drawbar"
        ran = drawbar(*words)
        printed = text if part and text in ran.stdout else ran.stdout
        assert (printed, ran.exit_code) == (text, int(code))


@each
def test_the_page_says_what_the_policy_does_not_stop(name: str) -> None:
    """First of all whether it asks about a session, which not everybody keeps."""
    below = page(name).partition("## What it does not stop\n\n")[2]

    assert below.startswith("- **Sessions.** ")
    assert below.count("\n- **") >= 3


def test_the_pages_are_found_from_the_documentation() -> None:
    """The index names every folder, and the documentation names the index."""
    index = (POLICIES / "README.md").read_text("utf-8")
    linked = re.findall(r"^\| \[(\w+)\]\(\1/README\.md\) \|", index, re.MULTILINE)

    assert sorted(linked) == NAMES
    assert "(../examples/policies/README.md)" in (ROOT / "docs" / "README.md").read_text("utf-8")
