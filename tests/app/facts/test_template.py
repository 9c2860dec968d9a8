"""The address of a source: values stay in their place, and choose no other host or path."""

from decimal import Decimal
from typing import Any

import pytest

from app.facts.source import NoFact, Outcome
from app.facts.template import parse

MEMBER = "https://crm.example/v1/members/{id}"


@pytest.mark.parametrize(
    ("address", "args", "filled"),
    [
        (MEMBER, {"id": "m7"}, "https://crm.example/v1/members/m7"),
        (MEMBER, {"id": 7}, "https://crm.example/v1/members/7"),
        (MEMBER, {"id": Decimal("1.50")}, "https://crm.example/v1/members/1.5"),
        (MEMBER, {"id": "a b?c#d&e=f%"}, "https://crm.example/v1/members/a%20b%3Fc%23d%26e%3Df%25"),
        (MEMBER, {"id": "ä@evil.example:1"}, "https://crm.example/v1/members/%C3%A4%40evil.example%3A1"),
        (MEMBER, {"id": "...."}, "https://crm.example/v1/members/...."),
        ("https://h/a-{x}.json", {"x": "1"}, "https://h/a-1.json"),
        ("https://h/{a}/{b}", {"a": "1", "b": "2"}, "https://h/1/2"),
        ("https://h?q={q}", {"q": "../x&y=1/#"}, "https://h?q=..%2Fx%26y%3D1%2F%23"),
        ("https://h/s?all=1&on={on}", {"on": True}, "https://h/s?all=1&on=true"),
        ("https://h:8443/now", {}, "https://h:8443/now"),
    ],
)  # fmt: skip
def test_values_are_written_into_their_places(
    address: str, args: dict[str, Any], filled: str
) -> None:
    """Each value is encoded, so that it stays one step of the path or one value of the query."""
    assert parse(address).fill(args) == filled


@pytest.mark.parametrize(
    "value",
    ["", ".", "..", "../admin", "a/b", "a\\b", "\x00", "a\nb", "\x7f", "\ud800", None, ["a"], {}],
)
def test_what_could_leave_its_place_is_not_asked(value: Any) -> None:
    """A value that is another path, or no single value, makes the fact unknown."""
    with pytest.raises(NoFact) as refused:
        parse(MEMBER).fill({"id": value})

    assert refused.value.outcome is Outcome.ARGUMENTS


def test_no_part_beside_a_value_makes_it_another_step() -> None:
    """The whole step counts: a dot of the address and a dot of the value are two."""
    with pytest.raises(NoFact):
        parse("https://h/.{x}/b").fill({"x": "."})
    with pytest.raises(NoFact):
        parse("https://h/%2e{x}/b").fill({"x": "."})


@pytest.mark.parametrize("args", [{}, {"id": "a", "more": "b"}, {"other": "a"}])
def test_arguments_that_are_not_those_of_the_address_are_refused(args: dict[str, Any]) -> None:
    """An argument that the address has no place for would be a question the source never hears."""
    with pytest.raises(NoFact):
        parse(MEMBER).fill(args)


def test_an_address_of_any_length_is_not_asked() -> None:
    """What no server takes is not sent."""
    with pytest.raises(NoFact):
        parse("https://h/?q={q}").fill({"q": "x" * 8_000})


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://h/{id}", "must begin with `https://`"),
        ("crm.example/{id}", "must begin with `https://`"),
        ("https://{id}.example/", "never in the host"),
        ("https://h:{id}/", "never in the host"),
        ("https://{id}@h/", "never in the host"),
        ("https://user:word@h/", "use `headers`"),
        ("https:///x", "host or port"),
        ("https://h:port/x", "host or port"),
        ("https://h:0/x", "host or port"),
        ("https://h\\evil/x", "host or port"),
        ("https://h/{id}#part", "`#`"),
        ("https://h/{}", "`{}` is no place"),
        ("https://h/{a.b}", "`{a.b}` is no place"),
        ("https://h/a}", "`}` is no place"),
        ("https://h/?{name}=1", "behind a `=`"),
        ("https://h/?{name}", "behind a `=`"),
        ("https://h/a b", "ASCII"),
        ("https://h/ä", "ASCII"),
        ("", "ASCII"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(address: str, said: str) -> None:
    """One sentence says what is wrong."""
    with pytest.raises(ValueError, match=said):
        parse(address)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://localhost/x", True),
        ("http://127.0.0.1:80/x", True),
        ("http://[::1]/x", True),
        ("http://127.0.0.1.evil.example/x", False),
        ("http://localhost.evil.example/x", False),
        ("http://10.0.0.1/x", False),
    ],
)
def test_only_this_machine_is_local(address: str, local: bool) -> None:  # noqa: FBT001 - a column of the table
    """What merely begins like this machine's name is another machine."""
    assert parse(address).local is local
