"""No policy decides before its text is kept."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.data_folder import DIGEST_KEY
from app.deciding.unknowns import Rules
from app.policy import policies
from app.policy.revising import restored
from app.settings import Settings
from app.sources.source import Fresh
from app.wiring import Gateway
from memory.records.signer import PUBLIC, key_id, public_key
from memory.records.verify import verify
from memory.revisions.revision import File, Revision, RevisionFault, Texts
from memory.revisions.store import Keeper
from tests.harness import POLICY, GatewayHarness, pay
from tests.stores import postgres_store

TOOLS = '{"tools": [{"name": "pay", "inputSchema": {"type": "object"}}]}'
LATER = POLICY.replace("<= 100", "<= 1")
SHUT = "CREATE TRIGGER shut BEFORE INSERT ON {} BEGIN SELECT RAISE(ABORT, 'shut'); END"


def done(gateway: GatewayHarness, statement: str) -> None:
    """Do something to the store behind the gateway's back."""

    async def work() -> None:
        async with gateway.gateway.database.write() as connection:
            await connection.execute(text(statement))

    gateway.run(work())


def flaws(gateway: GatewayHarness) -> list[str]:
    """Return what an auditor finds wrong."""
    key = public_key(gateway.settings.data / PUBLIC)
    report = gateway.run(verify(gateway.gateway.database, {key_id(key): key}))
    return [f"{one.where}: {one.what}" for one in report.flaws]


def texts(gateway: GatewayHarness, name: str) -> dict[str, str]:
    """Return the files of a kept revision."""
    found = gateway.run(gateway.gateway.revisions.get(name))
    return {one.name: one.text for one in found.texts.files}


def test_a_record_leads_to_every_word_that_decided(gateway: GatewayHarness) -> None:
    """Policies, tools files and bindings, by their names in the folder."""
    folder = gateway.policies / "more"
    folder.mkdir()
    named = 'policy other version 1;\nuse tools "my.tools.json";\nrule x: deny steal;\n'
    (folder / "other.bar").write_text(named, "utf-8")
    (folder / "my.tools.json").write_text(TOOLS, "utf-8")
    bound = '# on one edge\n[[bind]]\npolicy = "other"\nedges = ["mcp"]\n'
    gateway.write("bindings.toml", bound)
    gateway.reload()
    assert gateway.gateway.live.refused is None
    gateway.check(pay())
    record = gateway.records()[0]
    gateway.write("bank.bar", LATER)
    gateway.reload()

    kept = texts(gateway, record.revision_digest)
    assert kept == {
        "bank.bar": POLICY,
        "more/other.bar": named,
        "more/my.tools.json": TOOLS,
        "bindings.toml": bound,
    }
    assert record.revision_digest.startswith(record.revision.partition(":")[2])
    assert texts(gateway, gateway.gateway.live.revision or "")["bank.bar"] == LATER
    assert flaws(gateway) == []


def test_a_store_that_keeps_nothing_leaves_the_policies_before_in_force(
    gateway: GatewayHarness,
) -> None:
    """It is said in the log, in readiness and in metrics; once the store keeps it, it decides."""
    before = gateway.gateway.live.revision
    done(gateway, SHUT.format("revisions"))
    gateway.write("bank.bar", POLICY.replace("allow pay", "deny pay"))
    with capture_logs() as logs:
        gateway.reload()
    ready = gateway.request("GET", "/readyz")

    assert gateway.check(pay()).json()["effect"] == "allow"
    assert gateway.gateway.live.revision == before
    assert [one["event"] for one in logs if one["log_level"] == "error"] == [
        "policies refused, the ones before stay in force"
    ]
    assert (ready.status_code, ready.json()["faults"]) == (503, ["revision_not_kept"])
    metrics = gateway.request("GET", "/metrics").text
    assert "drawbar_policy_refused 1.0" in metrics
    assert 'drawbar_faults_total{edge="none",stage="revision"}' in metrics

    done(gateway, "DROP TRIGGER shut")
    gateway.reload()
    assert gateway.check(pay()).json()["effect"] == "deny"
    assert gateway.request("GET", "/readyz").status_code == 200
    assert flaws(gateway) == []


def test_it_is_tried_again_without_a_change_of_the_folder(gateway: GatewayHarness) -> None:
    """The watch looks every few seconds: a store that recovers needs nobody to touch a file."""
    before = gateway.gateway.live.revision
    done(gateway, SHUT.format("revisions_in_force"))
    gateway.write("bank.bar", LATER)
    gateway.reload()
    assert gateway.gateway.live.revision == before
    done(gateway, "DROP TRIGGER shut")

    async def taken() -> None:
        async with asyncio.timeout(60):
            while gateway.gateway.live.revision == before:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    gateway.run(taken())
    assert gateway.request("GET", "/readyz").json()["faults"] == []


