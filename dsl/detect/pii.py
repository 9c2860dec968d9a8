"""Data that point to a person."""

from typing import Final

from dsl.detect import card, email, iban, phone, ssn
from dsl.detect.detector import Detector

DETECTOR: Final = Detector(
    "pii",
    "what `card`, `iban`, `email`, `phone` or `ssn` finds",
    parts=(card.DETECTOR, iban.DETECTOR, email.DETECTOR, phone.DETECTOR, ssn.DETECTOR),
    examples=("ada@example.com", "DE89 3704 0044 0532 0130 00"),
)
