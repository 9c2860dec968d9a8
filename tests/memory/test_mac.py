"""The digest under a key is that of the standard library, whatever the key and the content."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from memory.mac import Mac


@given(key=st.binary(max_size=200), contents=st.lists(st.binary(max_size=300), max_size=3))
def test_it_is_the_hmac_of_the_standard_library(key: bytes, contents: list[bytes]) -> None:
    """Also for keys longer than a block, and when one key is used again."""
    mac = Mac(key)

    assert [mac.digest(one) for one in contents] == [
        hmac.digest(key, one, "sha256") for one in contents
    ]
