"""The example of docs/json-form.md is executed."""

import re
from pathlib import Path
from typing import Final

import pytest

from dsl.errors import Source
from dsl.exchange import json_form, json_schema, json_text

TEXT: Final = (Path(__file__).parents[2] / "docs" / "json-form.md").read_text("utf-8")
BLOCKS: Final = dict(re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))


def test_the_example_is_the_policy_beside_it() -> None:
    """The document gives the text, and the text the document, to the letter."""
    tree = json_form.from_json(Source("payments.json", BLOCKS["json"]))

    assert json_form.written(tree) == BLOCKS["bar"]
    assert json_form.to_text(tree) == BLOCKS["json"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"allow"', '"alow"', 0),
        ('"args.amount"}, "operator": ">"', '"agrs.a"}, "operator": ">"', 1),
    ],
)
def test_faults_read_as_the_page_shows_them(old: str, new: str, line: int) -> None:
    """The messages on the page are those that come."""
    with pytest.raises(json_form.InvalidForm) as caught:
        json_form.from_json(Source("payments.json", BLOCKS["json"].replace(old, new)))

    assert str(caught.value) == BLOCKS["text"].splitlines()[line]


def test_every_tag_on_the_page_is_one() -> None:
    """What the page shows as `is` exists."""
    shown = set(re.findall(r'"is": "(\w+)"', TEXT))

    assert shown
    assert shown <= set(re.findall(r'"const": "(\w+)"', json_text.lay_out(json_schema.schema())))
