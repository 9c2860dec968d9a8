"""Rules whose days are over, or nearly."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.policy import policies
from dsl.errors import Source
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.parse import parse
from tests.expect import HEADER


def fired(text: str, today: date | None) -> list[tuple[str, str]]:
    source = Source("p.bar", HEADER + text)
    return [
        (one.code, source.text[one.span.start : one.span.end])
        for one in lint(Unit(source, parse(source), (), today=today))
    ]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 2, 28), []),
        (date(2026, 3, 1), ["BAR604"]),
        (date(2026, 3, 31), ["BAR604"]),
        (date(2026, 4, 1), ["BAR601"]),
        (None, []),
    ],
)
def test_the_last_day_still_counts(today: date | None, expected: list[str]) -> None:
    """A rule ends with its last day; the thirty days before it are soon; without a day, nothing."""
    found = fired("rule r: deny pay valid from 2020-01-01 until 2026-03-31;", today)

    assert found == [(code, "valid from 2020-01-01 until 2026-03-31") for code in expected]


def test_a_rule_without_an_end_does_not_end() -> None:
    """Neither one without days nor one that begins."""
    text = "rule a: deny pay; rule b: deny give valid from 2020-01-01;"

    assert fired(text, date(2026, 3, 1)) == []


@pytest.mark.parametrize(
    ("zone", "expected"), [("UTC", "2026-03-02"), ("Asia/Tokyo", "2026-03-03")]
)
def test_today_is_told_in_the_zone_of_the_policy(tmp_path: Path, zone: str, expected: str) -> None:
    """As the days of the rules are."""
    path = tmp_path / "p.bar"
    path.write_text(f'{HEADER}timezone "{zone}";', "utf-8")

    assert str(policies.unit(path, datetime(2026, 3, 2, 20, tzinfo=UTC)).today) == expected
    assert policies.unit(path).today is None


def test_a_broken_file_has_a_day_too(tmp_path: Path) -> None:
    """What can be read of it is looked at, in UTC where its own zone cannot be read."""
    path = tmp_path / "p.bar"
    path.write_text('policy p version 1; timezone "Nowhere";', "utf-8")

    assert policies.unit(path, datetime(2026, 3, 2, tzinfo=UTC)).today == date(2026, 3, 2)
