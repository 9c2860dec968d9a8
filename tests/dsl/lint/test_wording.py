"""What names say."""

import pytest

from dsl.lint import wording


@pytest.mark.parametrize("name", ["sendMoneyNow", "hub/send-money_now", "send_money_now"])
def test_all_ways_of_joining_words_are_read(name: str) -> None:
    """Snake, kebab and camel case have the same words; the server's name is none of them."""
    assert wording.words(name) == ("send", "money", "now")


@pytest.mark.parametrize(
    ("name", "words"),
    [("HTTPRequest", ("http", "request")), ("getURLs", ("get", "urls")), ("", ())],
)
def test_letters_that_stand_for_words_are_one(name: str, words: tuple[str, ...]) -> None:
    """Capital letters in a row are one word, up to the word that the last of them begins."""
    assert wording.words(name) == words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mail_delete", "delete"),
        ("create_event", "create"),
        ("GmailSendEmail", "send"),
        ("mcp__slack__post_message", "post"),
        ("update_order_status", "update"),
        ("book_room", "book"),
        ("search_and_replace", "replace"),
        ("create_or_update_file", "create"),
        ("delete_history", "delete"),
        ("mark_as_read", "mark"),
        ("order", "order"),
        ("get_update_history", None),
        ("list_deleted", None),
        ("balance", None),
        ("order_status", None),
        ("audit_log", None),
        ("search_orders_and_posts", None),
        ("check_lock_state", None),
        ("GoogleSearchNewsSearch", None),
        ("generate_report", None),
        ("fetch", None),
        ("", None),
    ],
)
def test_the_surest_verb_of_a_name_says_whether_it_changes_something(
    name: str, expected: str | None
) -> None:
    """Product names and nouns that are verbs elsewhere are not taken for the verb."""
    assert wording.changing(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("read_file", True),
        ("GmailReadEmail", True),
        ("account_balance", True),
        ("fetch", False),
        ("directory_tree", False),
        ("find_and_delete", False),
        ("", False),
    ],
)
def test_a_tool_that_reads_says_so(name: str, *, expected: bool) -> None:
    """By its verb, or with none by what it shows; what brings things from elsewhere reads not."""
    assert wording.reads_only(name) is expected


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("pay", (), True),
        ("delete_log", (), True),
        ("mail_delete", (), True),
        ("GmailDeleteEmails", (), True),
        ("send_money", (), True),
        ("transfer", (), True),
        ("transfer_funds", (), True),
        ("wire_it", ("amount_in_cents",), True),
        ("transfer_to_human_agents", ("summary",), False),
        ("transfer_status", (), False),
        ("payments", (), False),
        ("undelete", (), False),
        ("list_deleted", (), False),
        ("remove_member", (), True),
        ("remove_label", (), False),
        ("remove_from_cart", (), False),
    ],
)
def test_only_what_deletes_or_pays_is_final(
    name: str, arguments: tuple[str, ...], *, expected: bool
) -> None:
    """A transfer is of money if a word of the tool or of its arguments says so."""
    assert wording.final(name, arguments) is expected
