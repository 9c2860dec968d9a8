"""What names say."""

import pytest

from dsl.lint import wording


@pytest.mark.parametrize("name", ["sendMoneyNow", "hub/send-money_now", "send_money_now"])
def test_all_ways_of_joining_words_are_read(name: str) -> None:
    """Snake, kebab and camel case have the same words; the server's name is none of them."""
    assert wording.words(name) == ("send", "money", "now")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mail_delete", "delete"),
        ("create_event", "create"),
        ("get_update_history", None),
        ("list_deleted", None),
        ("balance", None),
    ],
)
def test_a_tool_that_reads_changes_nothing(name: str, expected: str | None) -> None:
    """A word of reading anywhere in the name is believed."""
    assert wording.changing(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pay", True),
        ("delete_log", True),
        ("send_money", True),
        ("transfer_status", False),
        ("payments", False),
        ("undelete", False),
    ],
)
def test_only_what_the_name_begins_with_is_final(name: str, *, expected: bool) -> None:
    """Deleting and paying are told by the first word; `transfer` and `pay` may be nouns."""
    assert wording.final(name) is expected


@pytest.mark.parametrize(
    ("name", "schema", "expected"),
    [
        ("to", {}, True),
        ("target_path", {}, True),
        ("x", {"format": "uri"}, True),
        ("guests", {"items": {"format": "email"}}, True),
        ("channel", {"enum": ["a"]}, False),
        ("valid_to", {}, False),
        ("path_count", {}, False),
    ],
)
def test_where_something_goes(name: str, schema: object, *, expected: bool) -> None:
    """The last word or the format says it; a schema that lists the values leaves no choice."""
    assert wording.leads_somewhere(name, schema) is expected
