"""The page on replays says why something cannot be judged in the words in which it is said."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "replay.md").read_text("utf-8")
SOURCES = ("app/replaying.py", "memory/replay/cases.py", "memory/replay/worlds.py")


def test_each_reason_of_the_page_is_said() -> None:
    """The first column of the table, but for names in it, stands in the code."""
    rows = re.findall(r"^\| (`+)(.+?)\1 \|", PAGE, re.MULTILINE)
    code = " ".join((ROOT / name).read_text("utf-8") for name in SOURCES)
    code += (ROOT / "memory/evidence/evidence.py").read_text("utf-8")
    missing = [
        words
        for _, words in rows
        if re.split(r"`member`|\(deadline\)", words)[0].strip(" `") not in code
    ]

    assert len(rows) == 6
    assert missing == []
