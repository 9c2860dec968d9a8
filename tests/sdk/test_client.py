"""Whatever goes wrong between the agent and the gateway is a deny.

The scripted server stands in for faults that a real gateway cannot be made to show. The
end-to-end test against the real gateway is written elsewhere.
"""

import json
import socket
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from drawbar import Client
from tests.sdk.scripted import GOOD, HANG_UP, KEY, Body, Reply, Scripted, saying

PROBLEM = (("Content-Type", "application/problem+json; charset=utf-8"),)


@dataclass(frozen=True)
class Case:
    """A fault, and what the one-sentence message says of it."""

    name: str
    reply: Reply
    says: str
    attempts: int = 1


def _same(body: bytes) -> Body:
    return lambda _: body


def _twice(request: dict[str, Any]) -> bytes:
    return b'{"effect":"deny",' + saying()(request)[1:]


def _nan(request: dict[str, Any]) -> bytes:
    return saying(reasons=[{"score": float("nan")}])(request)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"100000\r\n" + b" " * 2**20 + b"\r\n"
CASES = (
    Case("hangs up", HANG_UP, "could not be reached: the connection ended", 3),
    Case("cut short", Reply(missing=1), "broke off"),
    Case(
        "chunk cut short",
        Reply(raw=CHUNKED + b"10\r\n{"),
        "broke off",
    ),
    Case("silent", Reply(silent=True), "no answer within 0.5 seconds"),
    Case("dripping", Reply(pause=0.02), "no answer within 0.5 seconds"),
    Case("only 100s", Reply(raw=b"HTTP/1.1 100 Continue\r\n\r\n" * 3), "is not HTTP"),
    Case("not HTTP", Reply(raw=b"SSH-2.0-OpenSSH\r\n\r\n"), "is not HTTP"),
    Case("bad header", Reply(raw=b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000), "is not HTTP"),
    Case("empty", Reply(_same(b"")), "is empty"),
    Case("not JSON", Reply(_same(b"<html>allow</html>")), "is not JSON"),
    Case("not UTF-8", Reply(_same(b'{"effect":"allow\xff"}')), "is not JSON"),
    Case("not an object", Reply(_same(b'["allow"]')), "is not a JSON object"),
    Case("bare word", Reply(_same(b'"allow"')), "is not a JSON object"),
    Case("true", Reply(_same(b"true")), "is not a JSON object"),
    Case("NaN", Reply(_nan), "is not JSON"),
    Case("huge number", Reply(_same(b'{"a":' + b"9" * 5000 + b"}")), "is not JSON"),
    Case("too deep", Reply(_same(b"[" * 100_000)), "nested too deep"),
    Case("duplicate key", Reply(_twice), "a key stands twice"),
    Case("oversized", Reply(lambda r: saying()(r) + b" " * 2**20), "larger than 1 MiB"),
    Case("without an end", Reply(raw=CHUNKED + CHUNK * 3), "larger than 1 MiB"),
    Case("no effect", Reply(saying(effect=...)), "no known effect"),
    Case("null effect", Reply(saying(effect=None)), "no known effect"),
    Case("true effect", Reply(saying(effect=True)), "no known effect"),
    Case("list effect", Reply(saying(effect=["allow"])), "no known effect"),
    Case("other effect", Reply(saying(effect="permit")), "no known effect"),
    Case("upper case", Reply(saying(effect="ALLOW")), "no known effect"),
    Case("spaced", Reply(saying(effect="allow ")), "no known effect"),
    Case("other call", Reply(saying(call_id="another")), "about another call"),
    Case("no call", Reply(saying(call_id=...)), "about another call"),
    Case("null call", Reply(saying(call_id=None)), "about another call"),
    Case("no decision id", Reply(saying(decision_id=...)), "has no `decision_id`"),
    Case("empty decision id", Reply(saying(decision_id="")), "has no `decision_id`"),
    Case("number as decision id", Reply(saying(decision_id=1)), "has no `decision_id`"),
    Case("no reason", Reply(saying(reason=...)), "has no `reason`"),
    Case("odd dry run", Reply(saying(dry_run="no")), "`dry_run` in the answer"),
    Case("odd reasons", Reply(saying(reasons=["rule"])), "`reasons` in the answer"),
    Case("odd obligations", Reply(saying(obligations="log")), "`obligations` in the answer"),
    Case("odd changes", Reply(saying(changes=[7])), "`changes` in the answer"),
    Case("odd arguments", Reply(saying(args=[1])), "`args` in the answer"),
    Case("odd token", Reply(saying(seat_token=1)), "`seat_token` in the answer"),
    Case("odd display", Reply(saying(display={"retryable": False})), "has no `text`"),
    Case("odd approval", Reply(saying(approval="yes")), "`approval` in the answer"),
    Case("odd status", Reply(saying(approval={"id": "a", "status": "yes"})), "no known status"),
    Case("odd message", Reply(saying(message=1)), "`message` in the answer"),
)


