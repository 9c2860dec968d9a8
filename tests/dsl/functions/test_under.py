"""The function `under`: what an allow rule on a directory may rely on."""

import posixpath
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.functions.under import FUNCTION, apply
from dsl.model import Cause
from dsl.types import Type
from tests.dsl import drawing


def test_identity() -> None:
    """Two texts give a truth value."""
    assert FUNCTION.name == "under"
    assert (FUNCTION.takes, FUNCTION.gives) == ((Type.TEXT, Type.TEXT), Type.TRUTH)


@pytest.mark.parametrize(
    ("path", "directory", "is_under"),
    [
        ("/srv/data/a.txt", "/srv/data", True),
        ("/srv/data", "/srv/data", True),
        ("/srv/data/", "/srv/data", True),
        ("/srv/data", "/srv/data/", True),
        ("//srv//./data/./a", "/srv/data", True),
        ("/srv/data/a", "//srv/./data//", True),
        ("/srv/data/...", "/srv/data", True),
        ("/srv/data/..a", "/srv/data", True),
        ("/srv/data/a b", "/srv/data", True),
        ("/srv/data/é…", "/srv/data", True),
        ("/srv/data/~", "/srv/data", True),
        ("/a", "/", True),
        ("/", "/", True),
        ("/srv/database", "/srv/data", False),
        ("/srv/data.txt", "/srv/data", False),
        ("/srv", "/srv/data", False),
        ("/", "/srv", False),
        ("/SRV/data/a", "/srv/data", False),
        ("/etc/srv/data", "/srv/data", False),
        ("/srv/data ", "/srv/data", False),
    ],
)
def test_whole_segments_are_compared(path: str, directory: str, *, is_under: bool) -> None:
    """The directory itself counts; a longer name beside it does not."""
    assert apply(path, directory) is is_under


@pytest.mark.parametrize(
    "path",
    [
        *("", ".", "..", "srv/data/a", "./srv/data", "~/a", "~root/a", "a", " /srv/data"),
        *(
            "/srv/data/../etc",
            "/srv/data/..",
            "/../srv/data",
            "/srv/data/a/../b",
            "/srv/data//..//x",
        ),
        *("/srv/data/./../x", "\\srv\\data", "/srv/data\\..\\x", "/srv/data/a\\b", "C:\\srv\\data"),
        *(
            "/srv/data/\x00",
            "/srv/data/a\x00.txt",
            "/srv/data/a\nb",
            "/srv/data/\x7f",
            "/srv/data\r",
        ),
        *("/srv/data/%2e%2e/x", "/srv/data/%2E./x", "/srv/data%2f..%2fx", "/srv/data/%2Fetc"),
        *("/srv/data/%252e%252e/x", "/srv/data/%c0%ae%c0%ae/x", "/srv/data/%u002e%u002e/x"),
        *(
            "/srv/data/%5c..%5cx",
            "/srv/data/a%00b",
            "/srv/data/\uff0e\uff0e/x",
            "/srv/data/\u2025/x",
        ),
        *(
            "/srv/data/\u2024\u2024/x",
            "/srv/data\uff0f..\uff0fx",
            "/srv/data/\uff3c",
            "/srv/data\uff0fx",
        ),
        *("/srv/data/.\u200b./x", "/srv/data/.\u00ad.", "/srv/data/\uff052e\uff052e/x"),
        *(
            "/srv/data/\ud800",
            "/srv/data/\u2028x",
            "file:///srv/data/a",
            "/srv/data/" + "a" * 40000,
        ),
        "/srv/data/a" + "\u0301" * 31,
    ],
)
def test_what_could_be_another_path_is_unknown(path: str) -> None:
    """Steps up, in whatever disguise, and relative paths: an allow rule never applies to them."""
    assert apply(path, "/srv/data") is Cause.UNREADABLE
    assert apply("/srv/data/a", path) is Cause.UNREADABLE


@drawing.law(500)
@given(
    path=st.text("ab./~%2e\\\uff0e ").map("/a/".__add__), directory=st.sampled_from(["/a", "/a/b"])
)
def test_what_is_under_stays_under(path: str, directory: str) -> None:
    """Where the answer is yes, a system that resolves the path ends up in the directory."""
    if apply(path, directory) is True:
        assert posixpath.commonpath([posixpath.normpath(path), directory]) == directory


@drawing.law(300)
@given(path=st.text(), directory=st.text())
def test_any_two_texts_are_answered(path: str, directory: str) -> None:
    """Nothing is raised."""
    assert apply(path, directory) in (True, False, Cause.UNREADABLE)


def test_long_paths_take_no_time() -> None:
    """Twenty thousand characters take milliseconds; the bound is wide for slow machines."""
    start = time.thread_time()
    for text in (
        "/" * 20000,
        "/." * 10000,
        "/.a" * 7000,
        "/\ufdfa" * 5000,
        "/a\u0301\u0316" * 5000,
    ):
        apply(text, "/a")

    assert time.thread_time() - start < 2
