"""Paths are equal when they name the same place by their text alone."""

import pytest

from dsl.canonical.path import canonical


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("/srv/data", "/srv/data"),
        ("/srv//data/", "/srv/data"),
        ("//srv/./data/.", "/srv/data"),
        ("/", "/"),
        ("///", "/"),
        ("notes.txt", "notes.txt"),
        ("./docs//notes.txt", "docs/notes.txt"),
        (".", "."),
        ("./", "."),
        ("~/notes.txt", "~/notes.txt"),
        ("/srv/my file.txt", "/srv/my file.txt"),
        ("/srv/...", "/srv/..."),
        ("/srv/..data", "/srv/..data"),
        ("/srv/100%", "/srv/100%"),
        ("/srv/café…", "/srv/café…"),
    ],
)
def test_one_path_has_one_form(text: str, form: str) -> None:
    """Doubled slashes, `.` and a slash at the end make no other path."""
    assert canonical(text) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [("/srv/Data", "/srv/data"), ("srv/data", "/srv/data"), ("/srv/data ", "/srv/data")],
)
def test_other_paths_stay_others(one: str, other: str) -> None:
    """Case, white space and the slash at the beginning are part of a path."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "text", ["", "..", "a/..", "/a/../b", "a\\b", "a\x00", "%2e%2e/a", "a" * 40000]
)
def test_no_plain_path(text: str) -> None:
    """The whole list of refused paths stands with the function `under`."""
    assert canonical(text) is None
