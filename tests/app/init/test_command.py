"""`drawbar init` as people run it: what it writes, what it refuses, and what it says."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.binding.bindings import NAME
from app.cli.main import cli
from app.policy import policies
from app.policy.policies import read_bindings
from tests.app.init.drafting import TEXT, faults, tool


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def init(*words: object) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, ["init", *map(str, words)])


def saved(*tools: dict[str, Any], path: str = "office.tools.json") -> Path:
    file = Path(path)
    file.write_text(json.dumps({"tools": tools}), "utf-8")
    return file


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_without_anything_it_writes_an_example(tmp_path: Path) -> None:
    """A small policy to change, clean and tested."""
    ran = init()

    assert ran.exit_code == 0
    assert faults(tmp_path / "policies" / "starter.bar") == []
    assert "drawbar test policies" in ran.output


def test_the_end_names_the_exact_next_commands() -> None:
    """The commands can be typed as they stand."""
    init("--tools", saved(tool("get_mail")))
    ran = init("--tools", saved(tool("get_mail")), "--force")
    lines = [line.strip() for line in ran.output.partition("Next:")[2].splitlines() if line.strip()]
    runnable = [line.split() for line in lines if line.split()[1] in ("lint", "test")]

    assert len(runnable) == 2
    for _, *words in runnable:
        assert CliRunner().invoke(cli, words).exit_code == 0


@pytest.mark.parametrize("name", ["office.bar", "office.tools.json"])
def test_no_file_is_written_over_without_being_told(name: str, tmp_path: Path) -> None:
    """One file that is there stops all; `--force` writes anew."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / name).write_text("mine" if name.endswith(".json") else "", "utf-8")
    before = snapshot(tmp_path / "policies")
    file = saved(tool("get_mail"))

    ran = init("--tools", file)
    assert ran.exit_code == 1
    assert isinstance(ran.exception, Exception)
    assert snapshot(tmp_path / "policies") == before
    assert init("--tools", file, "--force").exit_code == 0
    assert faults(tmp_path / "policies" / "office.bar") == []


def test_a_second_policy_in_one_folder_is_refused(tmp_path: Path) -> None:
    """Two policies would deny each other's tools, so no second one is added."""
    assert init("--tools", saved(tool("get_mail"))).exit_code == 0
    before = snapshot(tmp_path / "policies")

    ran = init("--tools", saved(tool("get_page"), path="web.tools.json"), "--force")
    assert ran.exit_code == 1
    assert "is a policy already" in str(ran.exception)
    assert snapshot(tmp_path / "policies") == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--until", "2099-01-01"), "--observe"),
        (("--observe", "--until", "2020-01-01"), "is over"),
        (("--observe", "--until", "soon"), "does not match"),
        (("--observe", "--until", "2999-01-01"), "days away"),
        (("--write-config",), "--config"),
        (("--config", "c.json", "--write-config"), "write one first: drawbar init --config c.json"),
        (("--config", "c.json", "--observe", "--write-config"), "first let `--observe` write"),
        (("--undo",), "--config"),
        (("--tools", "a.json", "--openapi", "b.json"), "name one of"),
        (("--folder", "../x"), "no folder"),
        (("--folder", "/"), "no folder"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """Nothing is written where the options say nothing, or two things."""
    ran = init(*words)

    assert ran.exit_code in (1, 2)
    assert said in ran.output + str(ran.exception)
    assert snapshot(tmp_path) == {}


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"tools": 5}', '{"a": 1, "a": 2}', "[]"])
def test_a_list_that_cannot_be_read_writes_nothing(text: str, tmp_path: Path) -> None:
    """One sentence says why, and no file appears."""
    file = tmp_path / "t.json"
    file.write_text(text, "utf-8")

    assert init("--tools", file).exit_code == 1
    assert set(snapshot(tmp_path)) == {str(file)}


def test_what_was_left_out_changes_the_exit_code() -> None:
    """A script learns that not all tools are in the draft."""
    ran = init("--tools", saved(tool("get_mail"), tool("a*")), "--json")
    report = json.loads(ran.stdout)

    assert ran.exit_code == 3
    assert [one["tool"] for one in report["left_out"]] == ["a*"]


def test_json_tells_what_the_text_tells() -> None:
    """The report for programs holds tools, rules, doubts, the trial and the next commands."""
    file = saved(tool("get_mail"), tool("frob"), tool("read_file", path=TEXT))
    report = json.loads(init("--tools", file, "--json", "--folder", "/srv/data").stdout)

    assert report["rules"] == {"reading": ["get_mail", "read_file"], "unclear": ["frob"]}
    assert report["tools"]["frob"]["risk"] == "medium"
    assert report["folder"] == "/srv/data"
    assert report["enforces"] is True
    assert report["untold"] == ["frob: no word of its name says what it does"]
    assert all(Path(one).is_file() for one in report["written"])
    assert report["next"]


# The trial


def test_a_trial_is_said_loudly_and_has_an_end(tmp_path: Path) -> None:
    """The binding observes to the end of a day; output and file say that nothing is enforced."""
    last = datetime.now(UTC).date() + timedelta(days=14)
    ran = init("--tools", saved(tool("get_mail")), "--observe")
    text = (tmp_path / "policies" / NAME).read_text("utf-8")

    assert f"IT ENFORCES NOTHING until the end of {last}" in ran.output
    assert f"\n# UNTIL THE END OF {last} (UTC) THIS POLICY ENFORCES NOTHING.\n" in text
    (bind,) = read_bindings(tmp_path / "policies")
    assert bind.policy == "office"
    assert bind.observe_until == datetime.combine(
        last + timedelta(days=1), datetime.min.time(), UTC
    )


def test_a_trial_ends_when_it_was_said_to(tmp_path: Path) -> None:
    """`--until` names the last day."""
    last = datetime.now(UTC).date() + timedelta(days=3)
    init("--tools", saved(tool("get_mail")), "--observe", "--until", last)

    (bind,) = policies.load([tmp_path / "policies"]).bindings
    assert bind.observe_until is not None
    assert bind.observe_until.date() == last + timedelta(days=1)


def test_without_observe_there_is_no_binding(tmp_path: Path) -> None:
    """A policy enforces unless somebody said otherwise."""
    ran = init("--tools", saved(tool("get_mail")))

    assert not (tmp_path / "policies" / NAME).exists()
    assert "ENFORCES NOTHING" not in ran.output


def test_the_same_day_gives_the_same_files(tmp_path: Path) -> None:
    """Two runs write the same bytes."""
    file = saved(tool("get_mail"), tool("send_mail", to=TEXT))
    init("--tools", file, "--observe")
    first = snapshot(tmp_path)
    init("--tools", file, "--observe", "--force")

    assert snapshot(tmp_path) == first
