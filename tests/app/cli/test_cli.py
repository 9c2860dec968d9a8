"""The commands, run from another folder: each of them, and some as people do, as a process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.main import cli
from app.edges.http import CheckAnswer
from tests.command import drawbar

POLICY = """\
policy p version 1;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 and args.amount <= 1000;
test "small" { call pay(amount: 5); expect allow by small; }
test "large" { call pay(amount: 500); expect ask by large; }
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "p.bar"
    file.write_text(POLICY)
    return file


def process(*arguments: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run the command as people do."""
    command = [sys.executable, "-W", "error", "-m", "app.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, text=True, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("amount", "code", "effect"), [(5, 0, "allow"), (500, 5, "ask"), (5000, 4, "deny")]
)
def test_check_answers_by_its_exit_code(policy: Path, amount: int, code: int, effect: str) -> None:
    """0 allow, 5 ask, 4 deny; the text begins with the effect, plain in a pipe."""
    call = json.dumps({"tool": "pay", "args": {"amount": amount}})

    run = process("check", "--policy", policy, "--call", call, cwd=policy.parent)

    assert (run.returncode, run.stdout.split()[0], run.stderr) == (code, effect, "")
    assert "\x1b" not in run.stdout


def test_check_in_json_says_what_the_gateway_would(policy: Path) -> None:
    """The JSON form has the members of the HTTP answer that need no gateway."""
    call = '{"tool": "pay", "args": {}}'
    run = drawbar(
        "check", "--policy", policy, "--call", call, "--format", "json", cwd=policy.parent
    )

    said = json.loads(run.stdout)
    assert (said["effect"], said["reason"]) == ("deny", "no_rule")
    of_the_gateway = {*("decision_id", "call_id", "revision", "dry_run"), "seat_token", "display"}
    assert set(CheckAnswer.model_fields) - of_the_gateway == set(said)


@pytest.mark.parametrize(
    "call",
    [
        "",
        "{",
        "[]",
        "7",
        '{"tool": "pay"}',
        '{"args": {}}',
        '{"tool": 7, "args": {}}',
        '{"tool": "pay", "args": []}',
        '{"tool": "pay", "args": {"a": 1, "a": 2}}',
        '{"tool": "pay", "args": {}, "more": 1}',
        '{"tool": "pay", "args": {}, "subject": {"id": 7}}',
        '{"tool": "pay", "args": {}, "subject": {"roles": "teller"}}',
        '{"tool": "pay", "args": {}, "agent": {"name": "x"}}',
    ],
)
def test_a_call_that_cannot_be_read_is_a_usage_error(policy: Path, call: str) -> None:
    """A malformed call is never decided, and never exits as if allowed."""
    run = drawbar("check", "--policy", policy, "--call", call, cwd=policy.parent)

    assert (run.returncode, run.stdout) == (2, "")
    assert "--call" in run.stderr


def test_check_decides_as_of_the_time_it_is_told(tmp_path: Path) -> None:
    """`--now` moves rules with `valid` in and out of force."""
    file = tmp_path / "p.bar"
    file.write_text("policy p version 1; rule r: allow pay valid until 2026-06-30;")

    def at(now: str) -> int:
        call = '{"tool": "pay", "args": {}}'
        return drawbar(
            "check", "--policy", file, "--call", call, "--now", now, cwd=tmp_path
        ).returncode

    assert at("2026-06-30T23:59") == 0
    assert at("2026-07-01T00:00") == 4
    assert at("2026-06-30T23:59-02:00") == 4
    assert at("yesterday") == 2


def test_check_without_any_policy_denies(tmp_path: Path) -> None:
    """An empty folder is no policy: deny."""
    run = drawbar(
        "check", "--policy", tmp_path, "--call", '{"tool": "t", "args": {}}', cwd=tmp_path
    )

    assert (run.returncode, "no_policy" in run.stdout) == (4, True)


def test_check_with_a_tools_file_checks_the_schema_first(policy: Path) -> None:
    """`--tools` stands in for the policies' own tools files."""
    tools = policy.parent / "tools.json"
    tools.write_text('[{"name": "pay", "inputSchema": {"required": ["to"]}}]')
    call = '{"tool": "pay", "args": {"amount": 5}}'
    run = drawbar("check", "--policy", policy, "--tools", tools, "--call", call, cwd=policy.parent)

    assert (run.returncode, "/to" in run.stdout) == (4, True)


def test_a_broken_policy_could_not_run(policy: Path) -> None:
    """A policy with a fault decides nothing: exit 1 with the line, the underline and help."""
    policy.write_text(POLICY.replace("allow pay", "alow pay"))
    call = '{"tool": "pay", "args": {"amount": 5}}'

    run = process("check", "--policy", policy, "--call", call, cwd=policy.parent)

    assert (run.returncode, run.stdout) == (1, "")
    assert "2:13: error BAR101" in run.stderr
    assert " |             ^^^^\n" in run.stderr
    assert "did you mean `allow`?" in run.stderr


def test_lint_exits_3_on_findings_and_0_without(policy: Path) -> None:
    """Errors fail; warnings fail with --strict only."""
    assert drawbar("lint", policy, cwd=policy.parent).returncode == 0
    policy.write_text(POLICY + 'default allow because "trial";')
    assert drawbar("lint", policy, cwd=policy.parent).returncode == 0
    assert drawbar("lint", "--strict", policy, cwd=policy.parent).returncode == 3
    policy.write_text(POLICY + "rule x: alow y;")
    run = drawbar("lint", "--format", "json", policy, cwd=policy.parent)
    assert run.returncode == 3
    (finding,) = json.loads(run.stdout)["findings"]
    assert (finding["code"], finding["line"], finding["column"]) == ("BAR101", 6, 9)


def test_test_runs_the_policys_tests(policy: Path) -> None:
    """0 when all pass; 3 when one fails, with what was expected and what came."""
    good = drawbar("test", policy, cwd=policy.parent)
    policy.write_text(POLICY.replace("expect ask by large", "expect allow"))
    bad = drawbar("test", policy, cwd=policy.parent)

    assert (good.returncode, "2 passed, 0 failed" in good.stdout) == (0, True)
    assert (bad.returncode, "expected allow, got ask" in bad.stdout) == (3, True)


def test_fmt_rewrites_once_and_then_leaves_alone(policy: Path) -> None:
    """--check and --diff only tell; without them the file is laid out; then nothing is left."""
    policy.write_text(POLICY.replace("rule small:", "rule   small :"))
    rough = policy.read_text()

    assert drawbar("fmt", "--check", policy, cwd=policy.parent).returncode == 3
    diff = drawbar("fmt", "--diff", policy, cwd=policy.parent)
    assert (diff.returncode, "+rule small:" in diff.stdout) == (3, True)
    assert policy.read_text() == rough
    assert drawbar("fmt", policy, cwd=policy.parent).returncode == 0
    assert drawbar("fmt", "--check", policy, cwd=policy.parent).returncode == 0


def test_fmt_leaves_a_broken_policy_as_it_is(policy: Path) -> None:
    """What cannot be read is not rewritten."""
    broken = POLICY + "rule x: alow y;"
    policy.write_text(broken)

    assert process("fmt", policy, cwd=policy.parent).returncode == 1
    assert policy.read_text() == broken


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """A wrong path is no traceback."""
    for command in ("lint", "fmt", "test"):
        run = drawbar(command, "nowhere.bar", cwd=tmp_path)

        assert (run.returncode, run.stderr) == (
            1,
            "drawbar: there is no file or folder `nowhere.bar`\n",
        )


def test_keys_prints_the_key_alone(tmp_path: Path) -> None:
    """`keys create` writes nothing but the key to standard output; list never shows it."""
    made = process("keys", "create", "--scope", "check", "--name", "clerk", cwd=tmp_path)
    listed = drawbar("keys", "list", cwd=tmp_path)
    key_id = listed.stdout.split()[0]
    revoked = drawbar("keys", "revoke", key_id, cwd=tmp_path)
    after = json.loads(drawbar("keys", "list", "--format", "json", cwd=tmp_path).stdout)

    assert made.returncode == 0
    assert made.stdout.startswith("drw_")
    assert len(made.stdout.splitlines()) == 1
    assert "clerk" in listed.stdout
    assert made.stdout.strip() not in listed.stdout
    assert revoked.returncode == 0
    assert after[0]["revoked_at"] is not None
    assert drawbar("keys", "revoke", key_id, cwd=tmp_path).returncode == 1


def test_keys_refuses_what_no_key_may_hold(tmp_path: Path) -> None:
    """An unknown scope is a usage error, feedback beside check is refused; nothing is printed."""
    unknown = drawbar("keys", "create", "--scope", "root", cwd=tmp_path)
    both = drawbar("keys", "create", "--scope", "check", "--scope", "feedback", cwd=tmp_path)

    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert (both.returncode, both.stdout) == (1, "")
    assert "no agent grades itself" in both.stderr


def test_keys_shows_which_are_trusted_for_not_run(tmp_path: Path) -> None:
    """The setting of a key is given when it is made, and shown by the list in both forms."""
    drawbar("keys", "create", "--scope", "observe", "--trusts-not-run", cwd=tmp_path)
    drawbar("keys", "create", "--scope", "observe", cwd=tmp_path)
    lines = drawbar("keys", "list", cwd=tmp_path).stdout.splitlines()
    listed = json.loads(drawbar("keys", "list", "--format", "json", cwd=tmp_path).stdout)
    mute = drawbar("keys", "create", "--scope", "check", "--trusts-not-run", cwd=tmp_path)

    assert ["trusts not_run" in line for line in lines] == [True, False]
    assert [one["trusts_not_run"] for one in listed] == [True, False]
    assert (mute.returncode, mute.stdout) == (1, "")


def test_reading_makes_no_store(tmp_path: Path) -> None:
    """`decisions` in the wrong folder says so, and leaves the folder as it was."""
    run = process("decisions", cwd=tmp_path)

    assert run.returncode == 1
    assert "--data" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_command_explains_itself(tmp_path: Path) -> None:
    """`--help` of every command has a sentence and its exit codes; bad usage is exit 2."""
    assert cli.help
    for name in ("serve", "check", "lint", "fmt", "test", "decisions"):
        run = drawbar(name, "--help", cwd=tmp_path)

        assert run.returncode == 0
        assert "Exit codes" in run.stdout
        assert drawbar(name, "--nonsense", cwd=tmp_path).returncode == 2


def test_lint_imports_nothing_heavy(policy: Path) -> None:
    """`drawbar lint` starts fast because the server, the store and models stay unloaded."""
    program = (
        "import sys; sys.argv = ['drawbar', 'lint', 'p.bar']\n"
        "from app.cli.main import main\n"
        "try:\n main()\nexcept SystemExit: pass\n"
        "heavy = {'fastapi', 'sqlalchemy', 'alembic', 'pydantic', 'uvicorn', 'mcp', 'torch', "
        "'structlog', 'httpx', 'z3'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", program]
    run = subprocess.run(
        command, cwd=policy.parent, text=True, capture_output=True, timeout=60, check=False
    )

    assert run.stderr == "[]\n"
