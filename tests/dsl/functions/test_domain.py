"""The function `domain`: what an allow rule on a recipient's domain may rely on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.functions.domain import FUNCTION, apply
from dsl.model import Cause
from dsl.types import Type
from tests.dsl import drawing


def test_identity() -> None:
    """A text gives a text."""
    assert (FUNCTION.name, FUNCTION.takes, FUNCTION.gives) == ("domain", (Type.TEXT,), Type.TEXT)


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("ada@corp.example", "corp.example"),
        ("Ada.Lovelace+x@CORP.Example", "corp.example"),
        ("ada@mail.corp.example", "mail.corp.example"),
        ("ada@corp.example.evil.example", "corp.example.evil.example"),
        ("jörg@corp.example", "corp.example"),
        ("ada@münchen.de", "xn--mnchen-3ya.de"),
        ("ada@c\u043erp.example", "xn--crp-sed.example"),
        ("1@corp.example", "corp.example"),
    ],
)
def test_the_domain_of_a_plain_address(email: str, domain: str) -> None:
    """What stands behind the one `@`, as the wire carries it."""
    assert apply(email) == domain


@pytest.mark.parametrize(
    "email",
    [
        *("", "@", "ada", "ada@", "@corp.example", "corp.example", "ada at corp.example"),
        *("a@evil.example@corp.example", "a@@corp.example", "a@evil.example,b@corp.example"),
        *("a@evil.example;b@corp.example", "a@evil.example b@corp.example", "a@corp.example,"),
        *("Ada <a@corp.example>", "<a@corp.example>", "a@corp.example (a@evil.example)"),
        *('"a@evil.example"@corp.example', '"a b"@corp.example', "a(x)@corp.example"),
        *("a@corp.example\nBcc: b@evil.example", "a@corp.example\r\n", " a@corp.example"),
        *("a@corp.example ", "a\t@corp.example", "a\x00@corp.example", "a@corp.example\x00.evil"),
        *("a@[10.0.0.1]", "a@10.0.0.1", "a@[IPv6:::1]", "a@::1", "a@0x7f.1", "a@2130706433"),
        *("a%evil.example@corp.example", "evil.example!a@corp.example", "|rm@corp.example"),
        *(".a@corp.example", "a.@corp.example", "a..b@corp.example", "a\\@corp.example"),
        *(
            "a@corp..example",
            "a@.corp.example",
            "a@corp.example.",
            "a@-corp.example",
            "a@corp_ example",
        ),
        *(
            "a\uff20evil.example@corp.example",
            "a@corp.example\uff20evil.example",
            "a@corp\uff0eexample",
        ),
        *(
            "a@corp\u3002example",
            "a@co\u00adrp.example",
            "a@co\u200brp.example",
            "\u202ea@corp.example",
        ),
        *(
            "a\u200b@corp.example",
            "a@fa\u00df.de",
            "a@corp.example:25",
            "a@corp.example/b",
            "a@corp?b=c",
        ),
        *(
            "mailto:a@corp.example",
            "a@corp%2eexample",
            "a?cc=b@corp.example",
            "a\ud800@corp.example",
        ),
        *(
            "a" * 65 + "@corp.example",
            "a@" + "b" * 64 + ".example",
            "a@" + "b." * 10000,
            "@" * 20000,
        ),
    ],
)
def test_what_could_be_delivered_elsewhere_is_unknown(email: str) -> None:
    """Anything but one plain address: an allow rule never applies to it."""
    assert apply(email) is Cause.UNREADABLE


@drawing.law(500)
@given(email=st.text() | st.text('ab.@"<>,(é%\u3002 ').map(lambda text: f"a{text}b.de"))
def test_a_domain_is_what_stands_behind_the_only_at(email: str) -> None:
    """Any text gives that in ASCII, or nothing."""
    domain = apply(email)
    if not isinstance(domain, Cause):
        assert email.count("@") == 1
        assert domain.isascii()
        assert not email.isascii() or email.lower().endswith("@" + domain)
