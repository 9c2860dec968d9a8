"""A policy that asks what nobody may tell is told of when it is taken up."""

from pathlib import Path

import pytest

from memory.keys import Scope
from tests.harness import GatewayHarness

POLICY = """\
policy p version 1;
rule named: allow pay when args.to from user;
rule known: deny pay when not args.to from [user, trusted];
rule calm on reply: deny when reply contains "x";
rule plain: deny erase;
"""


def told(gateway: GatewayHarness, capsys: pytest.CaptureFixture[str]) -> str:
    """Take the policies up once more; return what is printed, and no older words."""
    capsys.readouterr()
    gateway.write("p.bar", POLICY + f"# {len(list(gateway.policies.iterdir()))}\n")
    gateway.write("q.bar", "overlay o version 1;\n")
    gateway.reload()
    return capsys.readouterr().out


def rules(gateway: GatewayHarness) -> float:
    found = gateway.request("GET", "/metrics").text.splitlines()
    return float(next(line for line in found if line.startswith("drawbar_edge_cannot ")).split()[1])


def test_what_no_key_may_send_is_told_of_as_the_policy_is_taken_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each rule that then can only refuse or never run is named, with the scope that is missing."""
    gateway = GatewayHarness(tmp_path, None)
    for key in gateway.run(gateway.gateway.keys.all()):
        gateway.run(gateway.gateway.keys.revoke(key.id, gateway.gateway.now()))
    gateway.key = gateway.new_key([Scope.CHECK])
    said = told(gateway, capsys)
    count = rules(gateway)
    gateway.close()

    assert "`named` needs user words, and no key may send them (`observe.user`)" in said
    assert "`known` needs results" in said
    assert "`calm` needs replies" in said
    assert "`plain`" not in said
    assert count == 4


def test_where_a_key_may_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A host that may send it is trusted to."""
    gateway = GatewayHarness(tmp_path, None)
    said = told(gateway, capsys)
    count = rules(gateway)
    gateway.close()

    assert "cannot be answered" not in said
    assert count == 0


def test_without_any_key_nothing_is_said_until_there_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new store has none yet: nobody can ask, and what the first key lacks is told with it."""
    gateway = GatewayHarness(tmp_path, None)
    for key in gateway.run(gateway.gateway.keys.all()):
        gateway.run(gateway.gateway.keys.revoke(key.id, gateway.gateway.now()))
    before = told(gateway, capsys)
    gateway.new_key([Scope.CHECK])
    gateway.run(gateway.gateway.heed_keys())
    after = capsys.readouterr().out
    gateway.close()

    assert "cannot be answered" not in before
    assert "`named` needs user words" in after


def test_what_an_edge_sees_by_itself_no_key_needs_to_send_there(tmp_path: Path) -> None:
    """A policy that is bound to the MCP edge alone, or to no edge here, lacks no scope for it."""
    gateway = GatewayHarness(tmp_path, None)
    for key in gateway.run(gateway.gateway.keys.all()):
        gateway.run(gateway.gateway.keys.revoke(key.id, gateway.gateway.now()))
    gateway.key = gateway.new_key([Scope.CHECK])
    gateway.write(
        "p.bar", 'policy p version 1; rule seen on result: deny pay when result.a == "x";'
    )
    found = []
    for entry in ("", 'edges = ["mcp"]', 'environments = ["elsewhere"]'):
        gateway.write("bindings.toml", f'[[bind]]\npolicy = "p"\n{entry}\n')
        gateway.reload()
        assert gateway.gateway.live.refused is None
        found.append(rules(gateway))
    gateway.close()

    assert found == [1.0, 0.0, 0.0]
