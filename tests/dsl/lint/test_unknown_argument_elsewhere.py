"""Tools and arguments that stand outside the selectors and conditions of rules."""

import pytest

from tests.expect import HEADER, expect_error, findings

DECLARED = {"send_money": ["amount", "recipient"], "read_file": ["path"]}


def said(text: str) -> list[tuple[str, str, str | None]]:
    """Return what is found of tools and arguments in these places, and what is offered."""
    found = findings(HEADER + text, DECLARED)
    codes = ("BAR112", "BAR113")
    return [(one.code, one.message, one.help) for one in found if one.code in codes]


@pytest.mark.parametrize(
    "text",
    [
        "source send_mony.name as trusted;",
        "label send_mony.name as secret;",
        "kind send_mony.recipient is iban;",
        "rule r: deny read_file when called(send_mony);",
        "rule r: deny read_file when since(read_file, send_mony);",
        "let paid = count(send_mony) > 1; rule r: deny read_file when paid;",
        "rule r: deny read_file when last(send_mony).args.amount? > 1;",
        'rule r: deny read_file when args.path from tool("send_mony");',
        "rule r: deny read_file when args.path from record(send_mony) where record.a == 1;",
        "rule r: allow read_file require send_mony before;",
    ],
)
def test_a_tool_is_looked_up_wherever_it_stands(text: str) -> None:
    """In declarations, questions and duties."""
    message = "no declared tool is named `send_mony`"

    assert said(text) == [("BAR112", message, "did you mean `send_money`?")]


@pytest.mark.parametrize(
    "text",
    [
        "source send_money.name, read_*, list_* as trusted;",
        "rule r: deny read_file when called(send_money);",
        'rule r: deny read_file when called("hub/send_money") or count(*) > 5;',
        'test "t" { call send_mony(); expect deny; }',
        "fact order = lookup get_order(id: args.path) within 2s;",
    ],
)
def test_other_names_are_none_of_the_tools_file(text: str) -> None:
    """Globs, servers, what a test tries, and the sources of facts."""
    assert said(text) == []


def test_an_overlay_may_speak_of_other_tools() -> None:
    """What its own file does not have, the policy beneath may."""
    text = "overlay o version 1; rule r: deny read_file when called(send_mony);"

    assert [one.code for one in findings(text, DECLARED)] == []


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("kind send_money.amuont is money;", "`send_money` has no"),
        (
            "let small = args.amuont < 5; rule r: allow send_money when small;",
            "no tool has an",
        ),
        (
            (
                "fact f = lookup g(id: args.amuont) within 2s;"
                "rule r: allow send_money when fact.f.ok and args.recipient from user;"
            ),
            "no tool has an",
        ),
        (
            "rule r: ask send_money with set(args.amuont, 5);",
            "no tool of `r` has an",
        ),
        ("rule r: ask send_money with drop(args.amuont);", "no tool of `r` has an"),
        ('rule r: deny send_money reply "Not {args.amuont}.";', "no tool of `r` has an"),
    ],
)
def test_an_argument_is_looked_up_wherever_it_stands(text: str, whose: str) -> None:
    """In kinds, behind names and facts, in changes and in replies."""
    message = f"{whose} argument `amuont`"

    assert said(text) == [("BAR113", message, "did you mean `amount`?")]


@pytest.mark.parametrize(
    "text",
    [
        "kind send_money.recipient is iban;",
        'let in_tmp = args.path? starts_with "/tmp"; rule r: ask send_money when in_tmp;',
        "rule r: ask send_money, read_file with drop(args.path);",
        'rule r: deny * reply "Not {args.path}.";',
    ],
)
def test_what_one_of_the_tools_has_is_known(text: str) -> None:
    """A name may stand for calls of other rules, and a change for some of the tools."""
    assert said(text) == []


def test_the_place_in_a_reply_is_underlined() -> None:
    """The value that it shows."""
    expect_error(
        """
        rule r: deny send_money reply "Not {args.recipent}.";
                                            ^^^^^^^^^^^^^
        """,
        code="BAR113",
        message="no tool of `r` has an argument `recipent`",
        help="did you mean `recipient`?",
        declared=DECLARED,
    )
