"""The linter on policies that cannot be loaded: it tells why, and never raises."""

import pytest

from tests.expect import HEADER, findings

DECLARED = {"send_money": ["amount", "recipient"], "read_file": ["path"]}


@pytest.mark.parametrize(
    "text",
    [
        "rule r: ask send_money when all a in a.to: a == 1;",
        "rule r: ask send_money when any a in args.l: any b in b.l: b == a;",
        "let a = b; let b = a; rule r: allow send_money when a == 1 and b;",
        "let a = a.x and not a; rule r: deny send_money when a and not a;",
        "fact f = lookup g(id: fact.f.id) within 2s; rule r: deny send_money when fact.f.id == 1;",
        'rule r: allow send_money when x and sum(y in z: w) > 1 reply "{args.x}";',
        "let l = [l, l]; rule r: deny send_money when args.a in l;",
        "rule r: deny send_money when lower(lower) == lower and args.a matches /.*/;",
        'overlay o version 1; rule r: allow *; test "t" { expect allow by nobody; }',
    ],
)
def test_a_broken_policy_gets_findings_and_no_fault(text: str) -> None:
    """What leads to itself or to nothing is refused, and every other rule goes on."""
    headed = text if text.startswith("overlay") else HEADER + text
    for declared in (None, DECLARED):
        found = findings(headed, declared)
        assert "error" in {one.level for one in found}
