"""Thousands of spoilt requests: none is a server fault, and none is allowed by mistake."""

import json
import random
from typing import Any, Final

from dsl import strictjson
from tests.drawn import some
from tests.harness import GatewayHarness, pay

GOOD: Final = json.dumps(pay(args={"amount": 5, "to": "Ada", "tags": ["x", None, True]})).encode()
JUNK: Final = (b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\x00", b"\xff", b"1", b"e9", b"-")
ROUNDS: Final = some(10_000)
BATCHES: Final = some(1_000)


def spoilt(rng: random.Random, good: bytes = GOOD) -> bytes:
    """Return a good body with one to four bytes taken, put in, repeated or changed."""
    body = bytearray(good)
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


VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    101,
    -1,
    1.5,
    "",
    "x",
    "pay",
    [],
    [5],
    {},
    {"amount": 5},
)


def bent(rng: random.Random) -> bytes:
    """Return the good call with a member or an argument set to another value, or left out."""
    call = json.loads(GOOD)
    inside = rng.choice((call, call["args"]))
    name = rng.choice((*inside, "session", "wait_s", "dry_run", "nonsense"))
    if rng.randrange(4):
        inside[name] = rng.choice(VALUES)
    else:
        inside.pop(name, None)
    return json.dumps(call).encode()


def is_allowed_by_the_policy(body: bytes) -> bool:
    """Say by hand what the test policy allows: a plain payment of at most 100."""
    return is_good(strictjson.read(body))


def is_good(call: Any) -> bool:
    """Say by hand whether a call is a plain payment of at most 100."""
    args = call.get("args") or strictjson.read(call["args_text"])
    amount = args["amount"]
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

    assert statuses[200] > some(100)
    assert statuses[422] > some(1000)


def test_spoilt_batches_are_never_a_fault_and_never_allowed_by_mistake(
    gateway: GatewayHarness,
) -> None:
    """Of three calls one is spoilt, or the batch around them: what is allowed is a good call."""
    rng = random.Random(20260303)  # noqa: S311 - the same bodies in every run
    statuses: dict[int, int] = {}
    headers = {"Content-Type": "application/json"}
    for _ in range(BATCHES):
        atomic = rng.choice((b"true", b"false"))
        pair = (bent(rng), rng.choice((bent, spoilt))(rng))
        whole = b'{"calls": [%b, %b], "atomic": %b}' % (*pair, atomic)
        body = whole if rng.randrange(4) else spoilt(rng, whole)
        answer = gateway.request("POST", "/v1/check/batch", content=body, headers=headers)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        assert answer.status_code in (200, 409, 422), body
        if answer.status_code != 200:
            assert answer.json()["effect"] == "deny", body
            continue
        calls = strictjson.read(body)["calls"]
        decisions = answer.json()["decisions"]
        assert len(decisions) == len(calls)
        for call, said in zip(calls, decisions, strict=True):
            assert said["effect"] == "deny" or is_good(call), body

    assert statuses[200] > some(100)
    assert statuses[422] > some(300)


def test_spoilt_lists_of_tools_are_never_a_fault_and_show_nothing_else(
    gateway: GatewayHarness,
) -> None:
    """What is shown was sent, and may be allowed: nothing is listed for what cannot be read."""
    rng = random.Random(20260304)  # noqa: S311 - the same bodies in every run
    good = b'{"tools": [{"name": "pay"}, {"name": "erase", "server": "a"}, {"name": "unheard"}]}'
    statuses: dict[int, int] = {}
    headers = {"Content-Type": "application/json"}
    for _ in range(BATCHES):
        entry = bent(rng).replace(b'"tool"', b'"name"')
        body = spoilt(rng, good) if rng.randrange(2) else b'{"tools": [%b]}' % entry
        answer = gateway.request("POST", "/v1/tools", content=body, headers=headers)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        assert answer.status_code in (200, 422), body
        shown = answer.json().get("tools", [])
        assert {one["name"] for one in shown} <= {"pay"}, body

    assert statuses[200] > some(50)
    assert statuses[422] > some(300)


def test_spoilt_tokens_are_none(gateway: GatewayHarness) -> None:
    """Whatever stands in the header, a call that nobody may make is denied, and never a fault."""
    rng = random.Random(20260305)  # noqa: S311 - the same bodies in every run
    token = gateway.check(pay()).json()["seat_token"]
    for _ in range(BATCHES):
        header = spoilt(rng, token.encode()).decode("latin-1")
        clean = "".join(one for one in header if one.isprintable()).strip()
        headers = {"Drawbar-Decision": clean.encode("latin-1", "replace")}
        answer = gateway.check(pay(call_id="c2", tool="erase"), headers=headers)
        assert (answer.status_code, answer.json()["effect"]) == (200, "deny"), clean
