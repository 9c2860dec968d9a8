"""What each detector finds, what it leaves alone, and how long it takes."""

import importlib
import pkgutil
import random
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from string import ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import patterns
from dsl.detect import detector as engine
from dsl.detect import iban
from dsl.detect.detector import LONG, MAX_CHECKS, Detector, find
from dsl.detect.fold import fold
from dsl.detect.registry import DETECTORS, MODULES, by_name, names
from tests.dsl import drawing
from tests.dsl.detect import corpus

SIZE = 20_000
# The slowest takes 3 ms here; a machine that runs other tests beside may be much slower.
SECONDS = 0.1
HOSTILE = (
    *("4111 1111 1111 1112 ", "4111111111111112 ", "4 1 ", "0", "0-", "3782 822463 "),
    *("DE89370400440532013001 ", "DE89 ", "AB12 CD34-", "a@a.png ", "a@", "a.", "[at]a[dot]"),
    *("+1 012 555 0100 ", "+28 12345678 ", "00 49 ", "000-12-3456 ", "ssn ", "123 45 "),
    *("v1.2.3.4 ", "1.", "1::2 ", "a:", "::1:", "eyJhbGciOi.", "eyJ", "W1tb"),
    *("password=aaaaaaaa ", "token: ", "key " + "a" * 20 + " ", "a://b:$c@d ", "a://", "sk-"),
    *("pwd=", "key=", "eyJ-", "eyJ.", "a.", "a-", "a+a://b:$"),
    *("1" + "A" * 26 + " ", "bc1" + "q" * 39 + " ", "0x" + "aB" * 20 + " "),
    *("ignore all the ", "before you do ", "\n# ", "<|", "http:/", "www.a-", "[](//"),
    *("\u0327\u0301", "\ufdfa", "\uff14\uff11", "\u200b", "\ud55c", "\u30ac", "\U000e0041 "),
)


def flat(detector: Detector) -> Iterator[Detector]:
    yield detector
    for part in detector.parts:
        yield from flat(part)


def named(name: str) -> Detector:
    found = by_name(name)
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "text"), corpus.cases("hits"))
def test_a_hit_is_found(name: str, text: str) -> None:
    """What the corpus says a detector finds, it finds."""
    assert find(named(name), text)


@pytest.mark.parametrize(("name", "text"), corpus.cases("misses"))
def test_a_miss_is_left_alone(name: str, text: str) -> None:
    """A near miss, a date, a hash or a version number is not found."""
    assert not find(named(name), text)


def test_every_detector_has_a_corpus() -> None:
    """Each detector has at least 15 different hits and misses, and no corpus is left over."""
    assert {path.stem for path in corpus.FOLDER.glob("*.json")} == set(names())
    for name in names():
        for kind in ("hits", "misses"):
            texts = corpus.read(name, kind)
            assert len(texts) == len(set(texts)) >= 15


def test_the_registry_equals_the_folder() -> None:
    """Every file with a detector is registered, once, under the name of the file."""
    folder = importlib.import_module("dsl.detect")
    files = [f"dsl.detect.{module.name}" for module in pkgutil.iter_modules(folder.__path__)]
    found = [file for file in files if hasattr(importlib.import_module(file), "DETECTOR")]

    assert sorted(module.__name__ for module in MODULES) == sorted(found)
    assert list(names()) == [module.__name__.rpartition(".")[2] for module in MODULES]
    assert list(names()) == sorted(set(names()))


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
def test_a_detector_explains_itself(detector: Detector) -> None:
    """Each says what it finds, finds its own examples, and has a row in the documentation."""
    page = (Path(__file__).parents[3] / "docs" / "detectors.md").read_text("utf-8")

    assert detector.words
    assert detector.examples
    assert all(find(detector, example) for example in detector.examples)
    assert f"\n| `{detector.name}` | " in page


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
def test_patterns_are_ones_that_re2_holds_without_groups(detector: Detector) -> None:
    """A broken pattern would raise in a decision; a capturing group would make it slow."""
    for part in flat(detector):
        assert [patterns.fault(one) for one in part.patterns if patterns.fault(one)] == []
        assert [one for one in part.patterns if patterns.compiled(one).groups] == []


