"""Telephone numbers that ring at the same place wherever they are dialled."""

import pytest

from dsl.canonical.phone import canonical


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("+49 30 123456", "+4930123456"),
        ("+49 (0)30 123456", "+4930123456"),
        ("+49-30/123.456", "+4930123456"),
        (" +4930123456 ", "+4930123456"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+1 (650) 253-0000", "+16502530000"),
        ("+39 06 1234 5678", "+390612345678"),
        ("+1\u00a0650\u00a0253\u00a00000", "+16502530000"),
    ],
)
def test_one_number_has_one_form(text: str, form: str) -> None:
    """Spaces, brackets, hyphens and points make no other number."""
    assert canonical(text) == form


@pytest.mark.parametrize(
    "text",
    [
        *(
            "030 123456",
            "0049 30 123456",
            "650 253 0000",
            "+1 650 253 0000 ext. 5",
            "+1 650 253",
            "",
        ),
        *("+1 800 FLOWERS", "tel:+16502530000", "+16502530000;ext=5", "+999 12345678", "+", "++49"),
        *(
            "\uff0b4930123456",
            "+\u0664\u0669 30 123456",
            "+4900019040",
            "+16502530000,,5#",
            "call me",
        ),
        *(
            "+1 650 253 0000 +1 650 253 0001",
            "+49" + "1" * 30,
            "+49 30\n123456",
            "+49 30 123456\x00",
        ),
    ],
)
def test_what_could_ring_elsewhere_is_none(text: str) -> None:
    """Without a country code, with an extension or with letters, a number has no form."""
    assert canonical(text) is None


def test_an_int_is_no_telephone_number() -> None:
    """Only a text can hold the `+`."""
    assert canonical(4930123456) is None