def _expect_fault(gateway: Scripted, case: Case) -> None:
    timeout = 0.5 if "within" in case.says else 10.0
    refused = gateway.check(*[case.reply] * case.attempts, timeout=timeout)
    attempts = len(gateway.asked)
    twin = gateway.check(GOOD)

    assert (refused.effect, refused.reason, refused.allowed) == ("deny", "unreachable", False)
    assert refused.decision_id is None
    assert refused.message.startswith("Denied: ")
    assert case.says in refused.message
    assert attempts == case.attempts
    assert twin.allowed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_denies_where_its_good_twin_allows(gateway: Scripted, case: Case) -> None:
    """Every fault is deny `unreachable`, in one sentence; the good answer is allowed."""
    _expect_fault(gateway, case)


@pytest.mark.parametrize(
    "status", [201, 202, 203, 204, 206, 300, 301, 302, 307, 308, 400, 401, 403, 404, 500, 502, 504]
)
def test_only_a_200_can_allow(gateway: Scripted, status: int) -> None:
    """The body of an allow under any other status is a deny, asked once and not followed."""
    location = (("Location", "/v1/check"),)
    _expect_fault(
        gateway, Case("", Reply(status=status, headers=location), f"HTTP status {status}")
    )


@pytest.mark.parametrize("effect", ["ask", "deny"])
def test_only_allow_is_allowed(gateway: Scripted, effect: str) -> None:
    """Ask and deny come through as they are, and neither lets the tool run."""
    refused = gateway.check(Reply(saying(effect=effect, message="Ask the treasury.")))
    twin = gateway.check(GOOD)

    assert (refused.effect, refused.decision_id) == (effect, "d_1")
    assert refused.message == "Ask the treasury."
    assert not refused.allowed
    assert twin.allowed


def _problem(status: int, **members: Any) -> Reply:
    return Reply(_same(json.dumps(members).encode()), status, PROBLEM)


@pytest.mark.parametrize(
    ("reply", "reason", "message"),
    [
        (
            _problem(403, code="missing_scope", detail="the key lacks `check`.", effect="allow"),
            "missing_scope",
            "Denied: the gateway answered with HTTP status 403: the key lacks `check`.",
        ),
        (
            _problem(401, code="bad_credential", title="no such\nkey\x1b"),
            "bad_credential",
            "Denied: the gateway answered with HTTP status 401: no such key\ufffd.",
        ),
        (
            _problem(422, code="invalid_call"),
            "invalid_call",
            "Denied: the gateway answered with HTTP status 422.",
        ),
        (
            _problem(403, code="Not A Code", detail="x"),
            "unreachable",
            "Denied: the gateway answered with HTTP status 403.",
        ),
        (
            Reply(_same(b'{"code":"a","code":"b"}'), 403, PROBLEM),
            "unreachable",
            "Denied: the gateway answered with HTTP status 403.",
        ),
        (
            Reply(_same(b'{"code":"not_a_problem"}'), 403),
            "unreachable",
            "Denied: the gateway answered with HTTP status 403.",
        ),
    ],
)
def test_a_problem_gives_its_code(
    gateway: Scripted, reply: Reply, reason: str, message: str
) -> None:
    """The reason is a problem document's code, whatever effect it claims; else `unreachable`."""
    refused = gateway.check(reply)
    twin = gateway.check(GOOD)

    assert (refused.effect, refused.reason, refused.message) == ("deny", reason, message)
    assert refused.retryable is (reason == "invalid_call")
    assert not refused.allowed
    assert twin.allowed


