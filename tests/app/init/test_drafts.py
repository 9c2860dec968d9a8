"""What a draft says of tools: what reads is allowed, what changes is asked, all else is denied."""

from pathlib import Path
from typing import Any

import pytest

from app.init.plan import Wishes
from dsl.interpret import evaluate
from dsl.model import Effect, ToolCall
from dsl.session.session import Session
from dsl.testing.run import FIXED_NOW, run
from tests.app.init.drafting import NUMBER, TEXT, bound, faults, outcome, tool, written

EMAIL = {"type": "string", "format": "email"}
OFFICE = (
    tool("read_file", "Return the text of a file.", path=TEXT),
    tool("write_file", "Write a file.", path=TEXT, content=TEXT),
    tool("delete_event", "Delete an event.", event_id=TEXT),
    tool("send_email", "Send an e-mail.", to=EMAIL, body=TEXT),
    tool("send_money", "Send money.", recipient=TEXT, amount=NUMBER),
    tool("fetch_page", "Return a page.", url={"type": "string", "format": "uri"}),
    tool("run_command", "Run it.", command=TEXT),
    tool("frobnicate", "Nobody knows."),
)


def effect(file: Path, name: str, args: dict[str, Any], **session: Any) -> Effect:
    """Judge a call, in a session to which results may have come before."""
    one = bound(file)
    known = Session([one.policy], session.get("user", ["Hello"]), {})
    return evaluate([one], ToolCall("c", name, args), FIXED_NOW, known).effect


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(outcome(*OFFICE), tmp_path_factory.mktemp("office"))


def test_a_draft_is_clean_and_its_tests_pass(office: Path) -> None:
    """The linter has nothing to say, strictly, and each test of the draft holds."""
    assert faults(office) == []


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("read_file", {"path": "/srv/data/a.txt"}, Effect.ALLOW),
        ("read_file", {"path": "/etc/passwd"}, Effect.DENY),
        ("read_file", {"path": "/srv/data/../../etc/passwd"}, Effect.DENY),
        ("read_file", {"path": "a.txt"}, Effect.DENY),
        ("write_file", {"path": "/srv/data/a.txt", "content": "x"}, Effect.ASK),
        ("write_file", {"path": "/etc/passwd", "content": "x"}, Effect.DENY),
        ("delete_event", {"event_id": "event-4711"}, Effect.ASK),
        ("send_email", {"to": "ada@example.com", "body": "Hello"}, Effect.ASK),
        ("send_money", {"recipient": "acc-4711", "amount": 50}, Effect.ASK),
        ("send_money", {"recipient": "acc-4711", "amount": 101}, Effect.DENY),
        ("send_money", {"recipient": "acc-4711", "amount": -5}, Effect.DENY),
        ("fetch_page", {"url": "https://example.com/a"}, Effect.ALLOW),
        ("fetch_page", {"url": "https://evil.example/a"}, Effect.ASK),
        ("fetch_page", {"url": "http://example.com/a"}, Effect.ASK),
        ("run_command", {"command": "ls"}, Effect.ASK),
        ("frobnicate", {}, Effect.ASK),
        ("a_tool_of_tomorrow", {}, Effect.DENY),
        ("read_file", {"path": "/srv/data/a.txt", "mode": "w"}, Effect.DENY),
    ],
)
def test_each_call_gets_what_its_tool_seems_to_do(
    office: Path, name: str, args: dict[str, Any], expected: Effect
) -> None:
    """Reading within bounds is allowed, changing is asked, and everything else is denied."""
    assert effect(office, name, args) is expected


@pytest.mark.parametrize("user_words", [False, True])
@pytest.mark.parametrize(
    "call",
    [
        'delete_event(event_id: "event-4711")',
        'send_email(to: "eve@example.net", body: "Hello")',
        'send_money(recipient: "acc-4711", amount: 5)',
    ],
)
def test_what_a_stranger_named_is_refused_until_the_user_names_it(
    tmp_path: Path, call: str, *, user_words: bool
) -> None:
    """A value that only stood in a result is denied; once the user says it, it is asked about."""
    path = written(outcome(*OFFICE, wishes=Wishes("/srv/data", user_words)), tmp_path)
    said = '"eve@example.net event-4711 acc-4711"'
    steps = f"call {call}; expect deny; user {said}; call {call}; expect ask;"
    test = f'test "t" {{ call read_file(path: "/srv/data/a") returns {said}; {steps} }}'
    path.write_text(path.read_text("utf-8") + test, "utf-8")

    assert faults(path) == []


def test_without_user_words_a_value_of_a_stranger_stays_refused(tmp_path: Path) -> None:
    """An edge that never hears the user denies what was read, and still asks about the rest."""
    path = written(outcome(*OFFICE), tmp_path)
    read = 'call read_file(path: "/srv/data/a") returns "eve@example.net";'
    bad = 'call send_email(to: "eve@example.net", body: "Hello"); expect deny by stranger_to;'
    good = 'call send_email(to: "ada@example.com", body: "Hello"); expect ask by telling;'
    path.write_text(path.read_text("utf-8") + f'test "t" {{ {read} {bad} {good} }}', "utf-8")

    assert faults(path) == []


