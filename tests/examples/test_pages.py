"""The page beside each policy says what the policy says, and its commands print what it shows."""

import re
import shlex
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from dsl.interpret import evaluate
from dsl.model import ToolCall
from tests.examples.library import NAMES, POLICIES, ROOT, bound, drawbar, each, page, policy, rules

# A Monday, in working hours.
NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
RENT: Final = "GB29NWBK60161331926819"
ADA: Final = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
MAIL: Final = {"to": ["bob@example.com"], "subject": "Plans", "body": "Here they are"}
RELEASE: Final = {"service": "shop", "version": "1.4.2"}
WRITE: Final = {"agent": "writer", "task": "Write it down"}
SEARCH: Final = {"agent": "researcher", "task": "Find prices"}
FOR_PLANNER: Final = {"agent": "researcher", "context": {"parent": "planner"}}

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


@pytest.mark.parametrize(
    ("name", "call", "effect"),
    [
        ("banking", {"tool": "send_money", "args": {"recipient": RENT, "amount": 5}}, "deny"),
        ("coding", {"tool": "run_command", "args": {"command": "pytest"}}, "allow"),
        ("database", {"tool": "list_tables", "args": {}}, "allow"),
        ("mail", {"tool": "send_email", "args": MAIL}, "deny"),
        ("mail", {"tool": "search_mail", "args": {"words": "plans"}}, "allow"),
        ("pipeline", {"tool": "run_build", "args": RELEASE}, "deny"),
        ("pipeline", {"tool": "rollback", "args": RELEASE}, "ask"),
        ("support", {"tool": "hand_over", "args": {"summary": "late"}}, "allow"),
        ("support", {"tool": "get_customer", "args": {"customer_id": "C-1"}}, "deny"),
        ("team", {"tool": "delegate", "args": WRITE, "agent": "planner"}, "allow"),
        ("team", {"tool": "delegate", "args": SEARCH, "agent": "planner"}, "deny"),
        ("team", {"tool": "search_web", "args": {"words": "x"}, **FOR_PLANNER}, "deny"),
        ("wallet", {"tool": "send_coins", "args": {"to": ADA, "gwei": 5}}, "deny"),
        ("wallet", {"tool": "get_balance", "args": {}}, "allow"),
        ("web", {"tool": "browser_navigate", "args": {"url": "https://example.com/"}}, "allow"),
        ("web", {"tool": "browser_type", "args": {"target": "e1", "text": "Hello"}}, "deny"),
    ],
)
def test_what_the_page_says_of_life_without_a_session_holds(
    name: str, call: dict[str, Any], effect: str
) -> None:
    """Where nobody keeps a session the policy does as its page says under *Sessions*."""
    assert evaluate([bound(name)], ToolCall("c", **call), NOW).effect == effect


def test_the_pages_are_found_from_the_documentation() -> None:
    """The index names every folder, and the documentation names the index."""
    index = (POLICIES / "README.md").read_text("utf-8")
    linked = re.findall(r"^\| \[(\w+)\]\(\1/README\.md\) \|", index, re.MULTILINE)

    assert sorted(linked) == NAMES
    assert "(../examples/policies/README.md)" in (ROOT / "docs" / "README.md").read_text("utf-8")
