"""Messages are signed as Standard Webhooks says, and go nowhere else."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from app.sending import webhook
from app.sending.settings import TargetSettings
from app.sending.webhook import Outcome
from tests.app.sending.receiving import receiving

# The example of the specification's own libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_that_of_the_specification() -> None:
    """The published example is signed as it is published."""
    told = webhook.headers(SECRET, MESSAGE, AT, BODY)

    assert told["webhook-signature"] == SIGNATURE
    assert (told["webhook-id"], told["webhook-timestamp"]) == (MESSAGE, "1614265330")


@pytest.mark.parametrize("secret", ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_abc?"])
def test_a_secret_must_be_one(secret: str) -> None:
    """A secret that is short, or no secret of this kind, is refused when it is set."""
    with pytest.raises(ValueError, match="whsec_"):
        webhook.key(secret)


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"webhook": "http://example.com/hook", "secret": SECRET},
        {"webhook": "ftp://example.com", "secret": SECRET},
        {"webhook": "https://", "secret": SECRET},
        {"webhook": "https://example.com/hook"},
        {"log": True, "tries": 0},
        {"log": True, "to": "ops"},
    ],
)
def test_a_target_must_be_usable(table: dict[str, object]) -> None:
    """Nothing to send to, in clear over a network, unsigned, or misspelt: no start."""
    with pytest.raises(ValueError, match=r"."):
        TargetSettings.model_validate(table)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Outcome.SENT),
        (204, Outcome.SENT),
        (302, Outcome.FAILED),
        (404, Outcome.FAILED),
        (410, Outcome.REFUSED),
        (500, Outcome.FAILED),
    ],
)
def test_what_an_answer_means(status: int, expected: Outcome) -> None:
    """Only 2xx is sent; 410 is never tried again; a redirect is followed nowhere."""

    async def attempt(address: str) -> tuple[Outcome, str]:
        async with httpx.AsyncClient(follow_redirects=False) as client:
            return await webhook.send(client, address, {}, BODY, 5)

    with receiving(status) as receiver:
        outcome, why = asyncio.run(attempt(receiver.address))

    assert (outcome, why) == (expected, str(status))


def test_nobody_there_is_a_failed_attempt() -> None:
    """A closed port is a fault of the attempt, and none of ours."""

    async def attempt() -> tuple[Outcome, str]:
        async with httpx.AsyncClient() as client:
            return await webhook.send(client, "http://127.0.0.1:1/hook", {}, BODY, 5)

    assert asyncio.run(attempt()) == (Outcome.FAILED, "ConnectError")