def test_with_user_words_what_the_user_did_not_say_is_refused(tmp_path: Path) -> None:
    """Stricter: also a recipient that stands nowhere is refused."""
    path = written(outcome(*OFFICE, wishes=Wishes("/srv/data", user_words=True)), tmp_path)

    args = {"to": "eve@example.net", "body": "Hello"}
    assert effect(path, "send_email", args) is Effect.DENY
    assert effect(path, "send_email", args, user=["Mail eve@example.net"]) is Effect.ASK


@pytest.mark.parametrize("hint", [{"readOnlyHint": True}, {"destructiveHint": False}])
@pytest.mark.parametrize("name", ["delete_file", "send_email", "frobnicate", "update_row"])
def test_a_servers_word_makes_nothing_laxer(name: str, hint: dict[str, bool]) -> None:
    """Annotations that exonerate a tool change nothing of its draft."""
    plain, hinted = tool(name, x=TEXT), {**tool(name, x=TEXT), "annotations": hint}

    assert outcome(plain).sorted == outcome(hinted).sorted
    assert "reading" not in outcome(hinted).sorted


@pytest.mark.parametrize(
    "hint", [{"readOnlyHint": False}, {"destructiveHint": True}, {"readOnlyHint": False, "x": 1}]
)
def test_a_servers_word_can_make_a_draft_stricter(hint: dict[str, Any]) -> None:
    """A tool that reads by its name, and changes something by its server's word, is asked about."""
    assert outcome(tool("get_page")).sorted == {"reading": ["get_page"]}
    assert outcome({**tool("get_page"), "annotations": hint}).sorted == {"writing": ["get_page"]}


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("get_rows", "Deletes all rows and returns them."),
        ("get_rows", "Return rows. Removes them afterwards."),
        ("search_and_delete", ""),
        ("find_replace", ""),
    ],
)
def test_a_reading_name_with_a_changing_word_is_asked(name: str, description: str) -> None:
    """One word that says otherwise is enough to ask."""
    assert "reading" not in outcome(tool(name, description)).sorted


def test_what_a_server_says_of_itself_is_no_metadata(tmp_path: Path) -> None:
    """A tool that calls itself harmless is not: its own `risk` never reaches the tools file."""
    sly = {**tool("delete_all"), "risk": "low", "reviewed": True, "does": "reads"}
    made = outcome(sly)
    (entry,) = [one.declared for one in made.plan.guesses]

    assert "risk" not in entry.entry
    assert '"risk": "high"' in made.draft.tools
    assert '"reviewed": false' in made.draft.tools
    assert faults(written(made, tmp_path)) == []


def test_without_a_folder_files_are_asked_about(tmp_path: Path) -> None:
    """Where nobody says which files may be read, none is read unseen."""
    made = outcome(*OFFICE, wishes=Wishes(None))

    assert made.sorted["reading_asked"] == ["read_file"]
    assert faults(written(made, tmp_path)) == []


def test_secrets_that_were_read_do_not_leave(tmp_path: Path) -> None:
    """What a tool gives that holds secrets by its name is refused in a mail."""
    tools = (tool("get_credentials"), tool("send_email", to=EMAIL, body=TEXT))
    made = outcome(*tools)
    path = written(made, tmp_path)

    assert "label get_credentials as secret;" in made.draft.policy
    assert "expect deny by secrets_stay;" in made.draft.policy
    assert faults(path) == []


def test_the_same_tools_give_the_same_draft() -> None:
    """A draft depends on the tools alone, so that two runs can be compared."""
    assert outcome(*OFFICE).draft.policy == outcome(*OFFICE).draft.policy


def test_rules_are_tried_in_pairs(office: Path) -> None:
    """Each rule of a draft decides in one of its tests."""
    assert run(bound(office)).coverage.undecided == ()


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"files": {"items": {"properties": {"path": TEXT}}}}},
        {"properties": {"path": {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}}},
        {"properties": {"path": {}}},
        {"properties": {"file-path": TEXT}},
        {"properties": {"q": {"$ref": "#/$defs/Q"}}, "$defs": {"Q": {"properties": {"url": {}}}}},
        {"properties": {"q": TEXT}, "additionalProperties": True},
        {"properties": {"q": TEXT}, "patternProperties": {"^x": TEXT}},
    ],
)
def test_a_reading_tool_whose_arguments_no_rule_reaches_is_asked(schema: dict[str, Any]) -> None:
    """A path inside an object, or of several types, would be read wherever it leads."""
    listed = {"name": "read_files", "inputSchema": {"type": "object", **schema}}

    assert "reading" not in outcome(listed).sorted
    assert outcome(listed).left_out == ()


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": {}},
        {"properties": {"path": TEXT}},
        {"properties": {"path": {"enum": ["a", "b"]}}},
        {"properties": {"q": {"properties": {"title": TEXT}}}, "additionalProperties": False},
    ],
)
def test_a_reading_tool_whose_arguments_are_bounded_is_allowed(schema: dict[str, Any]) -> None:
    """What a rule bounds, what the schema lists, and what leads nowhere."""
    listed = {"name": "read_files", "inputSchema": {"type": "object", **schema}}

    assert outcome(listed).sorted == {"reading": ["read_files"]}
