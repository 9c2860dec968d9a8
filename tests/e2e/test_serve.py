"""`drawbar serve` as a process: what a person sees and what survives."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import httpx
import pytest

from drawbar import Client
from tests.e2e.gateway_process import STARTER, GatewayProcess


def drawbar(*arguments: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command beside the gateway."""
    command = [sys.executable, "-m", "app.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, text=True, capture_output=True, timeout=60, check=False)


def test_the_printed_curl_line_works_when_pasted(tmp_path: Path) -> None:
    """The first start shows a key and a command that answers with a decision."""
    with GatewayProcess(tmp_path, "--port", "0") as gateway:
        gateway.wait_for(r"(-d '.*')")
        command = gateway.printed()[gateway.printed().index("curl") :].rstrip()
        pasted = subprocess.run(
            ["sh", "-c", command], text=True, capture_output=True, timeout=30, check=True
        )

    assert json.loads(pasted.stdout)["effect"] == "allow"


def test_the_second_start_shows_no_key_and_keeps_the_first(tmp_path: Path) -> None:
    """The key is shown once; decisions and keys survive a restart."""
    with GatewayProcess(tmp_path, "--port", "0") as first:
        decision = first.check().json()["decision_id"]
        key = first.key
        assert first.stop() == 0
    with GatewayProcess(tmp_path, "--port", "0") as second:
        assert second.key == ""
        assert "keys create --scope check" in second.printed()
        second.key = key
        answer = httpx.get(
            f"{second.address}/v1/decisions/{decision}", headers={"Authorization": f"Bearer {key}"}
        )

    assert answer.json()["id"] == decision
    assert decision in drawbar("decisions", "--data", "var", cwd=tmp_path).stdout


def test_a_key_made_beside_a_running_gateway_works(tmp_path: Path) -> None:
    """`keys create` needs no restart, and `decisions` reads while the gateway writes."""
    with GatewayProcess(tmp_path, "--port", "0") as gateway:
        made = drawbar("keys", "create", "--scope", "check", "--data", "var", cwd=tmp_path)
        gateway.key = made.stdout.strip()
        decision = gateway.check().json()["decision_id"]
        shown = drawbar("decisions", decision, "--data", "var", cwd=tmp_path)

    assert "small_payments" in shown.stdout


def test_an_edit_changes_the_answer_and_a_broken_one_does_not(tmp_path: Path) -> None:
    """One changed line changes the next answer; a fault is shown with its underline."""
    policies = tmp_path / "policies"
    shutil.copytree(STARTER, policies)
    file = policies / "starter.bar"
    with GatewayProcess(tmp_path, "--port", "0", policies=policies) as gateway:
        assert gateway.check().json()["effect"] == "allow"
        file.write_text(file.read_text().replace("args.amount <= 100", "args.amount <= 10"))
        gateway.wait_for(r'("revision": "2:)')
        assert gateway.check().json()["effect"] == "deny"
        file.write_text(file.read_text().replace("allow pay", "alow pay"))
        gateway.wait_for(r"(did you mean `allow`\?)")
        assert gateway.check().json()["revision"].startswith("2:")
        assert "^^^^" in gateway.printed()


def test_stopping_under_load_loses_no_acknowledged_decision(tmp_path: Path) -> None:
    """After SIGTERM in the middle of many calls every answered decision is in the store."""
    answered: list[str] = []
    with GatewayProcess(tmp_path, "--port", "0") as gateway:

        def ask() -> None:
            try:
                while True:
                    answered.append(gateway.check().json()["decision_id"])
            except (httpx.HTTPError, json.JSONDecodeError, KeyError):
                return

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        while len(answered) < 40:
            threading.Event().wait(0.01)
        code = gateway.stop()
        for thread in threads:
            thread.join()

    listed = drawbar(
        "decisions", "--limit", 10_000, "--format", "json", "--data", "var", cwd=tmp_path
    )
    kept = {record["id"] for record in json.loads(listed.stdout)}
    assert code == 0
    assert len(answered) >= 40
    assert set(answered) <= kept


def test_a_killed_gateway_loses_no_acknowledged_decision(tmp_path: Path) -> None:
    """An answer is only given once its record is on disk, so even SIGKILL loses none."""
    with GatewayProcess(tmp_path, "--port", "0") as gateway:
        answered = {gateway.check().json()["decision_id"] for _ in range(20)}
        gateway.stop(signal.SIGKILL)

    listed = drawbar("decisions", "--format", "json", "--data", "var", cwd=tmp_path)
    assert answered == {record["id"] for record in json.loads(listed.stdout)}


def test_a_second_gateway_on_an_embedded_store_is_one_sentence(tmp_path: Path) -> None:
    """Two would not see each other's calls, and count half of them; the second does not start."""
    with GatewayProcess(tmp_path, "--port", "0") as gateway:
        second = drawbar("serve", "--port", "0", "--data", "var", cwd=tmp_path)
        assert gateway.check().json()["effect"] == "allow"

    assert (second.returncode, second.stdout) == (1, "")
    assert "another gateway runs on `var`" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    """The gateway says which port is taken and what to do, and exits with 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = drawbar("serve", "--port", port, cwd=tmp_path)

    assert run.returncode == 1
    assert run.stderr == (
        f"drawbar: cannot listen on port {port} of 127.0.0.1: address already in use; "
        "choose another with --port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "192.0.2.1", "--port", "0"), "cannot listen"),
        (("--data", "/proc/drawbar", "--port", "0"), "cannot be written"),
        (("--config", "absent.toml"), "cannot be read"),
        (("--port", "70000"), "`port`"),
    ],
)
def test_a_wrong_start_is_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    """What keeps the gateway from starting is said in one line, without a traceback."""
    run = drawbar("serve", *arguments, cwd=tmp_path)

    assert run.returncode == 1
    assert words in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_without_a_policy_folder_it_starts_and_denies(tmp_path: Path) -> None:
    """A missing folder is no reason to allow, nor to die: it may still be mounted."""
    policies = tmp_path / "policies"
    with GatewayProcess(tmp_path, "--port", "0", policies=policies) as gateway:
        before = gateway.check().json()
        ready = httpx.get(f"{gateway.address}/readyz").status_code
        shutil.copytree(STARTER, policies)
        gateway.wait_for(r'("policies": \["starter"\])')
        after = gateway.check().json()

    assert (before["reason"], ready, after["effect"]) == ("no_policy", 503, "allow")


def test_a_unix_socket_serves_its_owner_alone(tmp_path: Path) -> None:
    """`--uds` listens on a socket that only its owner may open, and takes a dead one's place."""
    # A socket's path may have about a hundred characters, and some systems' temporary folders more.
    folder = tempfile.TemporaryDirectory(dir="/tmp")
    path = Path(folder.name) / "gate.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with GatewayProcess(tmp_path, "--uds", str(path)) as gateway:
        mode = stat.S_IMODE(path.stat().st_mode)
        allowed = Client(uds=str(path), key=gateway.key).check(
            "pay", {"recipient": "A", "amount": 5}
        )
        second = drawbar("serve", "--uds", path, "--data", "other", cwd=tmp_path)
        still = Client(uds=str(path), key=gateway.key).check("pay", {"recipient": "A", "amount": 5})

    folder.cleanup()
    assert mode == 0o600
    assert allowed.allowed
    assert (second.returncode, "in use" in second.stderr) == (1, True)
    assert still.allowed


def test_what_is_stored_is_its_owners_alone(tmp_path: Path) -> None:
    """Store, digest key and folder are closed to group and others."""
    with GatewayProcess(tmp_path, "--port", "0") as gateway:
        gateway.check()
        paths = [tmp_path / "var", *(tmp_path / "var").iterdir()]
        open_to_others = [path.name for path in paths if path.stat().st_mode & 0o077]

    assert open_to_others == []


def test_the_sdk_asks_a_real_gateway(tmp_path: Path) -> None:
    """Allow, ask and deny reach the agent; a gateway that is gone is a deny."""
    with GatewayProcess(tmp_path, "--port", "0") as gateway:
        client = Client(gateway.address, key=gateway.key)
        small = client.check("pay", {"recipient": "Ada", "amount": 50})
        large = client.check("pay", {"recipient": "Ada", "amount": 500})
        gone_file = client.check("delete_file", {"path": "x"})
        dry = client.check("pay", {"recipient": "Ada", "amount": 50}, dry_run=True)
        stranger = Client(gateway.address, key="drw_wrong").check("pay", {})
        gateway.stop()
        gone = client.check("pay", {"recipient": "Ada", "amount": 50})

    assert (small.allowed, small.effect) == (True, "allow")
    assert (large.allowed, large.effect) == (False, "ask")
    assert (gone_file.allowed, gone_file.retryable) == (False, False)
    assert (dry.allowed, dry.effect) == (False, "allow")
    assert (stranger.allowed, stranger.reason) == (False, "unauthenticated")
    assert (gone.allowed, gone.reason) == (False, "unreachable")


def test_the_logs_are_json_in_a_pipe_and_hold_no_key(tmp_path: Path) -> None:
    """Every log line outside the greeting parses, and the key stands only in the greeting."""
    with GatewayProcess(tmp_path, "--port", "0") as gateway:
        gateway.check()
        gateway.check(args={"recipient": "x" * 300_000, "amount": 1})
        gateway.stop()
        lines = [line for line in gateway.printed().splitlines() if line.startswith("{")]

    assert all(json.loads(line)["level"] for line in lines)
    assert not any(re.search(r"drw_", line) for line in lines)


def test_starting_takes_no_setting_from_an_unknown_variable(tmp_path: Path) -> None:
    """A misspelt variable stops the start rather than being ignored."""
    environment = {**os.environ, "DRAWBAR_POLICY": "x"}
    run = subprocess.run(
        [sys.executable, "-m", "app.cli", "serve"],
        cwd=tmp_path,
        env=environment,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (run.returncode, "did you mean `DRAWBAR_POLICIES`?" in run.stderr) == (1, True)
