"""The strict JSON reader, and the one form that values are written in."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import strictjson
from dsl.strictjson import InvalidJson
from tests.dsl import drawing

numbers = st.integers(-(10**30), 10**30) | st.decimals(
    allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)


def plain(text: str) -> Any:
    """Read as `json.loads` does, with exact numbers."""
    return json.loads(text, parse_float=Decimal)


@drawing.law(200)
@given(value=values)
def test_what_is_written_reads_as_it_was(value: object) -> None:
    """The canonical form is JSON, and it is the same value."""
    text = strictjson.canonical(value)

    assert value == strictjson.read(text) == plain(text)
    assert text == strictjson.canonical(strictjson.read(text))


@drawing.law(200)
@given(value=values)
def test_the_strict_reader_agrees_with_the_ordinary_one(value: object) -> None:
    """What is accepted is read as everybody reads it, however it is laid out."""
    for layout in ({"indent": 1}, {"ensure_ascii": False}, {"separators": (" ,", " :")}):
        text = json.dumps(value, default=float, **layout)
        assert plain(text) == strictjson.read(text) == strictjson.read(text.encode())


@drawing.law(300)
@given(text=st.text(st.sampled_from('{}[]:,"ab\\u01eE+-. \nnulltrue'), max_size=20))
def test_nothing_is_accepted_that_others_refuse(text: str) -> None:
    """Any text is read as others read it, or refused with `InvalidJson`."""
    try:
        value = strictjson.read(text)
    except InvalidJson:
        return
    assert plain(text) == value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0"),
        ("1e2", "100"),
        ("-0", "0.000"),
        ("0.10", "1E-1"),
        ('{"a":1,"b":2}', ' {"b": 2.0, "a": 1} '),
        ('"\\u0061"', '"a"'),
        ('"\\/"', '"/"'),
        ('"\\ud83d\\ude00"', '"😀"'),
    ],
)
def test_equal_values_have_one_form(one: str, other: str) -> None:
    """However a value is written, its canonical form is the same."""
    assert strictjson.canonical(strictjson.read(one)) == strictjson.canonical(
        strictjson.read(other)
    )


@drawing.law(200)
@given(value=values)
def test_a_part_that_was_written_already_stands_as_it_is(value: object) -> None:
    """The whole comes out the same, whether a part of it was written before or not."""
    part = strictjson.Written(strictjson.canonical(value))

    expected = strictjson.canonical({"é": [value], "a": value})
    assert expected == strictjson.canonical({"é": [part], "a": part})


def test_keys_are_ordered_by_their_utf16_units() -> None:
    """As RFC 8785 wants it: a character beyond the basic plane comes before U+FB33."""
    assert (
        strictjson.canonical({"\ufb33": 3, "😀": 2, "\u20ac": 1})
        == '{"\u20ac":1,"😀":2,"\ufb33":3}'
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"a":1,"a":1}', "/a"),
        ('{"a":1,"\\u0061":2}', "/a"),
        ('{"x":[{"b":{"c":1,"c":2}}]}', "/x/0/b/c"),
        ('{"a/b~":1,"a/b~":2}', "/a~1b~0"),
        ('{"n":NaN}', "/n"),
        ('{"n":[Infinity]}', "/n/0"),
        ("-Infinity", ""),
        ('{"n":1e999999999}', "/n"),
        ('{"n":1e-65}', "/n"),
        ('{"n":1e65}', "/n"),
        ('{"n":1e+00000000000000000065}', "/n"),
        ('{"n":1e0000009999999999999999999999}', "/n"),
        ('{"n":1e-0000009999999999999999999999}', "/n"),
        ('{"n":' + "1" * 41 + "}", "/n"),
        ('{"n":0.' + "1" * 40 + "}", "/n"),
        ('{"n":"\\ud800"}', "/n"),
        ('{"\\udc00":1}', ""),
        ('{"n":"' + "a" * (strictjson.MAX_STRING + 1) + '"}', "/n"),
        ("[" * 65 + "]" * 65, "/0" * 64),
        ("[" * 100_000 + "]" * 100_000, ""),
        ('{"a":' * 100_000, ""),
        ("[" + "1," * 10_000 + "1]", ""),
        ("", ""),
        ("{'a':1}", ""),
        ('{"a":1,}', ""),
        ("[1] x", ""),
        ("01", ""),
        ("+1", ""),
        (".5", ""),
        ('"\t"', ""),
        ("\ufeff1", ""),
        ("\u0661", ""),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(text: str, path: str) -> None:
    """Duplicates, what is no number, too long, too deep, too many: refused, with the place."""
    with pytest.raises(InvalidJson) as caught:
        strictjson.read(text)

    assert path == caught.value.path
    assert len(str(caught.value)) < 200


def _number_of(value: Any) -> int:
    members = list(value.values()) if isinstance(value, dict) else value
    return 1 + sum(map(_number_of, members)) if isinstance(members, list) else 1


def _depth_of(value: Any) -> int:
    members = list(value.values()) if isinstance(value, dict) else value
    return 1 + max(map(_depth_of, members), default=0) if isinstance(members, list) else 0


@drawing.law(300)
@given(value=values, leaves=st.integers(1, 12), depth=st.integers(0, 3))
def test_what_is_just_within_the_limits_is_read_and_no_more(
    value: Any, leaves: int, depth: int
) -> None:
    """So many values and so many levels are read; one more of either is refused."""
    text = strictjson.canonical(value)
    if _number_of(value) <= leaves and _depth_of(value) <= depth:
        assert strictjson.read(text, leaves, depth) == value
        return
    with pytest.raises(InvalidJson):
        strictjson.read(text, leaves, depth)


def test_bytes_must_be_utf8() -> None:
    """Other encodings are refused, also overlong forms and surrogates in bytes."""
    for raw in (b'"\xff"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b"\xff\xfe1\x00", b"\xef\xbb\xbf1"):
        with pytest.raises(InvalidJson):
            strictjson.read(raw)


@pytest.mark.parametrize(
    "text", ["1e64", "1e-64", "1" * 40, "-" + "9" * 40, "1e+0000000064", "0e0", "[" * 64 + "]" * 64]
)
def test_what_just_fits_is_read(text: str) -> None:
    """The bounds themselves are allowed."""
    assert strictjson.read(text) is not None


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), object(), {1, 2}])
def test_what_is_no_json_has_no_form(value: object) -> None:
    """A value that JSON cannot say exactly is an error, never a guess."""
    with pytest.raises(TypeError):
        strictjson.canonical(value)


def _outcome(read: Callable[..., object], text: str, leaves: int, depth: int) -> object:
    try:
        return repr(read(text, leaves, depth))  # which tells 1 from 1.0 and from True
    except InvalidJson as error:
        return str(error), error.path


LETTERS = '{}[]:,"abe1.-+ \n\\\ud800\u00e9'
PIECES = [*LETTERS, "null", "true", "NaN", "1e65", "9" * 41, '{"a":', "\\u00e9", "\\ud800"]


@drawing.law(500)
@given(
    text=st.one_of(
        st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
        values.map(strictjson.written),
        values.map(lambda value: strictjson.written([value, value]).replace('"b"', '"a"')),
    ),
    leaves=st.integers(1, 60),
    depth=st.integers(0, 5),
)
def test_small_texts_are_read_as_large_ones(text: str, leaves: int, depth: int) -> None:
    """The quick way for what is under every limit comes to the same value, or the same words."""
    quick = _outcome(strictjson.read, text, leaves, depth)

    assert quick == _outcome(strictjson._read, text, leaves, depth)
