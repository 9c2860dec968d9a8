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
_SIZES: Final = tuple(sorted({len(prefix) for prefix in _LENGTHS}))
_DOUBLED: Final = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_ZERO: Final = ord("0")
_OTHERS: Final = bytes(one for one in range(128) if not chr(one).isdigit())


def luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of the others."""
    plain = digits.encode()
    odd = plain[::-2]
    return (sum(odd) - _ZERO * len(odd) + sum(plain[-2::-2].translate(_DOUBLED))) % 10 == 0


def _is_card(match: str) -> bool:
    digits = match.encode("ascii", "ignore").translate(None, _OTHERS).decode()
    size = len(digits)
    return luhn(digits) and any(size in _LENGTHS.get(digits[:one], ()) for one in _SIZES)


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
    ends="0123456789",
    examples=("4111 1111 1111 1111", "3782-822463-10005"),
)
