"""`drawbar decisions`: one line for each thing that was decided."""

from click.testing import CliRunner

from app.cli.main import cli
from tests.harness import GatewayHarness, pay


def test_a_result_and_a_reply_are_told_from_calls(gateway: GatewayHarness) -> None:
    """Three records of one call's story: each line says what it is about."""
    assert gateway.check(pay(session="s")).json()["effect"] == "allow"
    came = {"type": "result", "id": "e1", "call_id": "c1", "result": "paid"}
    reply = {"type": "reply", "id": "e2", "text": "It is paid."}
    gateway.request("POST", "/v1/observe", json={"session": "s", "events": [came, reply]})

    shown = CliRunner().invoke(cli, ["decisions", "--data", str(gateway.settings.data)])
    about = [line.split("  ")[2] for line in shown.stdout.splitlines()]

    assert sorted(about) == ["pay", "reply", "result of pay"]
