"""Ten thousand spoilt requests: none is a server fault, and none is allowed by mistake."""

import json
import random
from typing import Any, Final

from dsl import strictjson
from tests.harness import GatewayHarness, pay

GOOD: Final = json.dumps(pay(args={"amount": 5, "to": "Ada", "tags": ["x", None, True]})).encode()
JUNK: Final = (b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\x00", b"\xff", b"1", b"e9", b"-")
ROUNDS: Final = 10_000


def spoilt(rng: random.Random) -> bytes:
    """Return the good body with one to four bytes taken, put in, repeated or changed."""
    body = bytearray(GOOD)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(body))
        match rng.randrange(4):
            case 0:
                del body[at : at + rng.randint(1, 6)]
            case 1:
                body[at:at] = rng.choice(JUNK)
            case 2:
                body[at:at] = body[at : at + rng.randint(1, 12)]
            case _:
                body[at] = rng.randrange(256)
    return bytes(body)


def is_allowed_by_the_policy(body: bytes) -> bool:
    """Say by hand what the test policy allows: a plain payment of at most 100."""
    call: Any = strictjson.read(body)
    amount = call["args"]["amount"]
    return call["tool"] == "pay" and type(amount) is not bool and amount <= 100


def test_spoilt_requests_are_never_a_fault_and_never_allowed_by_mistake(
    gateway: GatewayHarness,
) -> None:
    """Each answer is a decision or a problem that denies; an allow stands only for a good call."""
    rng = random.Random(20260302)  # noqa: S311 - the same bodies in every run
    statuses: dict[int, int] = {}
    for _ in range(ROUNDS):
        body = spoilt(rng)
        answer = gateway.check_bytes(body)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        assert answer.status_code in (200, 422), body
        if answer.json()["effect"] == "allow":
            assert is_allowed_by_the_policy(body), body

    assert statuses[200] > 100
    assert statuses[422] > 1000
