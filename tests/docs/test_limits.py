"""The page on limits."""

import re
import tomllib
from pathlib import Path

from app.limits import buckets, lockout
from app.limits.settings import LimitSettings
from app.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text("utf-8")


def test_the_settings_on_the_page_can_be_used() -> None:
    """Each block of settings is taken as it stands there."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    read = [Settings(**tomllib.loads(one)).limits for one in blocks]

    assert [one.rate for one in read] == [50, None]
    assert read[0].tenants["acme"].rate == 200
    assert len(read[1].trusted_proxies) == 2


def test_the_numbers_are_the_defaults() -> None:
    """What the page says of failures, times and memory is what the code does."""
    defaults = LimitSettings()

    assert (defaults.rate, defaults.failures, defaults.lockout_max_s) == (None, 10, 15 * 60)
    assert (lockout.MOST, buckets.MOST, lockout.FORGET_S) == (10_000, 10_000, 3_600)
    for words in ("Ten wrong keys", "15 minutes", "An hour without", "10,000 addresses"):
        assert words in PAGE
