"""Sessions: opened, narrowed by rules of their own, and never mixed up."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from memory.keys import Scope
from tests.harness import GatewayHarness

POLICY = """\
policy office version 1;
rule work: allow read_file, send_mail;
rule gone: deny send_mail when session saw untrusted;
"""
NO_MAIL = "overlay task version 1;\nrule no_mail: deny send_mail;\n"
NO_FILES = "overlay task version 1;\nrule no_files: deny read_file;\n"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    opened = GatewayHarness(tmp_path, POLICY, session_idle_s=3600)
    yield opened
    opened.close()


def narrow(gateway: GatewayHarness, text: str, session: str = "s1", **more: Any) -> Any:
    return gateway.request("PUT", f"/v1/sessions/{session}/overlay", json={"text": text}, **more)


def effect(gateway: GatewayHarness, tool: str, session: str | None = "s1", **more: Any) -> str:
    body = {"call_id": f"{tool}-{session}", "tool": tool, "args": {}, **more}
    if session is not None:
        body["session"] = session
    return str(gateway.check(body).json()["effect"])


def test_an_overlay_narrows_its_own_session_alone(gateway: GatewayHarness) -> None:
    """E03: two sessions with rules of their own, asked in turns, never see each other's."""
    narrow(gateway, NO_MAIL, "s1")
    narrow(gateway, NO_FILES, "s2")

    for _ in range(2):
        assert (effect(gateway, "send_mail", "s1"), effect(gateway, "read_file", "s1")) == (
            "deny",
            "allow",
        )
        assert (effect(gateway, "read_file", "s2"), effect(gateway, "read_file", "s3")) == (
            "deny",
            "allow",
        )


def test_a_second_overlay_joins_the_first(gateway: GatewayHarness) -> None:
    """What was narrowed stays narrow: nothing that is put later replaces it."""
    narrow(gateway, NO_MAIL)
    answer = narrow(gateway, NO_FILES)

    assert answer.json()["overlays"] == ["session/task", "session/task/2"]
    assert (effect(gateway, "send_mail"), effect(gateway, "read_file")) == ("deny", "deny")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("overlay t version 1; rule a: allow read_file;", "only narrows"),  # E02
        ("policy t version 1; rule a: deny read_file;", "only an `overlay`"),
        ("overlay t version 1; rule a: dny read_file;", "expected"),
        ('overlay t version 1; use tools "t.json"; rule a: deny x;', "tools file"),
        (
            "overlay t version 1; rule a: deny x when count(x within 1d per subject) > 1;",
            "its own session",
        ),
        ("", ""),
        ("overlay t version 1; rule a: deny x; rule a: deny y;", "`a`"),
    ],
)
def test_what_is_no_sound_overlay_is_refused(gateway: GatewayHarness, text: str, said: str) -> None:
    """A text that could allow, or cannot be read, changes nothing and is told what is wrong."""
    refused = narrow(gateway, text)

    assert refused.status_code == 422
    assert said in refused.text
    assert effect(gateway, "read_file") == "allow"


def test_an_overlay_needs_the_scope(gateway: GatewayHarness) -> None:
    """Whoever may only ask cannot narrow either."""
    assert narrow(gateway, NO_MAIL, key=gateway.new_key([Scope.CHECK])).status_code == 403


def test_an_overlay_survives_a_restart(tmp_path: Path) -> None:
    """The rules of a session are kept with it."""
    first = GatewayHarness(tmp_path, POLICY)
    narrow(first, NO_MAIL)
    key = first.key
    first.close()
    second = GatewayHarness(tmp_path, POLICY)
    second.key = key

    assert effect(second, "send_mail") == "deny"
    second.close()


def test_a_call_to_an_untrusted_source_marks_the_session_at_once(gateway: GatewayHarness) -> None:
    """The mark stands when the call is let through, not when its result is seen."""
    assert effect(gateway, "send_mail") == "allow"
    effect(gateway, "read_file")
    body = {"call_id": "m2", "tool": "send_mail", "args": {}, "session": "s1"}

    assert gateway.check(body).json()["effect"] == "deny"


def test_a_session_that_is_over_answers_nothing(gateway: GatewayHarness) -> None:
    """F09: after its time a session is unknown, so its refusals apply, until another is opened."""
    narrow(gateway, NO_FILES)
    assert effect(gateway, "send_mail") == "allow"
    real = gateway.gateway.now
    gateway.gateway.now = lambda: real() + timedelta(hours=2)

    late = {"call_id": "m9", "tool": "send_mail", "args": {}, "session": "s1"}
    answer = gateway.check(late).json()
    assert (answer["effect"], answer["reasons"][0]["cause"]) == ("deny", "session_expired")
    assert effect(gateway, "read_file") == "deny"
    assert effect(gateway, "send_mail", "new") == "allow"
    assert gateway.request("GET", "/v1/sessions/s1").status_code == 409


