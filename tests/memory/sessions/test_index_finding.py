"""The index lets each finder look at few places of a text, and finds all that there is."""

from hypothesis import given
from hypothesis import strategies as st

from dsl.session import entities as reference
from dsl.session import moments, reading
from dsl.session.spans import Taken
from memory.sessions.index import columns, finding
from memory.sessions.index.reader import Reader
from tests.dsl import drawing
from tests.memory.sessions.test_index import values

DAYS = (
    *("wednesday", "Wednesday.,", "Monday", "the 3rd", "31", "3", "1st", "22nd", "of", "may"),
    *("September", "september.", "sept", "Jan.", "Decem", "2026", "05", "2026-01-31", "13/04/2026"),
    *("10:00", "10:00:00.123456789", "pm", "p.m.", "a.m", "z", " UTC", "+02:00", "T", "noon"),
    *("midnight", "-", "/", ".", ":", ",", "  ", "\t", "the", "_", "x", "\u00a0", "\\n"),
)
AMOUNTS = (
    *("dollars", "USD", "EUR", "$", "US$", "-", "\u2212", "\u20ac", "Rupees", "yen", "%", "50"),
    *("1,234", "1 234", "10 000", "12.5", "1.234,50", "500'000", "007", "5", "=", "(", ")", "inv-"),
    *("'s", "\u0661", "\u00e9", "a@b.de", "https://x.com/1", "+49 30 123456", "DE89 3704", "\n"),
)
# As far from their digits as the parts of a day or an amount may stand.
LONGEST = (
    *("Wednesday.,  the  2nd  of  September.,  2026", "thursday., september.  the  3rd,  2026"),
    *("2026-01-31,\t10:00:00.123456789 +02:00", "dollars \u22125\tdollars", "2nd of may"),
    *("dollars -1,234,567.89 dollars", "the 3rd", "Rupees -10 000 Rupees"),
)
ALL = (*DAYS, *AMOUNTS, *LONGEST)


def texts(scraps: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Draw texts of scraps, glued or apart, also far from each other."""
    between = st.sampled_from(("", "", " ", " ", "\u2003", " some words between them "))
    return st.lists(st.tuples(st.sampled_from(scraps), between), min_size=1, max_size=14).map(
        lambda parts: "".join(one + sign for one, sign in parts)
    )


@drawing.law(1_500)
@given(st.lists(st.one_of(*map(texts, (DAYS, AMOUNTS, ALL))), min_size=1, max_size=2))
def test_all_days_times_and_amounts_are_found(several: list[str]) -> None:
    """However days, times and amounts are written, and whatever stands beside them."""
    each = [one for one in map(reading.read, several) if one is not None]

    found, _ = columns.read(several)

    assert found.strong == set().union(*(one.strong for one in each))
    assert found.weak == set().union(*(one.weak for one in each))
    words: list[str] = []
    inside: list[tuple[int, int, bool]] = []
    for one in each:
        inside += values(one, len(words))
        words += [*(word.folded for word in one.words), columns.BREAK]
    assert [*found.folded, columns.BREAK] == (words or [columns.BREAK])
    assert found.values == inside


IDS = (
    *(
        "INV-7",
        "inv-12345",
        "4711000",
        "X",
        "20260131",
        "2026-01-31T10:00z",
        "10:30am",
        "5-may-2026",
    ),
    *("MAR-1234", "1234567 EUR", "1,234,567", "EUR1234", "DE89370400440532013000", "a1b2c3"),
)


@drawing.law(1_500)
@given(st.one_of(texts((*IDS, *LONGEST)), texts((*IDS, *ALL)), texts(IDS)), st.booleans())
def test_the_values_in_a_text_are_those_of_the_reference(text: str, whole: bool) -> None:  # noqa: FBT001 - drawn
    """Though days and amounts are looked for only where an id may be a part of one."""
    reader = Reader()
    if whole:
        reader.near(text)

    assert reader.entities(text) == reference.entities(text)


@drawing.law(1_500)
@given(texts(DAYS) | texts((*DAYS, *IDS)))
def test_no_day_or_time_has_other_letters(text: str) -> None:
    """So a word with others in it is no part of one."""
    taken = Taken(text)
    moments.find(taken)

    for start, end, _ in taken.spans:
        for word in text[start:end].casefold().split():
            assert not finding.is_in_none_of_the_rest(word)


@drawing.law(1_000)
@given(texts(ALL) | texts((*ALL, *IDS)))
def test_the_words_of_a_text_need_addresses_alone(text: str) -> None:
    """Where days and amounts stand changes none of them."""
    first = finding.first(text)

    words = columns.Near(text, first).folded()

    assert words == columns.Near(text, finding.rest(text, first)).folded()