def test_a_gateway_that_can_keep_nothing_denies_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first start there is nothing before it, so there is no policy."""

    async def full(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Keeper, "keep", full)
    held = GatewayHarness(tmp_path)
    said = held.check(pay()).json()
    ready = held.request("GET", "/readyz").json()
    held.close()

    assert (said["effect"], said["reason"], said["revision"]) == ("deny", "no_policy", None)
    assert ready["faults"] == ["no_policy", "revision_not_kept"]


def test_another_text_under_the_same_digest_is_not_taken_up(tmp_path: Path) -> None:
    """A store somebody wrote to must not vouch for what will decide now."""
    first = GatewayHarness(tmp_path)
    done(first, "UPDATE revisions SET content = replace(content, '<= 100', '<= 1000')")
    first.close()
    again = GatewayHarness(tmp_path)
    said, refused = again.check(pay()).json(), again.gateway.live.refused
    again.close()

    assert (said["effect"], said["reason"]) == ("deny", "no_policy")
    assert refused is not None
    assert "the store keeps another text" in refused


def test_a_start_with_the_same_policies_keeps_nothing_twice(tmp_path: Path) -> None:
    """One text, and a time for each start, under the name of the writer that its records have."""
    for _ in range(3):
        held = GatewayHarness(tmp_path)
        held.check(pay())
        found, _after = held.run(held.gateway.revisions.page(10))
        taken = held.run(held.gateway.revisions.in_force([found[0].digest], 10))
        writer = held.gateway.log.writer
        held.close()

    assert len(found) == 1
    assert taken[found[0].digest][0].writer == writer
    assert len({one.writer for one in taken[found[0].digest]}) == 3


def test_a_policy_that_is_served_alone_is_kept_with_its_tools(tmp_path: Path) -> None:
    """Where the setting names one file, its tools file beside it belongs to the revision."""
    (tmp_path / "policies").mkdir()
    named = POLICY.replace("version 1;\n", 'version 1;\nuse tools "my.tools.json";\n')
    (tmp_path / "policies" / "bank.bar").write_text(named, "utf-8")
    (tmp_path / "policies" / "my.tools.json").write_text(TOOLS, "utf-8")
    settings = Settings(data=tmp_path / "data", policies=tmp_path / "policies" / "bank.bar")

    async def work() -> list[str]:
        gateway = Gateway(settings)
        await gateway.open()
        found = await gateway.revisions.get(gateway.live.revision or "")
        await gateway.close()
        return [one.name for one in found.texts.files]

    assert asyncio.run(work()) == ["bank.bar", "my.tools.json"]


@pytest.mark.parametrize("audit", ["group", "async"])
def test_it_is_kept_before_it_decides_whenever_records_are_stored(
    tmp_path: Path, audit: str
) -> None:
    """Also where a decision may be answered before its record is on disk."""
    held = GatewayHarness(tmp_path, audit=audit)
    order: list[str] = []
    kept, swapped = held.gateway.live._keep, held.gateway.live._swap

    async def keep(fresh: Fresh, number: int) -> None:
        await kept(fresh, number)
        found, _ = await held.gateway.revisions.page(10)
        order.append(f"kept {fresh.policies.digest in [one.digest for one in found]}")

    def swap(fresh: policies.PolicySet, rules: Rules) -> None:
        order.append("in force")
        swapped(fresh, rules)

    held.gateway.live._keep, held.gateway.live._swap = keep, swap  # type: ignore[method-assign]
    held.write("bank.bar", LATER)
    held.reload()
    held.close()

    assert order == ["kept True", "in force"]


def test_two_reloads_at_once_take_one_revision_up_once(gateway: GatewayHarness) -> None:
    """The watch and somebody else may read the folder at the same time."""
    gateway.write("bank.bar", LATER)

    async def both() -> None:
        await asyncio.gather(*(gateway.gateway.live.reload() for _ in range(4)))

    gateway.run(both())
    assert (gateway.gateway.live.revision or "").startswith("2:")


@pytest.fixture
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[GatewayHarness]]:
    """Return a list of gateways that will share one PostgreSQL."""
    url = postgres_store(request.getfixturevalue("postgres"))
    made: list[GatewayHarness] = []
    for n in range(2):
        (tmp_path / str(n) / "data").mkdir(parents=True)
        if made:
            secret = (made[0].settings.data / DIGEST_KEY).read_bytes()
            (tmp_path / str(n) / "data" / DIGEST_KEY).write_bytes(secret)
        made.append(GatewayHarness(tmp_path / str(n), database_url=url))
    yield made
    for one in made:
        one.close()


def test_gateways_on_one_store_share_the_text(shared: list[GatewayHarness]) -> None:
    """One row, signed by whoever was first, and each gateway's own time, signed by itself."""
    for one in shared:
        one.check(pay())
    found, _ = shared[0].run(shared[0].gateway.revisions.page(10))
    taken = shared[0].run(shared[0].gateway.revisions.in_force([found[0].digest], 10))

    assert len(found) == 1
    assert {one.writer for one in taken[found[0].digest]} == {
        one.gateway.log.writer for one in shared
    }


def test_kept_policies_are_read_as_they_were(gateway: GatewayHarness) -> None:
    """Put back, they have the same digest; a name that leads elsewhere is refused."""
    gateway.write("bindings.toml", '[[bind]]\npolicy = "bank"\nedges = ["http"]\n')
    gateway.reload()
    current = gateway.gateway.live.current
    kept = gateway.run(gateway.gateway.revisions.get(current.digest))
    found = restored(kept)

    assert found.bindings == current.bindings
    assert found.policies == current.policies
    away = Texts((File("../bank.bar", POLICY),), ("../bank.bar",))
    with pytest.raises(RevisionFault, match="does not lie in"):
        restored(Revision(away.digest(), kept.at, "w", "k", away))
