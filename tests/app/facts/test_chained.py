"""Facts that depend on facts, of calls that are changed, of several policies."""

from pathlib import Path
from typing import Any

from tests.app.facts.asking import POLICY, Gateway
from tests.app.facts.serving import Server, says, slowly

CHAIN = """\
policy p version 1;
fact a = lookup get_a(id: args.id) within 2s;
fact b = lookup get_b(id: fact.a.next) within 2s;
fact c = lookup get_c(id: fact.b.next) within 2s;
fact d = lookup get_d(id: fact.c.next) within 2s;
rule open: allow send when fact.d.next == "end" and fact.a.next == "1";
"""


def chained(server: Server) -> dict[str, Any]:
    """Return four sources that each say what to ask the next one."""
    for name, asked, says_next in (
        ("a", "a", "1"),
        ("b", "1", "2"),
        ("c", "2", "3"),
        ("d", "3", "end"),
    ):  # fmt: skip
        server.answers[f"/{name}/{asked}"] = says({"next": says_next})
    return {
        f"get_{name}": {"kind": "http", "url": f"{server.address}/{name}/{{id}}"} for name in "abcd"
    }


def test_facts_may_depend_on_facts(tmp_path: Path, server: Server) -> None:
    """Four that need each other are looked up one after another, each once."""
    gateway = Gateway(tmp_path, server, CHAIN, more=chained(server))
    whole = gateway.effect()
    server.answers.pop("/c/2")
    broken = gateway.ask(session="s2")
    gateway.close()

    assert (whole, broken["effect"]) == ("allow", "deny")
    assert server.paths == ["/a/a", "/b/1", "/c/2", "/d/3", "/a/a", "/b/1", "/c/2"]


def test_a_changed_call_has_facts_of_its_own(tmp_path: Path, server: Server) -> None:
    """What would run is judged by what is true of it, and so is what was asked for."""
    policy = """\
policy p version 1;
fact limit = lookup get_limit(id: args.id) within 2s;
rule open: allow send with set(args.id, "b");
rule over: deny send when args.amount > fact.limit;
"""
    gateway = Gateway(tmp_path, server, policy)
    can = {"changed_args": True}
    effects = []
    for limit_of_b in (10, 1):
        server.answers["/limits/b"] = says(limit_of_b)
        effects.append(gateway.effect(session=None, supports=can))
    gateway.close()

    assert effects == ["allow", "deny"]
    assert server.paths == ["/limits/a", "/limits/b"] * 2


def test_two_policies_ask_once(tmp_path: Path, server: Server) -> None:
    """One answer stands for the whole decision; each waits only as long as it says itself."""
    server.answers["/limits/a"] = slowly(10, 1.2)
    gateway = Gateway(tmp_path, server, source={"timeout_ms": 5_000})
    gateway.write("q.bar", POLICY.replace("policy p", "policy q").replace("within 2s", "within 1s"))
    gateway.reload()
    said = gateway.ask()
    gateway.close()

    assert server.paths == ["/limits/a"]
    assert [(one["policy"], one["cause"]) for one in said["reasons"]] == [("q", "timeout")]


def test_a_fact_that_decides_nothing_is_not_looked_up(tmp_path: Path, server: Server) -> None:
    """What stands before it in the condition spares the question."""
    policy = POLICY.replace("when args.amount >", "when args.amount > 100 and args.amount >")
    gateway = Gateway(tmp_path, server, policy)
    effect = gateway.effect()
    gateway.close()

    assert (effect, server.paths) == ("allow", [])
