"""`drawbar revisions`: an auditor reads the policy that decided, beside the store."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import text

from app.cli.main import cli
from tests.harness import POLICY, GatewayHarness, pay

LATER = POLICY.replace("<= 100", "<= 1")


def run(gateway: GatewayHarness, *words: str) -> Result:
    """Run a command on the store of a gateway."""
    return CliRunner().invoke(cli, [*words, "--data", str(gateway.settings.data)])


def done(gateway: GatewayHarness, statement: str) -> None:
    """Do something to the store behind the gateway's back."""

    async def work() -> None:
        async with gateway.gateway.database.write() as connection:
            await connection.execute(text(statement))

    gateway.run(work())


def two(gateway: GatewayHarness) -> tuple[Any, Any]:
    """Decide a call under a policy, and one under the next; return both records."""
    gateway.check(pay())
    gateway.write("bank.bar", LATER)
    gateway.write("more.bar", "policy more version 1;\nrule x: deny steal;")
    gateway.reload()
    gateway.check(pay(call_id="c2"))
    after, before = gateway.records()
    return before, after


def test_a_record_leads_to_the_text_that_decided(gateway: GatewayHarness) -> None:
    """`drawbar decisions` says how, and what it says works: the whole, or one file as it was."""
    before, after = two(gateway)
    shown = run(gateway, "decisions", before.id).stdout
    said = next(line for line in shown.splitlines() if "drawbar revisions show" in line)
    whole = run(gateway, "revisions", "show", said.split()[-1])

    assert before.revision in said
    assert whole.exit_code == 0
    assert before.revision_digest in whole.stdout
    assert f"--- bank.bar\n{POLICY}" in whole.stdout
    one = run(gateway, "revisions", "show", after.revision, "--file", "bank.bar")
    assert one.stdout == LATER


def test_revisions_are_listed_newest_first(gateway: GatewayHarness) -> None:
    """Each by its digest, and by how it was called last."""
    before, after = two(gateway)
    lines = run(gateway, "revisions", "list").stdout.splitlines()
    listed = json.loads(run(gateway, "revisions", "list", "--format", "json").stdout)

    assert [one.revision_digest in line for one, line in zip((after, before), lines, strict=True)]
    assert [line.split()[-1] for line in lines] == [after.revision, before.revision]
    assert [one["digest"] for one in listed] == [after.revision_digest, before.revision_digest]
    assert len(run(gateway, "revisions", "list", "--limit", "1").stdout.splitlines()) == 1


def test_a_difference_is_a_unified_diff(gateway: GatewayHarness) -> None:
    """What `diff -u` would say, new files included; a revision does not differ from itself."""
    before, after = two(gateway)
    found = run(gateway, "revisions", "diff", before.revision, after.revision_digest)
    same = run(gateway, "revisions", "diff", before.revision, before.revision)

    assert (found.exit_code, same.exit_code, same.stdout) == (3, 0, "")
    assert "--- a/bank.bar\n+++ b/bank.bar\n" in found.stdout
    assert "-rule small: allow pay when args.amount <= 100;\n" in found.stdout
    assert "+rule small: allow pay when args.amount <= 1;\n" in found.stdout
    assert "--- /dev/null\n+++ b/more.bar\n" in found.stdout
    assert found.stdout.endswith("+rule x: deny steal;\n\\ no newline at the end\n")


def test_what_was_changed_is_found_by_both_commands(gateway: GatewayHarness) -> None:
    """`audit verify` looks too, with the records; what was changed is not shown as if whole."""
    before, _ = two(gateway)
    assert run(gateway, "revisions", "verify").stdout == "2 revisions: all as they were written\n"
    assert "2 revisions: all as they were written" in run(gateway, "audit", "verify").stdout

    done(gateway, "UPDATE revisions SET content = replace(content, '<= 100', '<= 1000')")
    alone = run(gateway, "revisions", "verify")
    shown = run(gateway, "revisions", "show", before.revision)

    assert alone.exit_code == 3
    assert f"revision {before.revision_digest}: its text was changed" in alone.stdout
    assert run(gateway, "audit", "verify").exit_code == 3
    assert shown.exit_code == 1
    assert "its text is not the one of its digest" in str(shown.exception)

    done(gateway, "DELETE FROM revisions WHERE content LIKE '%<= 1000%'")
    told = run(gateway, "audit", "verify").stdout
    assert f"its revision {before.revision} ({before.revision_digest}) is gone" in told


def test_another_key_does_not_vouch_for_anything(gateway: GatewayHarness, tmp_path: Path) -> None:
    """Held against a key that signed nothing here, each revision and each time is named."""
    from memory.records.signer import PUBLIC, file_signer  # noqa: PLC0415

    two(gateway)
    other = tmp_path / "other"
    other.mkdir()
    file_signer(other)
    found = run(gateway, "revisions", "verify", "--public-key", str(other / PUBLIC))

    assert found.exit_code == 3
    assert found.stdout.count("it is not signed by a key that is trusted") == 4


def test_what_is_not_there_is_said(gateway: GatewayHarness) -> None:
    """A revision that is not kept, a file it has not, a name that is none."""
    name = gateway.gateway.live.revision or ""
    for words, said in (
        (("show", "1:sha256:000000000000"), "keeps no such revision"),
        (("show", "main"), "names no revision"),
        (("show", name, "--file", "x.bar"), "has no file `x.bar`; it has `bank.bar`"),
    ):
        found = run(gateway, "revisions", *words)
        assert found.exit_code == 1
        assert said in str(found.exception)


def test_kept_policies_judge_what_was_decided(gateway: GatewayHarness) -> None:
    """Today's call by yesterday's policy, without its folder; and either it or a folder."""
    before, after = two(gateway)
    old = run(gateway, "replay", "--revision", before.revision)
    now = run(gateway, "replay", "--revision", after.revision)
    neither = run(gateway, "replay")
    both = ("--revision", before.revision, "--policy", str(gateway.policies))

    assert "1 deny -> allow by bank/small" in old.stdout
    assert "1 allow -> deny (no_rule)" in now.stdout
    assert neither.exit_code == 2
    assert run(gateway, "replay", *both).exit_code == 2
