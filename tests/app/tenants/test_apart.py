"""Two tenants on one gateway: neither reads the other, and neither changes the other."""

import tempfile
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.api.stream import _watched
from app.auth import Caller
from app.sending.shapes import Shape
from memory.records.following import heads
from tests.app.tenants.living import OFF, Two, operators
from tests.harness import pay
from tests.memory.conftest import new_database

STEPS: Final = 100
# What keys of tenants are refused altogether, since policies and the gateway are the operator's.
# What says no `2xx` to what is drawn here, and is held apart by tests of its own.
NEVER: Final = ("POST /v1/approvals/{approval_id}/user/{word}",)


def live(folder: Path, seed: int, steps: int = STEPS, **given_: Any) -> Two:
    """Let two tenants live for a while; what must hold is held at each step."""
    two = Two(folder, Random(seed), **given_)  # noqa: S311 - what is drawn is no secret
    try:
        for _ in range(steps):
            two.step()
    finally:
        two.close()
    return two


@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=4, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_no_answer_holds_anything_of_another_tenant(seed: int) -> None:
    """Whatever is sent: no word, no id, no change and no hint that something is there."""
    with tempfile.TemporaryDirectory() as folder:
        live(Path(folder), seed)


@pytest.mark.heavy
@pytest.mark.timeout(1200)  # half of its steps took 160 s of two processors
def test_nothing_comes_across_in_thousands_of_requests(tmp_path: Path) -> None:
    """The same for longer; how many requests that were is printed, and stands in the docs."""
    sent = 0
    for seed in range(20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        sent += live(folder, seed, 300).sent
    print(f"{sent} requests, 0 cross-tenant reads")  # noqa: T201 - the figure of docs/measured.md

    assert sent >= 6_000


def test_the_same_holds_on_postgresql(tmp_path: Path, postgres: Any) -> None:
    """The other store keeps tenants apart in the same way."""
    two = live(tmp_path, 7, 60, database_url=new_database(postgres))

    assert two.sent >= 60


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Two:
    """Return two tenants who have sent something to each route many times."""
    return live(tmp_path_factory.mktemp("two"), 1, 500)


def test_every_route_was_driven_and_answered(lived: Two) -> None:
    """The routes come from the application, so one that nobody thought of is driven too.

    Each was answered with what was asked for at least once; else nothing was shown of it here.
    """
    assert set(lived.answered) == {one.name for one in lived.routes}
    refused = {
        name for name, codes in lived.answered.items() if not any(one < 300 for one in codes)
    }
    closed = {name for name in refused if operators(name)}
    off = {name for name in lived.answered if OFF in name}
    assert refused - closed - off == set(NEVER)
    assert off <= refused
    for name in closed:
        assert lived.answered[name] <= {403, 422}, name


def test_a_watched_stream_shows_records_of_its_tenant_alone(tmp_path: Path) -> None:
    """What the other tenant does meanwhile never comes, and what one's own does comes."""
    two = Two(tmp_path, Random(5))  # noqa: S311 - what is drawn is no secret
    alpha, beta = (two.tenants[name] for name in ("alpha", "beta"))

    async def watch() -> list[str]:
        gateway = two.gateway.gateway
        key = await gateway.ring.find(alpha.keys[0])
        assert key is not None
        stream = _watched(gateway, Caller(key), await heads(gateway.database), Shape.JSON)
        seen = [await anext(stream)]
        for tenant in (beta, alpha, beta):
            body = pay(call_id=f"c{tenant.name}", tool="pay")
            headers = {"Authorization": f"Bearer {tenant.keys[0]}"}
            done = await tenant.browser.post("/v1/check", json=body, headers=headers)
            assert done.status_code == 200
        seen.append(await anext(stream))
        await gateway.keys.revoke(key.id, gateway.now())
        seen += [one async for one in stream]
        return seen

    seen = two.gateway.run(watch())
    two.close()

    assert any(alpha.mark in one for one in seen)
    assert not any(beta.mark in one or "cbeta" in one for one in seen)


def test_metrics_name_no_tenant_subject_or_key(lived: Two) -> None:
    """They are for whoever may reach them, so nothing of a tenant stands there."""
    text = lived.metrics

    assert "drawbar_decisions_total" in text
    for one in lived.tenants.values():
        for word in (one.name, one.mark, *one.ids):
            assert word not in text


def test_ids_that_look_alike_are_two(lived: Two) -> None:
    """Both tenants used the same names for sessions and calls, so this was put to the test."""
    seen = {name: lived.names[name] for name in ("alpha", "beta")}

    assert seen["alpha"] & seen["beta"]
