"""What a rule requires to be told is sent by the gateway, once the call is let through."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.sending import sender as sending
from app.sending.settings import TargetSettings
from memory.outbox.outbox import Message
from memory.tables import outbox, records
from tests.app.sending.receiving import receiving
from tests.app.sending.test_webhook import SECRET
from tests.harness import GatewayHarness, pay

POLICY = """
policy bank version 1;
rule large: allow pay when args.amount > 100 because "large" require notify("security");
rule small: allow pay when args.amount <= 100;
rule asked: ask refund require notify("security");
"""


_LOG = TargetSettings(log=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LOOK_S", 0.02)
    monkeypatch.setattr(sending, "wait", lambda _tries: sending.FIRST * 0)


def _gateway(folder: Path, address: str | None, **target: Any) -> GatewayHarness:
    told = {"webhook": address, "secret": SECRET} if address else {"log": True}
    return GatewayHarness(folder, POLICY, notify={"security": TargetSettings(**told, **target)})


def notices(gateway: GatewayHarness) -> list[dict[str, Any]]:
    """Wait until something was recorded of messages, and return it."""

    async def read() -> list[dict[str, Any]]:
        query = select(records.c.content).where(records.c.kind == "notice")
        for _ in range(2500):
            async with gateway.gateway.database.read() as connection:
                found = (await connection.execute(query)).scalars().all()
            if found:
                return [json.loads(one) for one in found]
            await asyncio.sleep(0.02)
        raise AssertionError("nothing was recorded")

    return gateway.run(read())


def _waiting(gateway: GatewayHarness) -> int:
    async def read() -> int:
        async with gateway.gateway.database.read() as connection:
            return len((await connection.execute(select(outbox.c.id))).all())

    return gateway.run(read())


def test_a_notification_is_sent_signed_and_recorded(tmp_path: Path) -> None:
    """The caller need not support it; the message names the decision and no value of the call."""
    with receiving() as receiver:
        gateway = _gateway(tmp_path, receiver.address)
        said = gateway.check(pay(args={"amount": 500, "to": "a private word"})).json()
        (notice,) = notices(gateway)
        left = _waiting(gateway)
        gateway.close()

    ((told, body),) = receiver.came
    assert (said["effect"], said["obligations"]) == ("allow", [])
    message = json.loads(body)
    assert message["decision_id"] == said["decision_id"]
    assert message["required_by"] == {"policy": "bank", "rule": "large"}
    assert b"private" not in body
    assert told["webhook-signature"].startswith("v1,")
    assert (notice["decision"], notice["outcome"]) == (said["decision_id"], "sent")
    assert left == 0


def test_nothing_is_sent_of_what_does_not_run(tmp_path: Path) -> None:
    """Neither an ask nor a dry run tells anybody; nor a rule that does not apply."""
    with receiving() as receiver:
        gateway = _gateway(tmp_path, receiver.address)
        assert gateway.check(pay(tool="refund", args={})).json()["effect"] == "ask"
        assert gateway.check(pay(args={"amount": 500}, dry_run=True)).json()["effect"] == "allow"
        assert gateway.check(pay(args={"amount": 5}, call_id="c2")).json()["effect"] == "allow"
        assert _waiting(gateway) == 0
        gateway.close()

    assert receiver.came == []


def test_a_failed_attempt_is_made_again(tmp_path: Path) -> None:
    """The same message with the same id comes again, and the record counts the attempts."""
    with receiving(500, 503) as receiver:
        gateway = _gateway(tmp_path, receiver.address)
        gateway.check(pay(args={"amount": 500}))
        (notice,) = notices(gateway)
        gateway.close()

    assert len({told["webhook-id"] for told, _ in receiver.came}) == 1
    assert len(receiver.came) == notice["tries"] == 3


@pytest.mark.parametrize(("statuses", "tries"), [((500,) * 9, 2), ((410,), 1)])
def test_a_message_is_given_up_and_that_is_recorded(
    tmp_path: Path, statuses: tuple[int, ...], tries: int
) -> None:
    """After the last attempt, or where nobody is any more, the record says so."""
    with receiving(*statuses) as receiver:
        gateway = _gateway(tmp_path, receiver.address, tries=2)
        gateway.check(pay(args={"amount": 500}))
        (notice,) = notices(gateway)
        gateway.close()

    assert (notice["outcome"], notice["tries"]) == ("failed" if tries == 2 else "refused", tries)
    assert len(receiver.came) == tries


def test_what_was_not_sent_is_sent_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message outlives its gateway, also one that was being sent when it ended."""
    monkeypatch.setattr("memory.outbox.outbox.LEASE", timedelta(seconds=0.5))
    first = _gateway(tmp_path, "http://127.0.0.1:1/hook")
    first.check(pay(args={"amount": 500}))
    first.close()
    with receiving() as receiver:
        second = _gateway(tmp_path, receiver.address)
        notices(second)
        second.close()

    assert len(receiver.came) == 1


def test_two_gateways_send_a_message_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes a message first, sends it; the other does not see it meanwhile."""
    monkeypatch.setattr(sending, "LOOK_S", 0.2)
    monkeypatch.setattr(sending, "LOOKS", 1000)
    gateway = _gateway(tmp_path, "http://127.0.0.1:1/hook")
    box = gateway.gateway.sender._outbox  # the part under test
    message = Message("msg_1", "default", "d_1", "notify", "security", gateway.gateway.now(), b"")

    async def both() -> list[int]:
        async with gateway.gateway.database.write() as connection:
            await box.post([message]).take(connection)
        found = await asyncio.gather(*(box.due(gateway.gateway.now()) for _ in range(4)))
        return [len(one) for one in found]

    assert sum(gateway.run(both())) == 1
    gateway.close()


def test_a_line_in_the_log_is_a_target_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`log = true` needs nobody who listens."""
    gateway = _gateway(tmp_path, None)
    gateway.check(pay(args={"amount": 500}))
    notices(gateway)
    gateway.close()

    assert "a rule wants this to be known" in capsys.readouterr().out


def test_a_new_approval_is_announced_once(tmp_path: Path) -> None:
    """Whoever asks again about the same call attaches to it, and nobody is told twice."""
    with receiving() as receiver:
        told = {"webhook": receiver.address, "secret": SECRET}
        gateway = GatewayHarness(
            tmp_path,
            POLICY,
            notify={"people": TargetSettings.model_validate(told), "security": _LOG},
            approvals_notify=("people",),
        )
        for _ in range(2):
            said = gateway.check(pay(tool="refund", args={"note": "a private word"})).json()
        (notice,) = notices(gateway)
        gateway.close()

    (body,) = receiver.bodies()
    assert (said["effect"], notice["kind"]) == ("ask", "approval")
    assert body["approval_id"] == said["approval"]["id"]
    assert body["type"] == "drawbar.approval"
    assert b"private" not in receiver.came[0][1]


def test_a_target_of_approvals_must_be_one(tmp_path: Path) -> None:
    """A name that stands nowhere would tell nobody, so it is refused at the start."""
    with pytest.raises(ValueError, match="which is not in `notify`"):
        GatewayHarness(tmp_path, POLICY, approvals_notify=("nobody",))


def test_an_unknown_target_still_denies(tmp_path: Path) -> None:
    """Nobody can tell them, neither the caller nor the gateway: the call does not run."""
    gateway = GatewayHarness(tmp_path, POLICY)
    said = gateway.check(pay(args={"amount": 500})).json()
    gateway.close()

    assert (said["effect"], said["reason"]) == ("deny", "unsupported_obligation")
