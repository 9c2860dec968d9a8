"""What is told without cutting a value into words, or reading it as every kind, is the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import kinds
from dsl.session import addresses, asked, forms, labels, words
from tests.dsl import drawing

NEVER = re.compile("(?!)")
ALWAYS = re.compile("")
plain = st.text("aBs190 _-", max_size=24)
odd = st.text("aB19 _-.'/@:#,\u00e9\u200b\n", max_size=16)
many = st.lists(st.sampled_from(("a", "B1", "the", "INV-7")), max_size=14).map(" ".join)


@drawing.law(2_000)
@given(st.one_of(plain, odd, many), st.booleans())
def test_the_words_of_a_value_are_those_that_it_is_cut_into(written: str, exact: bool) -> None:  # noqa: FBT001 - drawn
    """Letters, digits, and single spaces and hyphens between them need no cutting."""
    found = asked._phrase(written, exact=exact)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asked, "_PLAIN", NEVER)
        assert asked._phrase(written, exact=exact) == found


SCRAPS = st.lists(
    st.sampled_from(
        (
            *("DE89370400440532013000", "DE89", "+49 30 123456", "+", "5 May 2026", "May", "noon"),
            *("17:30", "5pm", "pm", "EUR 50", "EUR", "$", "1,500.50", "a@b.de", "@", " ", "x"),
            *("2026-03-05", "\u0665", "\u00b2", "-", "7"),
        )
    ),
    max_size=3,
).map("".join)


@drawing.law(1_000)
@given(SCRAPS)
def test_what_has_no_digit_is_none_of_the_kinds_with_digits(written: str) -> None:
    """Accounts, telephone numbers, days, times and amounts all have a digit."""
    found = forms.kind_of(written, None)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(forms, "_DIGIT", ALWAYS)
        assert forms.kind_of(written, None) == found


@drawing.law(1_000)
@given(st.text("aB1.-:/", max_size=12) | st.sampled_from(("a.de", "1.2.3.4", "localhost", "a.b")))
def test_what_has_no_dot_is_no_bare_link(written: str) -> None:
    """A host that stands for itself has a dot."""
    long_way = addresses._BARE.fullmatch(written) is not None and addresses._is_host(written)

    assert addresses.is_bare(written) is long_way


@drawing.law(1_000)
@given(
    st.text("aB1_.' \u00a0\u2003\n\x1c\u00e9\u0301\u0661\u00b2\\n-", max_size=20)
    | st.text(max_size=9)
)
def test_the_words_of_a_label_are_all_runs_of_letters_and_digits(written: str) -> None:
    """In ASCII, every sign that is none of these becomes a space, and spaces part the runs."""
    seen = words.visible(written)

    expected = [] if seen is None else labels._RUN.findall(words.unescaped(seen).casefold())

    assert labels.word_runs(written) == expected


paths = st.text("aB1_/.-x", max_size=16).map(lambda rest: f"/{rest}")


@drawing.law(2_000)
@given(paths | st.text("aB1/.-@:' ", max_size=12).map(lambda rest: f"/{rest}"), st.booleans())
def test_a_path_from_the_root_is_one_word(written: str, exact: bool) -> None:  # noqa: FBT001 - drawn
    """No address stands in it, so nothing of it is cut apart."""
    found = asked._phrase(written, exact=exact)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asked, "_ROOTED", NEVER)
        assert asked._phrase(written, exact=exact) == found


@drawing.law(2_000)
@given(
    st.text("0123456789.,-", max_size=12)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
    | st.integers(-(10**6), 10**6)
)
def test_the_number_of_an_amount_is_its_form_without_one_zero(value: object) -> None:
    """The form of an amount is a number that has at most one zero more than it needs."""
    for kind in ("number", "money"):
        form = forms.form(value, kind)
        if form is not None:
            found = asked._made(value, kind, form, declared=True)
            assert found.keys == {("number", kinds.read(form, "number"))}


@drawing.law(2_000)
@given(SCRAPS | st.sampled_from((7, " a@b.de", "https://x.com/a", "a@b", "007")))
def test_a_value_that_is_read_once_has_the_same_kind_and_form(value: object) -> None:
    """What was read to tell the kind is the form that the value has under this kind."""
    for declared in (None, "id", "email", "money"):
        kind = forms.kind_of(value, declared)
        assert forms.read(value, declared) == (kind, forms.form(value, kind))
