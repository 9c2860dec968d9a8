"""`drawbar report`: what a while of observing showed, and the rules it calls for."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from app.policy import policies
from dsl.lint.run import lint
from tests.harness import GatewayHarness

DAY = (datetime.now(UTC) + timedelta(days=14)).date()
TOOLS = [
    {
        "name": "read_table",
        "inputSchema": {
            "type": "object",
            "properties": {
                "table": {"type": "string"},
                "limit": {"type": "integer"},
                "note": {"type": "string"},
                "where": {"type": "string"},
            },
            "required": ["table", "limit"],
        },
    },
    {
        "name": "send_mail",
        "inputSchema": {
            "type": "object",
            "properties": {"to": {"type": "string"}, "text": {"type": "string"}},
            "required": ["to"],
        },
    },
    {"name": "drop", "inputSchema": {"type": "object", "properties": {}}},
    {"name": "ping", "inputSchema": {"type": "object", "properties": {}}},
]
POLICY = """\
policy office version 1;

use tools "office.json";

rule pings: allow ping;

rule never: deny drop because "nothing is dropped";

test "a ping passes" {
  call ping();
  expect allow by pings;
}
"""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHarness]:
    """Return a gateway whose policy observed a good deal."""
    folder = tmp_path_factory.mktemp("lived")
    (folder / "policies").mkdir()
    (folder / "policies" / "office.json").write_text(json.dumps(TOOLS))
    bind = f'[[bind]]\npolicy = "office"\nobserve_until = {DAY}\n'
    (folder / "policies" / "bindings.toml").write_text(bind)
    gateway = GatewayHarness(folder, None)
    gateway.write("bank.bar", POLICY)
    gateway.reload()
    for number in range(6):
        _check(gateway, "read_table", table=("orders", "stock")[number % 2], limit=10 + number)
        _check(gateway, "send_mail", to=f"someone{number}@corp.com", text="hello")
        _check(gateway, "ping")
    _check(gateway, "drop")
    _check(gateway, "ping", surplus=1)
    _check(gateway, "drop", dry_run=True)
    _check(gateway, "drawbar.canary")
    yield gateway
    gateway.close()


def _check(gateway: GatewayHarness, tool: str, *, dry_run: bool = False, **args: Any) -> None:
    body = {"call_id": "c", "tool": tool, "args": args, "dry_run": dry_run}
    assert gateway.check(body).status_code == 200


def run(lived: GatewayHarness, *arguments: str) -> Result:
    folders = ["--policies", str(lived.policies), "--data", str(lived.settings.data)]
    return CliRunner().invoke(cli, ["report", *folders, *arguments])


def told(lived: GatewayHarness, *arguments: str) -> Any:
    return json.loads(run(lived, "--json", *arguments).stdout)


def test_it_counts_what_would_have_been_stopped_and_by_what(lived: GatewayHarness) -> None:
    """Per tool: the effect, the rule or that no rule allows it, and decisions to look at."""
    found = told(lived)
    stops = [(one["number"], one["tool"], one["why"], one["observed"]) for one in found["stops"]]
    nothing = "no rule of office allows it"

    assert (found["decisions"], found["dry_runs"]) == (20, 1)
    assert (found["effects"], found["would"]) == ({"allow": 19, "deny": 1}, {"deny": 13})
    assert stops == [
        (6, "read_table", nothing, True),
        (6, "send_mail", nothing, True),
        (1, "drop", "office/never", True),
        (1, "ping", "invalid_call", False),
    ]
    shown = {one.id for one in lived.records() if one.tool == "drop" and not one.dry_run}
    assert set(found["stops"][2]["examples"]) == shown
    assert set(found["observing"]) == {"office"}


def test_the_text_says_the_same_and_names_the_next_step(lived: GatewayHarness) -> None:
    """People read how much, what, and the one command that lets the policy enforce."""
    said = run(lived)

    assert said.exit_code == 0
    assert "20 decisions about calls" in said.stdout
    assert "13 would come out otherwise if every policy enforced (65.0%)" in said.stdout
    assert "6  deny  read_table  (no rule of office allows it)" in said.stdout
    assert "drawbar enforce office" in said.stdout
    assert "orders" not in said.stdout


def test_without_values_no_argument_is_named(lived: GatewayHarness) -> None:
    """What is sealed stays sealed: a bare rule, or one that the linter keeps as a comment."""
    proposals = {one["tool"]: one for one in told(lived)["proposals"]}

    assert "rule seen_read_table: allow read_table;" in proposals["read_table"]["text"]
    assert "not looked at" in proposals["read_table"]["text"]
    assert any("BAR404" in one for one in proposals["send_mail"]["objections"])
    assert "\n# rule seen_send_mail: allow send_mail;" in proposals["send_mail"]["text"]


def test_with_values_rules_are_as_narrow_as_what_was_seen(lived: GatewayHarness) -> None:
    """Few values are named, numbers are bounded, what was never sent must stay away."""
    proposals = {one["tool"]: one for one in told(lived, "--values")["proposals"]}
    text = proposals["read_table"]["text"]

    assert 'args.table in ["orders", "stock"]' in text
    assert "args.limit in 10..15" in text
    assert "not present(args.note) and not present(args.where)" in text
    assert "args.to is not bounded: 6 calls had 6 values" in proposals["send_mail"]["text"]


def test_looking_at_values_is_written_down(lived: GatewayHarness) -> None:
    """Who opened evidence for a report stands in its log."""
    run(lived, "--values", "--note", "before we enforce")
    log = CliRunner().invoke(cli, ["evidence", "log", "--data", str(lived.settings.data)])

    assert "report: before we enforce" in log.stdout


def test_a_written_policy_is_clean_passes_its_tests_and_allows_what_was_seen(
    lived: GatewayHarness, tmp_path: Path
) -> None:
    """Moved over the policy, nothing that was seen and allowed by nothing is stopped any more."""
    file = tmp_path / "drafts" / "office.bar"
    file.parent.mkdir()
    said = run(lived, "--values", "--write", str(file))
    (file.parent / "office.json").write_text(json.dumps(TOOLS))
    unit = policies.unit(file)

    assert said.exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    assert [one for one in lint(unit) if one.level != "info"] == []
    assert CliRunner().invoke(cli, ["test", str(file)]).exit_code == 0
    assert CliRunner().invoke(cli, ["fmt", "--check", str(file)]).exit_code == 0
    replayed = CliRunner().invoke(
        cli,
        ["replay", "--policy", str(file), "--data", str(lived.settings.data), "--format", "json"],
    )
    changes = json.loads(replayed.stdout)["changes"]
    tools = {(one["to"], example["tool"]) for one in changes for example in one["examples"]}
    assert ("allow", "read_table") in tools
    assert ("deny", "read_table") not in tools

    again = run(lived, "--write", str(file))
    assert "cannot be written" in str(again.exception)


def test_a_draft_does_not_go_into_the_policy_folder(lived: GatewayHarness) -> None:
    """There it would be a second policy of the same name, and the folder be refused."""
    said = run(lived, "--write", str(lived.policies / "new.bar"))

    assert "second policy" in str(said.exception)
    assert not (lived.policies / "new.bar").exists()


def test_an_export_says_the_same_as_the_store(lived: GatewayHarness, tmp_path: Path) -> None:
    """Whoever has no store gets a file, and no argument without asking for it."""
    file = tmp_path / "taken.jsonl"
    data = ["--data", str(lived.settings.data)]
    CliRunner().invoke(cli, ["evidence", "export", str(file), *data])
    taken = ["report", "--policies", str(lived.policies), "--from", str(file), "--json"]
    bare = json.loads(CliRunner().invoke(cli, taken).stdout)
    whole = json.loads(CliRunner().invoke(cli, [*taken, "--values"]).stdout)

    assert [(one["tool"], one["number"]) for one in bare["stops"]] == [
        (one["tool"], one["number"]) for one in told(lived)["stops"]
    ]
    assert "orders" not in json.dumps(bare)
    assert whole["proposals"] == told(lived, "--values")["proposals"]


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    """Nothing was decided: no share of nothing."""
    gateway = GatewayHarness(tmp_path, POLICY.replace('use tools "office.json";\n', ""))
    try:
        said = run(gateway)
        nothing = run(gateway, "--write", str(tmp_path / "x.bar"))
        other = run(gateway, "--policy", "b")
    finally:
        gateway.close()

    assert said.stdout == "nothing was decided yet\n"
    assert "nothing to propose" in str(nothing.exception)
    assert "there is no policy `b`; the folder has `office`" in str(other.exception)
