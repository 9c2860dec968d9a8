"""Addresses are read only if every mail server would deliver to the same one."""

import pytest

from dsl.canonical.email import canonical


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("ada@mail.example", "ada@mail.example"),
        ("Ada.Lovelace@Mail.EXAMPLE", "ada.lovelace@mail.example"),
        ("ada+tag@mail.example", "ada+tag@mail.example"),
        ("o'brien@mail.example", "o'brien@mail.example"),
        ("a_b-c=d@mail.example", "a_b-c=d@mail.example"),
        ("ada@münchen.de", "ada@xn--mnchen-3ya.de"),
        ("jo\u0308rg@mail.example", "jörg@mail.example"),
        ("\uff41da@mail.example", "ada@mail.example"),
        ("ada@localhost", "ada@localhost"),
    ],
)
def test_one_address_has_one_form(text: str, form: str) -> None:
    """Case and the notation of the domain make no other address."""
    assert canonical(text) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada+a@mail.example", "ada@mail.example"),
        ("a.da@mail.example", "ada@mail.example"),
        ("ada@a.mail.example", "ada@mail.example"),
        ("\u0430da@mail.example", "ada@mail.example"),
    ],
)
def test_other_addresses_stay_others(one: str, other: str) -> None:
    """Tags and dots are a provider's habit, and look-alike letters are other letters."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "text", ["ada", "ada@", "@mail.example", "a@b@c.de", "Ada <a@b.de>", "a@b.1"]
)
def test_no_plain_address(text: str) -> None:
    """The whole list of refused addresses stands with the function `domain`."""
    assert canonical(text) is None