def test_a_session_can_be_opened_and_looked_at(gateway: GatewayHarness) -> None:
    """The gateway names a session where the host does not, and shows no words of it."""
    opened = gateway.request("POST", "/v1/sessions", json={}).json()
    effect(gateway, "read_file", opened["session"])
    looked = gateway.request("GET", f"/v1/sessions/{opened['session']}").json()

    assert looked["calls"] == [f"read_file-{opened['session']}"]
    assert gateway.request("GET", "/v1/sessions/none").status_code == 404


def test_without_a_session_its_questions_are_unknown(gateway: GatewayHarness) -> None:
    """A call that names no session is refused by what only a session could tell."""
    assert effect(gateway, "send_mail", None) == "deny"
    assert effect(gateway, "read_file", None) == "allow"


def join(gateway: GatewayHarness, **body: Any) -> Any:
    return gateway.request("POST", "/v1/sessions", json={"join": True, **body})


def test_a_seat_that_was_told_of_no_session_joins_the_open_one(gateway: GatewayHarness) -> None:
    """The one of its subject and agent; none is opened beside it, and nobody else's is found."""
    effect(gateway, "read_file")
    other = join(gateway, agent={"id": "other"}).json()["session"]

    assert join(gateway).json()["session"] == "s1"
    assert other not in ("s1", None)
    assert join(gateway, agent={"id": "other"}).json()["session"] == other


def test_where_several_sessions_are_open_none_is_joined(gateway: GatewayHarness) -> None:
    """Nobody can tell which is meant; once one is over again, the other is joined."""
    for name in ("s1", "s2"):
        effect(gateway, "read_file", name)
    refused = join(gateway)
    gateway.request("DELETE", "/v1/sessions/s1")

    assert (refused.status_code, refused.json()["code"]) == (409, "several_sessions")
    assert join(gateway).json()["session"] == "s2"


def test_a_session_is_opened_for_who_joins_none(gateway: GatewayHarness) -> None:
    """Once: also where it is deleted, or over, another one follows, and never a refused name."""
    first, again = join(gateway).json()["session"], join(gateway).json()["session"]
    gateway.request("DELETE", f"/v1/sessions/{first}")
    second = join(gateway).json()["session"]
    real = gateway.gateway.now
    gateway.gateway.now = lambda: real() + timedelta(hours=2)
    third = join(gateway).json()["session"]

    assert first == again
    assert len({first, second, third}) == 3


def test_joining_names_no_session_and_needs_the_scope(gateway: GatewayHarness) -> None:
    """A name and `join` contradict each other, and whoever may not name a session joins none."""
    without = gateway.new_key([Scope.CHECK, Scope.OBSERVE])

    assert join(gateway, session="s1").status_code == 422
    refused = gateway.request("POST", "/v1/sessions", without, json={"join": True})
    assert refused.status_code == 403


def test_seats_that_join_at_once_are_in_one_session(gateway: GatewayHarness) -> None:
    """However many ask while none is open, one is opened, and all of them are in it."""

    async def all_at_once() -> list[Any]:
        headers = {"Authorization": f"Bearer {gateway.key}"}
        asking = (
            gateway._client.post("/v1/sessions", json={"join": True}, headers=headers)
            for _ in range(8)
        )
        return await asyncio.gather(*asking)

    answers = gateway.run(all_at_once())
    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["session"] for one in answers}) == 1


@pytest.mark.parametrize("body", [b"6.0889904468010824e+16", b"5", b'"x"', b"[]", b"null"])
def test_a_body_that_is_no_object_opens_nothing(gateway: GatewayHarness, body: bytes) -> None:
    """A number has attributes, and none of them is a member."""
    headers = {"Content-Type": "application/json"}
    answer = gateway.request("POST", "/v1/sessions", content=body, headers=headers)

    assert answer.status_code == 422


def test_a_part_that_is_no_object_is_refused(gateway: GatewayHarness) -> None:
    """The same holds inside a body."""
    body = b'{"call_id": "c1", "tool": "pay", "args": {"amount": 5}, "supports": 1.5}'

    assert gateway.check_bytes(body).json()["effect"] == "deny"


def test_a_session_of_any_name_is_looked_at_narrowed_and_deleted(gateway: GatewayHarness) -> None:
    """Hosts choose the names: a `/` in one leads to the same session as in a call."""
    effect(gateway, "read_file", "team/7")
    assert narrow(gateway, NO_FILES, "team%2F7").status_code == 200
    assert effect(gateway, "read_file", "team/7", call_id="again") == "deny"
    assert gateway.request("GET", "/v1/sessions/team%2F7").json()["session"] == "team/7"
    assert gateway.request("DELETE", "/v1/sessions/team%2F7").status_code == 204
    assert gateway.request("GET", "/v1/sessions/team%2F7").status_code == 410


def test_a_path_says_which_methods_are_its_own(gateway: GatewayHarness) -> None:
    """Below a session lies its overlay, though a session may be named like that too."""
    allowed = {
        path: gateway.request("POST", path).headers["allow"]
        for path in ("/v1/sessions/s1", "/v1/sessions/s1/overlay", "/v1/sessions/s1/other")
    }

    assert allowed == {
        "/v1/sessions/s1": "DELETE, GET",
        "/v1/sessions/s1/overlay": "PUT",
        "/v1/sessions/s1/other": "DELETE, GET",
    }