@drawing.law(200)
@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(st.sampled_from(HOSTILE), max_size=8).map("".join),
        st.sampled_from([text for _, text in corpus.cases("hits")]).flatmap(
            lambda text: st.text(max_size=4).map(
                lambda extra: text[: len(text) // 2] + extra + text[len(text) // 2 :]
            )
        ),
        st.text(st.characters(categories=["Cs", "Mn", "Nd", "Cf", "Cc", "So"]), max_size=40),
    )
)
def test_no_text_makes_a_detector_raise(text: str) -> None:
    """Evaluation is total: every text gives true or false."""
    assert {find(detector, text) for detector in DETECTORS} <= {True, False}


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_a_repeated_piece_takes_little_time(piece: str) -> None:
    """Made to be slow, 20 KB of text take milliseconds in every detector."""
    expect_fast(piece * (SIZE // len(piece.encode())))


@pytest.mark.parametrize(
    "pieces",
    [
        ("-", "-k", "xx", "k-", "--", "x"),
        ("4\u200b20794600", ":2 ", "3056 930902 "),
        ("ignore ", "all ", "the ", "before you do ", "system", "<", "\n", "# "),
        ("DE89 ", "AB12", "XX99 ", "00 ", "1", ". "),
        ("password", "=", ":", "token", " ", "aaaa", "secret key", '"'),
    ],
)
def test_random_pieces_take_little_time(pieces: tuple[str, ...]) -> None:
    """A text without a period would fill the memory of a pattern with overlapping counters."""
    dice = random.Random(3)  # noqa: S311 - no secret hangs on it
    expect_fast("".join(dice.choices(pieces, k=SIZE // 4))[:SIZE])


def expect_fast(text: str) -> None:
    for detector in DETECTORS:
        find(detector, "4")  # compiles the patterns
        taken = []
        for _ in range(3):
            started = time.thread_time()
            find(detector, text)
            taken.append(time.thread_time() - started)
        assert min(taken) < SECONDS, detector.name


@pytest.mark.parametrize(
    ("name", "wrong", "most"),
    [
        ("card", "4111111111111112 ", 120),
        ("iban", "DE89370400440532013001, ", 80),
        ("email", "a@a.png ", 240),
        ("phone", "+28 12345678, ", 120),
        ("ssn", "000-12-3456, ", 120),
        ("ip", "v1.2.3.4 ", 120),
        ("secret", "password=aaaaaaaa ", 120),
        ("crypto_address", "bc1" + "q" * 39 + " ", 60),
        ("crypto_address", "0x" + "aB" * 20 + " ", 2),
    ],
)
def test_more_matches_than_are_checked_count_as_found(name: str, wrong: str, most: int) -> None:
    """A value cannot hide a true match behind many false ones: after so many, one is found."""
    assert not find(named(name), wrong * most)
    assert find(named(name), wrong * (most + 1))


def test_long_matches_count_for_more() -> None:
    """A match is looked at whole, so its length counts; here two parts of the detector match."""
    wrong = "password=" + "a" * (10 * LONG) + " "
    most = MAX_CHECKS // (2 * (10 + 2))

    assert not find(named("secret"), wrong * most)
    assert find(named("secret"), wrong * (most + 1))


def test_the_countries_of_accounts_are_all() -> None:
    """The pattern knows each country that the table of structures knows."""
    pairs = map("".join, product(ascii_uppercase, repeat=2))

    assert iban.COUNTRIES.split("|") == [one for one in pairs if iban._structure(one) is not None]


def test_a_failed_check_does_not_hide_an_overlapping_match() -> None:
    """Digits before a card number do not swallow its beginning."""
    assert find(named("card"), "4000 4111 1111 1111 1111")


def test_the_union_finds_what_its_parts_find() -> None:
    """`pii` finds each hit of card, iban, email, phone and ssn."""
    parts = ("card", "iban", "email", "phone", "ssn")
    hits = [text for name in parts for text in corpus.read(name, "hits")]

    assert [text for text in hits if not find(named("pii"), text)] == []


def test_a_folded_text_is_plain() -> None:
    """Wide digits, invisible characters, accents and odd dashes do not hide anything."""
    assert fold("\uff14\uff11\u200b1\u0661\u2011\u00e9\U0001d41a\u00ad") == "4111-ea"


def test_a_text_that_is_plain_is_searched_once() -> None:
    """Folding changes nothing where there is nothing to change."""
    assert fold("plain") == "plain"
    assert len(list(engine._forms("plain"))) == 1
    assert len(list(engine._forms("\uff14"))) == 2


def test_an_unknown_name_has_no_detector() -> None:
    """Names are exact."""
    assert by_name("PII") is None
    assert by_name("") is None
