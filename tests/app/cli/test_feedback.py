"""`drawbar feedback`: one sentence of a person about one decision."""

from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.calling import Api
from app.cli.main import cli

DECISION = "d_01JD0000000000000000000000"


@pytest.mark.parametrize(
    ("reason", "says"),
    [(None, "rep_1: counted"), ("duplicate", "rep_1: not counted: you said the same")],
)
def test_it_sends_what_is_said_and_tells_whether_it_counts(
    reason: str | None, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The label and the comment go to the gateway; the answer is one line."""
    sent: list[Any] = []

    def post(_api: Api, path: str, body: Mapping[str, Any]) -> Any:
        sent.append((path, body))
        return {"report_id": "rep_1", "counted": reason is None, "reason": reason}

    monkeypatch.setattr(Api, "post", post)
    words = ("feedback", DECISION, "violation", "--comment", "no vendor of ours", "--key", "drw_x")
    done = CliRunner().invoke(cli, words, env={"DRAWBAR_KEY_FILE": None})

    assert done.exit_code == 0, done.output
    assert done.output.startswith(says)
    body = {"decision_id": DECISION, "label": "violation", "comment": "no vendor of ours"}
    assert sent == [("/v1/feedback", body)]


def test_a_label_is_one_of_two() -> None:
    """Anything else is a mistake in the usage, and nothing is sent."""
    assert CliRunner().invoke(cli, ("feedback", DECISION, "bad", "--key", "x")).exit_code == 2