@pytest.mark.parametrize("fault", [HANG_UP, Reply(status=503)], ids=["connection", "503"])
def test_a_passing_fault_is_asked_again(gateway: Scripted, fault: Reply) -> None:
    """After a broken connection or a 503 the same bytes go out again, twice at most."""
    allowed = gateway.check(fault, fault, GOOD)
    sent = gateway.bodies[:3]
    refused = gateway.check(fault, fault, fault, GOOD)

    assert allowed.allowed
    assert sent == [sent[0]] * 3
    assert not refused.allowed
    assert len(gateway.asked) == 3


def test_the_last_503_is_quoted(gateway: Scripted) -> None:
    """When the gateway stays unavailable, its own code is the reason."""
    refused = gateway.check(*[_problem(503, code="unrecorded", detail="the log is full")] * 3)

    assert (refused.effect, refused.reason) == ("deny", "unrecorded")
    assert not refused.allowed
    assert gateway.check(GOOD).allowed


def test_no_second_attempt_past_the_deadline(
    gateway: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attempts and pauses share one time-out: a pause that would end after it is not begun."""
    monkeypatch.setattr("drawbar.core._PAUSES", (60.0, 60.0))
    started = time.monotonic()
    refused = gateway.check(Reply(status=503), GOOD)

    assert not refused.allowed
    assert len(gateway.asked) == 1
    assert time.monotonic() - started < 50
    assert gateway.check(GOOD).allowed


@pytest.mark.parametrize("reply", [Reply(silent=True), Reply(pause=0.05)], ids=["silent", "drip"])
def test_the_time_out_bounds_the_whole_question(gateway: Scripted, reply: Reply) -> None:
    """A server that never answers, or a byte at a time, holds the caller no longer."""
    started = time.monotonic()
    refused = gateway.check(reply, timeout=0.3)

    assert time.monotonic() - started < 30
    assert not refused.allowed
    assert gateway.check(GOOD).allowed


def test_nobody_listens(gateway: Scripted, tmp_path: Path) -> None:
    """A refused connection and a missing socket are denies, for TCP as for Unix sockets."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    by_tcp = Client(f"http://127.0.0.1:{port}", KEY).check("send_money", {})
    by_unix = Client(key=KEY, uds=str(tmp_path / "none")).check("send_money", {})

    assert by_tcp.message == "Denied: the gateway could not be reached: connection refused."
    assert by_unix.message == (
        "Denied: the gateway could not be reached: no such file or directory."
    )
    assert [by_tcp.reason, by_unix.reason] == ["unreachable"] * 2
    assert not by_tcp.allowed
    assert not by_unix.allowed
    assert gateway.client().check("send_money", {}).allowed


def test_an_exception_nobody_foresaw_denies(
    gateway: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the client itself is a deny, not an exception that a host may swallow."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("drawbar.answers.decision", broken)
        refused = gateway.check(GOOD)

    assert (refused.effect, refused.reason) == ("deny", "unreachable")
    assert refused.message == "Denied: the client failed with ZeroDivisionError."
    assert not refused.allowed
    assert gateway.check(GOOD).allowed


def test_a_dry_run_is_never_allowed(gateway: Scripted) -> None:
    """A dry run says allow and lets nothing run, even if the gateway forgot that it was one."""
    honest = gateway.check(GOOD, dry_run=True)
    sent = gateway.asked[0]["dry_run"]
    forgetful = gateway.check(Reply(saying(dry_run=False)), dry_run=True)
    unasked = gateway.check(Reply(saying(dry_run=True)))

    assert sent is True
    assert [honest.effect, forgetful.effect, unasked.effect] == ["allow"] * 3
    assert [d.dry_run for d in (honest, forgetful, unasked)] == [True] * 3
    assert not honest.allowed
    assert not forgetful.allowed
    assert not unasked.allowed
    assert gateway.check(GOOD).allowed


@pytest.mark.parametrize(
    "args",
    [
        {"amount": float("nan")},
        {"to": {"a"}},
        {"data": b"x"},
        {"a": Decimal("NaN")},
        [1],
        "x",
        None,
    ],
)
def test_what_is_not_json_is_not_sent(gateway: Scripted, args: Any) -> None:
    """Arguments without a JSON form are deny `invalid_call`, and the gateway never hears of it."""
    refused = gateway.client().check("send_money", args)

    assert (refused.effect, refused.reason) == ("deny", "invalid_call")
    assert refused.retryable
    assert not refused.allowed
    assert gateway.asked == []
    assert gateway.client().check("send_money", {"amount": 1}).allowed


@pytest.mark.parametrize("wrong", [{"call_id": 7}, {"server": b"x"}, {"context": ["x"]}])
def test_a_member_of_the_wrong_type_is_not_sent(gateway: Scripted, wrong: dict[str, Any]) -> None:
    """A slip of the host's is deny `invalid_call`, not an exception."""
    refused = gateway.check(**wrong)

    assert (refused.effect, refused.reason) == ("deny", "invalid_call")
    assert not refused.allowed
    assert gateway.asked == []
    assert gateway.check().allowed


def test_only_what_was_given_is_sent(gateway: Scripted) -> None:
    """Members left out stay out, so that the gateway never reads an empty one as a claim."""
    decision = gateway.check(GOOD)

    assert gateway.asked == [
        {"call_id": decision.call_id, "tool": "send_money", "args": {"amount": 50}}
    ]
    assert decision.allowed


def test_all_that_was_given_is_sent(gateway: Scripted) -> None:
    """Every parameter has its member, under the key's credential, on the one route."""
    given: dict[str, Any] = {"call_id": "c1", "server": "bank", "session": "s-42"}
    decision = gateway.check(GOOD, subject="u7", agent="a1", context={}, **given)

    assert gateway.asked == [
        {
            "tool": "send_money",
            "args": {"amount": 50},
            "subject": {"id": "u7"},
            "agent": {"id": "a1"},
            "context": {},
            **given,
        }
    ]
    assert gateway.headers[0]["path"] == "/v1/check"
    assert gateway.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert gateway.headers[0]["Content-Type"] == "application/json"
    assert decision.call_id == "c1"


def test_a_decimal_travels_exactly(gateway: Scripted) -> None:
    """The digits of an amount are the digits on the wire."""
    gateway.client().check("send_money", {"amount": Decimal("0.10000000000000000001")})

    assert b'"amount":0.10000000000000000001}' in gateway.bodies[0]


def test_each_call_has_its_own_id(gateway: Scripted) -> None:
    """Two checks without an id are two calls."""
    assert gateway.check(GOOD).call_id != gateway.check(GOOD).call_id


def test_the_environment_names_the_gateway(
    gateway: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DRAWBAR_URL and DRAWBAR_KEY are enough, and no proxy of the environment is asked."""
    monkeypatch.setenv("DRAWBAR_URL", gateway.url)
    monkeypatch.setenv("DRAWBAR_KEY", "k_environment")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert Client().check("send_money", {}).allowed
    assert gateway.headers[0]["Authorization"] == "Bearer k_environment"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"key": None}, "no key"),
        ({"key": ""}, "no key"),
        ({"key": "a\r\nX: y"}, "not visible ASCII"),
        ({"url": ""}, "must look like"),
        ({"url": "ftp://host"}, "must look like"),
        ({"url": "127.0.0.1:8484"}, "must look like"),
        ({"url": "unix:relative"}, "must look like"),
        ({"url": "http://user:secret@host"}, "must look like"),
        ({"url": "http://host/prefix"}, "must look like"),
        ({"url": "http://host?x=1"}, "must look like"),
        ({"url": "http://host:99999"}, "[Pp]ort"),
        ({"url": "http://host", "uds": "/s"}, "an address or the path"),
        ({"uds": ""}, "an address or the path"),
        ({"timeout": 0}, "above zero"),
        ({"timeout": float("inf")}, "above zero"),
    ],
)
def test_a_wrong_setting_is_an_error_at_once(setting: dict[str, Any], message: str) -> None:
    """What is set up wrongly shows when the client is made, and shows no secret."""
    with pytest.raises(ValueError, match=message) as caught:
        Client(**({"key": "k_secret"} | setting))

    assert "secret" not in str(caught.value)
    assert "k_secret" not in repr(Client(key="k_secret"))
