"""Numbers of payment cards."""

from typing import Final

from dsl.detect.detector import Detector


def _span(first: int, last: int) -> tuple[str, ...]:
    return tuple(str(one) for one in range(first, last + 1))


# How the numbers of a brand begin, and how many digits they have.
BRANDS: Final[tuple[tuple[tuple[str, ...], frozenset[int]], ...]] = (
    (("4",), frozenset({13, 16, 19})),  # Visa
    ((*_span(51, 55), *_span(2221, 2720)), frozenset({16})),  # Mastercard
    (("34", "37"), frozenset({15})),  # American Express
    ((*_span(300, 305), "3095", "36", "38", "39"), frozenset({14, 16, 19})),  # Diners Club
    (("6011", *_span(644, 649), "65"), frozenset({16, 19})),  # Discover
    (_span(3528, 3589), frozenset({16, 19})),  # JCB
    (("62", "81"), frozenset({16, 17, 18, 19})),  # UnionPay
    (
        ("5018", "5020", "5038", "5893", "6304", "6759", "6761", "6762", "6763"),
        frozenset({13, 14, 15, 16, 17, 18, 19}),  # Maestro
    ),
)
_LENGTHS: Final = {prefix: lengths for prefixes, lengths in BRANDS for prefix in prefixes}
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")


def luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of the others."""
    return sum(map(int, digits[::-2] + digits[-2::-2].translate(_DOUBLED))) % 10 == 0


def _is_card(match: str) -> bool:
    digits = "".join([one for one in match if one in "0123456789"])
    branded = any(len(digits) in _LENGTHS.get(digits[:size], ()) for size in range(1, 5))
    return branded and luhn(digits)


_START: Final = r"(?:^|[^0-9A-Za-z.]|[^0-9]\.)"
_GAP: Final = r"[ \-]{1,2}"

DETECTOR: Final = Detector(
    "card",
    "numbers of payment cards: Visa, Mastercard, American Express, Diners Club, Discover, JCB, "
    "UnionPay, Maestro",
    patterns=(
        _START + r"[2-68][0-9]{12,18}\b",
        # As printed on the card, also among other numbers.
        _START + rf"[2-68][0-9]{{3}}(?:{_GAP}[0-9]{{4}}){{3}}\b",
        _START + rf"[2-68][0-9]{{3}}(?:{_GAP}[0-9]{{4}}){{3}}{_GAP}[0-9]{{1,3}}\b",
        _START + r"[2-68][0-9]{3}(?:[./][0-9]{4}){3}\b",
        _START + rf"3[0-9]{{3}}{_GAP}[0-9]{{6}}{_GAP}[0-9]{{4,5}}\b",
        # In any other groups, where no other number stands beside it.
        (
            r"(?:^|[^0-9A-Za-z.+ \-]|[^0-9 \-] |\n[\-] )[2-68](?:[ \-]{0,2}[0-9]){12,18}"
            r"[ \-]{0,2}(?:[^0-9A-Za-z \-]|[A-Za-z][^0-9]|$)"
        ),
    ),
    check=_is_card,
    examples=("4111 1111 1111 1111", "3782-822463-10005"),
)
