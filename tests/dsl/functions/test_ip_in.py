"""The function `ip_in`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.functions.ip_in import FUNCTION, apply
from dsl.model import Cause
from dsl.types import Type
from tests.dsl import drawing


def test_identity() -> None:
    """Two texts give a truth value."""
    assert FUNCTION.name == "ip_in"
    assert (FUNCTION.takes, FUNCTION.gives) == ((Type.TEXT, Type.TEXT), Type.TRUTH)


@pytest.mark.parametrize(
    ("ip", "network", "is_in"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.2", "10.0.0.1/32", False),
        ("1.2.3.4", "0.0.0.0/0", True),
        ("::1", "::1/128", True),
        ("2001:DB8::1", "2001:db8::/32", True),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::/32", True),
        ("2001:db9::1", "2001:db8::/32", False),
        ("::ffff:10.1.2.3", "10.0.0.0/8", True),
        ("::ffff:a01:203", "10.0.0.0/8", True),
        ("::ffff:11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "::ffff:10.0.0.0/104", True),
        ("::ffff:10.1.2.3", "::ffff:0:0/96", True),
        ("10.1.2.3", "::/0", False),
        ("::1", "0.0.0.0/0", False),
        ("::ffff:10.1.2.3", "::/0", False),
    ],
)
def test_the_prefix_decides(ip: str, network: str, *, is_in: bool) -> None:
    """An IPv4 address in IPv6 clothes is an IPv4 address, and the families never meet."""
    assert apply(ip, network) is is_in


@pytest.mark.parametrize(
    "ip",
    [
        *(
            "",
            "10",
            "10.1",
            "10.1.2",
            "10.1.2.3.4",
            "10.1.2.256",
            "010.1.2.3",
            "10.01.2.3",
            "10.1.2.03",
        ),
        *(
            "0x0a.1.2.3",
            "167838211",
            " 10.1.2.3",
            "10.1.2.3 ",
            "10.1.2.3\n",
            "10.1.2.3:80",
            "10.1.2.3/8",
        ),
        *(
            "[::1]",
            "fe80::1%eth0",
            "::ffff:10.1.2.3%1",
            "::ffff:010.1.2.3",
            ":::",
            "1::2::3",
            "::g",
        ),
        *("\uff11\uff10.1.2.3", "\u0661\u0660.1.2.3", "10\u30021.2.3", "localhost", "1" * 20000),
    ],
)
def test_what_is_no_plain_address_is_unknown(ip: str) -> None:
    """Leading zeros are octal to some programs and decimal to others."""
    assert apply(ip, "10.0.0.0/8") is Cause.UNREADABLE


@pytest.mark.parametrize(
    "network",
    [
        *("", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.1/8", "10/8"),
        *(
            "10.0.0.0/255.0.0.0",
            "10.0.0.0/0.255.255.255",
            "10.0.0.0/8/8",
            " 10.0.0.0/8",
            "010.0.0.0/8",
        ),
        *(
            "::/129",
            "::1/64",
            "fe80::%eth0/64",
            "10.0.0.0/\uff18",
            "10.0.0.0 / 8",
            "any",
            "1" * 20000,
        ),
    ],
)
def test_what_is_no_network_is_unknown(network: str) -> None:
    """Bits behind the prefix are a slip of the pen that is not guessed about."""
    assert apply("10.1.2.3", network) is Cause.UNREADABLE


@drawing.law(300)
@given(
    ip=st.text() | st.ip_addresses().map(str) | st.text("0123456789abf:./"),
    network=st.text() | st.ip_addresses().map(str) | st.text("0123456789abf:./"),
)
def test_any_two_texts_are_answered(ip: str, network: str) -> None:
    """Nothing is raised."""
    assert apply(ip, network) in (True, False, Cause.UNREADABLE)
