"""Which tools a rule speaks of."""

import pytest

from dsl.selectors import names, selects
from tests.dsl.making import call, policy


@pytest.mark.parametrize(
    ("pattern", "server", "tool", "expected"),
    [
        ("send", None, "send", True),
        ("send", "srv", "send", True),
        ("send", None, "Send", False),
        ("send", None, "send2", False),
        ("send", None, "send\n", False),
        ("read_*", None, "read_", True),
        ("read_*", None, "unread_x", False),
        ("*", None, "", True),
        ("*", "srv", "any\nthing", True),
        ("a.b", None, "axb", False),
        ("a.*", None, "axb", False),
        ("srv/send", "srv", "send", True),
        ("srv/send", "srv2", "send", False),
        ("srv/send", None, "send", False),
        ("srv/*", "srv", "x", True),
        ("*/send", "srv", "send", True),
        ("*/*", None, "send", False),
        ("s*v/s*d", "srv", "send", True),
        ("*", None, "\ud800", True),
        ("a*", None, "\ud800", False),
    ],
)
def test_names_and_globs(pattern: str, server: str | None, tool: str, expected: object) -> None:
    """A glob covers the whole name; without a server it stands for the tool on every server."""
    assert expected is names(pattern, server, tool)


@pytest.mark.parametrize(
    ("selector", "tool", "server", "expected"),
    [
        ("send, read_*", "read_x", None, True),
        ("send, read_*", "write_x", None, False),
        ("* except send_*", "read_x", None, True),
        ("* except send_*", "send_x", None, False),
        ("* except send_*", "send_x", "srv", False),
        ("* except srv/send", "send", "srv", False),
        ("* except srv/send", "send", "other", True),
        ("a, b except b, c", "b", None, False),
    ],
)
def test_lists_and_exceptions(
    selector: str, tool: str, server: str | None, expected: object
) -> None:
    """What is excepted is not selected, whatever else selects it."""
    rule = policy(f"rule r: deny {selector};").rules[0]

    assert expected is selects(rule.selector, call(tool, server=server))
