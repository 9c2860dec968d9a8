"""How far what a tool said is trusted: by the declaration that is nearest to its place."""

import pytest

from tests.dsl.session.story import IBAN, OTHER, Story


@pytest.mark.parametrize(
    ("declared", "level"),
    [
        ("", "untrusted"),
        ("source get as trusted;", "trusted"),
        ("source get.row.to as trusted;", "trusted"),
        ("source get.row as internal;", "internal"),
        ("source get.other as trusted;", "untrusted"),
        ("source get as untrusted; source get.row.to as trusted;", "trusted"),
        ("source get as trusted; source get.row as untrusted;", "untrusted"),
        ("source get as trusted; source get as internal;", "internal"),
        ("source g* as trusted; source get as untrusted;", "untrusted"),
        ('source "hub/get" as trusted;', "trusted"),
        ('source "other/get" as trusted;', "untrusted"),
    ],
)
def test_each_field_has_the_level_of_its_nearest_declaration(declared: str, level: str) -> None:
    """What is not declared is untrusted; of two that are as near, the less trusted counts."""
    story = Story(declared, "hello").ran("get", {"row": {"to": IBAN}}, server="hub")

    for one in ("trusted", "internal", "untrusted"):
        assert story.says(f"args.to from {one}", to=IBAN) is (one == level)
    assert story.says("args.to from nowhere", to=OTHER) is True
    assert story.says("args.to from nowhere", to=IBAN) is False


def test_a_field_of_every_element_is_named_with_a_star() -> None:
    """`[*]` is every element, an index one of them, and a name no place in a list."""
    rows = [{"to": IBAN}, {"to": OTHER}]

    for field, one, other in (
        ("[*].to", True, True),
        ("[0].to", True, False),
        (".to", False, False),
    ):
        story = Story(f'source "get"{field} as trusted;', "hello").ran("get", rows)
        assert (one, other) == (
            story.says("args.to from trusted", to=IBAN),
            story.says("args.to from trusted", to=OTHER),
        )


def test_each_policy_judges_by_its_own_sources() -> None:
    """What was seen is one thing, how far it is trusted another."""
    story = Story("source get as trusted;", "hello").ran("get", IBAN)
    assert story.says("args.to from trusted", to=IBAN) is True
    story.declared = ""
    assert story.says("args.to from trusted", to=IBAN) is False


@pytest.mark.parametrize(
    ("result", "whole", "inside"),
    [(IBAN, True, True), (f"Pay {IBAN} now", False, True), (f"x{IBAN}", False, False)],
)
def test_what_a_stranger_may_name_counts_only_as_the_entire_leaf(
    result: str,
    whole: bool,  # noqa: FBT001 - both answers
    inside: bool,  # noqa: FBT001 - both answers
) -> None:
    """`whole` takes no value out of a longer text; without it, whole words are found."""
    for clause, expected in ((" whole", whole), ("", inside)):
        story = Story(f"source get as trusted{clause};", "hello").ran("get", {"name": result})
        assert expected is story.says("args.to from trusted", to=IBAN)
