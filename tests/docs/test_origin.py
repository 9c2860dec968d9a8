"""The page on origin shows a policy that does what the pictures say."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from click.testing import CliRunner

from app.cli.lint import lint
from app.cli.test import test as run_tests
from dsl import kinds

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "origin.md").read_text("utf-8")
SVG = "{http://www.w3.org/2000/svg}"


def policy(folder: Path) -> Path:
    (text,) = re.findall(r"^```bar\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    file = folder / "p.bar"
    file.write_text(text, "utf-8")
    return file


def test_the_policy_is_sound_and_its_test_passes(tmp_path: Path) -> None:
    """What the page shows holds as it stands."""
    file = str(policy(tmp_path))

    assert CliRunner().invoke(run_tests, [file]).exit_code == 0
    assert CliRunner().invoke(lint, ["--strict", file]).exit_code == 0


def test_the_picture_shows_the_accounts_of_the_test(tmp_path: Path) -> None:
    """Each account that the picture pays or refuses stands in the test, with the same end."""
    texts = ["".join(one.itertext()) for one in ET.parse(DOCS / "origin.svg").iter(f"{SVG}text")]  # noqa: S314 - our own file
    shown = {
        text.removeprefix("recipient: "): texts[at + 1].rpartition(": ")[2]
        for at, text in enumerate(texts)
        if text.startswith("recipient: ")
    }
    tested = dict(
        re.findall(
            r'send_money\(recipient: "(\w+)"\);\n  expect (allow|deny)',
            policy(tmp_path).read_text(),
        )
    )

    assert len(shown) == 3
    assert shown.items() <= tested.items()


def test_the_spellings_of_the_picture_are_one_value() -> None:
    """What the picture calls equal is equal in some kind of value."""
    picture = ET.parse(DOCS / "origin-limits.svg")  # noqa: S314 - our own file
    texts = ["".join(one.itertext()) for one in picture.iter(f"{SVG}text")]
    pairs = [text.split("  =  ") for text in texts if "  =  " in text]

    assert len(pairs) == 6
    for left, right in pairs:
        forms = [(kinds.read(left, kind), kinds.read(right, kind)) for kind in kinds.NAMES]
        assert any(one is not None and one == other for one, other in forms), (left, right)
