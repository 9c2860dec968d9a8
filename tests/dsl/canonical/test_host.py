"""Hosts are read only if every program would connect to the same one."""

import pytest

from dsl.canonical.host import canonical


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("shop.example", "shop.example"),
        ("SHOP.Example", "shop.example"),
        ("shop.example.", "shop.example"),
        ("localhost", "localhost"),
        ("my_host.example", "my_host.example"),
        ("r3---sn-4g5e.example", "r3---sn-4g5e.example"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
        ("XN--mnchen-3ya.DE", "xn--mnchen-3ya.de"),
        ("xn--fa-hia.de", "xn--fa-hia.de"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("\u0430\u0440\u0440\u04cf\u0435.com", "xn--80ak6aa92e.com"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("[::ffff:10.0.0.1]", "10.0.0.1"),
        ("::ffff:a00:1", "10.0.0.1"),
        ("3com.example", "3com.example"),
        ("0xcafe.example", "0xcafe.example"),
    ],
)
def test_one_host_has_one_form(text: str, form: str) -> None:
    """Case, the dot of the root, and the two ways to write a name or address make no other host."""
    assert canonical(text) == form


@pytest.mark.parametrize(
    "text",
    [
        *("0x7f.1", "2130706433", "017700000001", "127.1", "127.0.0.01", "0x7f000001", "1.2.3.4."),
        *("256.1.1.1", "1.2.3.4.5", "evil.0x7f", "a.1", "0x", "\u0661.\u0662.\u0663.\u0664"),
        *("", ".", "..", ".a", "a..b", "a.b..", "-a.de", "a-.de", "a b", " a.de", "a.de\n"),
        *("a:80", "a/b", "a@b", "a?b", "a#b", "a%2eb", "a\\b", "a,b", "a;b", "a*b", "a\x00b"),
        *("shop\uff0eexample", "shop\u3002example", "shop\uff61example", "shop\u2024example"),
        *("\uff53hop.example", "ban\u212a.example", "\u017fhop.example", "\u2102.example"),
        *("faß.de", "FAẞ.de", "ὀδυσσεύς.gr", "İstanbul.example", "co\u00adrp.example"),
        *("co\u200brp.example", "co\u200drp.example", "\u202ecorp.example", "mu\u0308nchen.de"),
        *(
            "corp\u2044evil.example",
            "corp\uff0fevil.example",
            "\u2100.example",
            "\U0001f4a5.example",
        ),
        *("xn--", "xn--a", "xn--abc-", "xn--mnchen-.de", "xn--999999999.de", "xn--n3h.example"),
        *("[::1", "::1]", "[127.0.0.1]", "[a]", "fe80::1%eth0", "[::1]:80", ":::", "::1.2.3.04"),
        *("a" * 64, ".".join(["a" * 60] * 5), "ü" * 64),
    ],
)
def test_what_could_be_two_hosts_is_none(text: str) -> None:
    """Odd numbers, mapped letters, invisible characters and broken names have no form."""
    assert canonical(text) is None


def test_labels_in_other_letters_are_few() -> None:
    """Each takes long to encode; no name has more than a handful."""
    assert canonical(".".join(["\u00e4"] * 20 + ["example"])) is not None
    assert canonical(".".join(["\u00e4"] * 21 + ["example"])) is None
    assert canonical(".".join(["xn--4ca"] * 20 + ["example"])) is not None
    assert canonical(".".join(["xn--4ca"] * 21 + ["example"])) is None
    assert canonical(".".join(["a"] * 100 + ["example"])) is not None
