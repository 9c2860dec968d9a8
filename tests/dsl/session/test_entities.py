"""The values inside a text: which are listed, and that each is found again as it is listed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.session.asked import asked
from dsl.session.entities import entities
from dsl.session.matching import meets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail (bob@x.com), see https://x.com/a, or pay INV-7.", "bob@x.com https://x.com/a INV-7"),
        ("mailto:bob@x.com?subject=a <eve@y.org>;ann@z.de", "bob@x.com eve@y.org ann@z.de"),
        ("bob@x.com.They said", "bob@x.com"),
        ("visit site.com.They sent it", "site.com"),
        ("visit https://site.com.They sent it", "https://site.com"),
        ("see www.x.com/a?b=c and evil.click!", "www.x.com/a?b=c evil.click"),
        ("[x](https://a.com),https://b.com", "https://a.com https://b.com"),
        ("10.0.0.1 and 10.0.0.1:80/a", "10.0.0.1 10.0.0.1:80/a"),
        ("https://good.com@evil.com/", "https://good.com@evil.com/"),
        ("to DE89 3704 0044 0532 0130 00, thanks", "DE89 3704 0044 0532 0130 00"),
        ("ring +49 30 1234567", "+49 30 1234567"),
        ("code 123456, id doc-4711, x1234567", "123456 doc-4711 x1234567"),
        ("a\\nbob@x.com\\nINV-7", "bob@x.com INV-7"),
        ("INV-7 and INV-7", "INV-7"),
        ("", ""),
        ("only words in here, e.g. done.Then this", ""),
        ("on 5 May 2026 at 9:30 pm in 2026", ""),
        ("pay 1,500 or $2500 or 99.99 or 50%", ""),
        ("see win.example, and Win.example/a", "win.example Win.example/a"),
        ("all docs.Example: done.example", "done.example"),
        ("the 3rd of Q3, 24h, 5km, v2, file.txt", ""),
    ],
)
def test_a_text_holds_addresses_accounts_and_ids(text: str, expected: str) -> None:
    """Days, times, amounts, file names and short numbers are no entities; agents work them out."""
    found = entities(text)

    assert found is not None
    assert " ".join(found) == expected


def test_what_nobody_can_read_has_no_list() -> None:
    """A text that stacks marks beyond measure may hold anything."""
    assert entities("e" + "\u0301\u0300" * 80) is None


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u2060", "\ufeff"])
def test_hidden_characters_hide_no_entity(hidden: str) -> None:
    """An address with a zero-width character inside is listed as it works without."""
    assert entities(f"to e{hidden}ve@y{hidden}.org") == ["eve@y.org"]


PIECES = st.sampled_from(
    (
        *("bob@x.com", "https://x.com/a", "www.x.com", "x.com.They", "INV-7", "4711", "123456"),
        *(
            "DE89 3704 0044 0532 0130 00",
            "+49 30 1234567",
            "5 May 2026",
            "9 pm",
            "$50",
            "a/b",
            "1,234",
        ),
        *("(", ")", ",", ". ", " ", "\n", "'", '"', "\\n", "@", "/", "-", "word", "It's", "\u200b"),
    )
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_each_entity_is_found_where_it_was_listed(text: str) -> None:
    """Asking where an entity comes from finds the text it stands in, or says that it is unclear."""
    for one in entities(text) or []:
        wanted = asked(one, None)
        assert wanted is None or meets(wanted, text) is not False, one


def kinds_of(text: str) -> Any:
    return [wanted.kind for one in entities(text) or [] if (wanted := asked(one, None))]


def test_an_entity_is_asked_for_by_its_own_kind() -> None:
    """How it is spelled makes no difference afterwards."""
    text = "bob@x.com https://x.com/a DE89 3704 0044 0532 0130 00 +49 30 1234567 INV-7"

    assert kinds_of(text) == ["email", "url", "iban", "phone", "id"]
