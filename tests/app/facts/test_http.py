"""Facts over HTTP: a real server that is slow, huge, broken, redirecting, or somebody else."""

import asyncio
import gzip
import socket
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.config_file import SettingsError
from app.facts.asker import Answer, Asker
from app.facts.http import HttpSource
from app.facts.settings import HttpSettings
from app.telemetry import Metrics
from tests.app.facts.serving import Server, after, in_chunks, says, together
from tests.certificates import Certificate

ARGS = {"id": "m7"}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def settings(server: Server, **members: Any) -> HttpSettings:
    url = members.pop("url", server.address + "/members/{id}")
    return HttpSettings.model_validate({"kind": "http", "url": url, **members})


async def asked(made: HttpSettings, *many: dict[str, Any], seconds: float = 5) -> list[Answer]:
    """Ask one source, all at once."""
    source = HttpSource("get_member", made)
    await source.open()
    asker = Asker("get_member", source, made, Metrics())
    try:
        return list(await asyncio.gather(*(asker.ask(args, seconds) for args in many)))
    finally:
        await source.close()


def ask(made: HttpSettings, args: dict[str, Any] | None = None, seconds: float = 5) -> Answer:
    (answer,) = asyncio.run(asked(made, ARGS if args is None else args, seconds=seconds))
    return answer


def test_a_value_is_read_exactly(server: Server) -> None:
    """What the source says is what the fact is, to the last digit."""
    server.answers["/members/m7"] = says(
        b'{"level": "gold", "limit": 100.10, "big": 9007199254740993}'
    )
    answer = ask(settings(server))

    assert answer.value == {"level": "gold", "limit": Decimal("100.10"), "big": 9007199254740993}
    assert answer.cause is None


def test_it_is_asked_for_json_with_get_and_its_headers(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets come from the environment and from files, each with what stands before it."""
    server.answers["/members/m7"] = says(1)
    monkeypatch.setenv("CRM_TOKEN", "hunter2")
    (tmp_path / "key").write_text("swordfish\n")
    headers = {
        "Authorization": {"env": "CRM_TOKEN", "prefix": "Bearer "},
        "X-Key": {"file": str(tmp_path / "key")},
        "X-Team": "risk",
    }
    assert ask(settings(server, headers=headers)).value == 1

    ((_, sent),) = server.asked
    assert (sent["Authorization"], sent["X-Key"], sent["X-Team"]) == (
        *("Bearer hunter2", "swordfish"),
        "risk",
    )
    assert (sent["Accept"], sent["Accept-Encoding"]) == ("application/json", "identity")


def test_a_secret_in_a_file_may_change(server: Server, tmp_path: Path) -> None:
    """A rotated secret is taken up by the next look-up; one that is gone makes it unknown."""
    server.answers["/members/m7"] = says(1)
    file = tmp_path / "key"
    file.write_text("old")

    async def thrice() -> list[str]:
        made = settings(server, headers={"X-Key": {"file": str(file)}})
        source = HttpSource("get_member", made)
        await source.open()
        asker = Asker("get_member", source, made, Metrics())
        found = [await asker.ask(ARGS, 5)]
        file.write_text("new")
        found.append(await asker.ask(ARGS, 5))
        file.unlink()
        found.append(await asker.ask(ARGS, 5))
        await source.close()
        return [one.outcome for one in found]

    with structlog.testing.capture_logs() as logs:
        assert asyncio.run(thrice()) == ["found", "found", "fault"]
    assert "`facts.get_member.headers.X-Key`" in logs[0]["detail"]
    assert [sent["X-Key"] for _, sent in server.asked] == ["old", "new"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"env": "NOT_THERE"}, "the environment has no variable `NOT_THERE`"),
        ({"file": "absent"}, "`absent` cannot be read: no such file"),
        ({"file": "binary"}, "holds more than ASCII"),
        ({"file": "empty"}, "cannot stand in a header"),
        ({"env": "TWO_LINES"}, "cannot stand in a header"),
    ],
)
def test_a_header_that_cannot_be_had_stops_the_start(
    server: Server,
    header: dict[str, str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One sentence names the header, and shows no part of its value."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWO_LINES", "hunter2\r\nX-Evil: 1")
    (tmp_path / "binary").write_bytes(b"hunter2\xff")
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(SettingsError, match=said) as caught:
        ask(settings(server, headers={"X-Key": header}))

    assert "facts.get_member.headers.X-Key" in str(caught.value)
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (says({}, 404), "not_there"),
        (says({"ok": True}, 201), "status"),
        (says({"ok": True}, 204), "status"),
        (says({"ok": True}, 401), "status"),
        (says({"ok": True}, 500), "status"),
        (says({"ok": True}, 302, Location="/members/other"), "status"),
        (says(b""), "unreadable"),
        (says(b"<html>"), "unreadable"),
        (says(b'{"limit": 1, "limit": 1000}'), "unreadable"),
        (says(b"NaN"), "unreadable"),
        (says(b"1e400"), "unreadable"),
        (says(b"\xff"), "unreadable"),
        (says(b"[" * 300 + b"]" * 300), "unreadable"),
        (says(gzip.compress(b"1"), Content_Encoding="gzip"), "unreadable"),
        (says(b"1", Content_Encoding="gzip"), "unreadable"),
        (says(b'"' + b"x" * 1000 + b'"'), "too_large"),
        (in_chunks(b"1" * 100, 100), "too_large"),
        (lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"), "unreachable"),
        (lambda handler: handler.connection.shutdown(socket.SHUT_RDWR), "unreachable"),
    ],
)
def test_what_is_no_sound_answer_is_no_fact(server: Server, answer: Any, outcome: str) -> None:
    """Whatever goes wrong at the source, the fact is unknown, and the outcome says why."""
    server.answers["/members/m7"] = answer
    server.answers["/members/other"] = says({"ok": True})
    found = ask(settings(server, max_bytes=1000))

    assert (found.outcome, found.cause, found.value) == (outcome, "no_fact", None)
    assert server.paths == ["/members/m7"]


def test_the_largest_answer_is_still_read(server: Server) -> None:
    """The limit counts the bytes of the body, and includes its own."""
    server.answers["/members/m7"] = says(b'"' + b"x" * 98 + b'"')

    assert ask(settings(server, max_bytes=100)).value == "x" * 98
    assert ask(settings(server, max_bytes=99)).outcome == "too_large"


def test_a_missing_fact_may_be_null(server: Server) -> None:
    """404 alone is null where the settings say so; other failures stay unknown."""
    made = settings(server, missing="null")
    server.answers["/members/m8"] = says({}, 500)

    assert (ask(made).cause, ask(made).value) == (None, None)
    assert ask(made, {"id": "m8"}).cause == "no_fact"


def test_a_part_of_the_answer_is_picked(server: Server) -> None:
    """An answer of another shape is not taken for an absent value, even where 404 is null."""
    server.answers["/members/m7"] = says({"data": {"items": [{"limit": 5}, None]}})

    def picked(path: str) -> Answer:
        return ask(settings(server, pick=path, missing="null"))

    assert picked("data.items[0].limit").value == 5
    assert (picked("data.items[1]").cause, picked("data.items[1]").value) == (None, None)
    for path in ("data.limit", "data.items[2]", "data.items.limit", "data.items[1].limit"):
        assert (picked(path).outcome, picked(path).cause) == ("unreadable", "no_fact")


def test_a_slow_source_times_out(server: Server) -> None:
    """The shortest limit counts: the source's own, or that of whoever asks."""
    given_up = threading.Event()
    server.answers["/members/m7"] = after(given_up, 1)
    patient = settings(server, timeout_ms=30_000)
    answers = [
        ask(settings(server, timeout_ms=200), seconds=60),
        ask(patient, seconds=0.2),
    ]
    given_up.set()

    assert [(one.outcome, one.cause) for one in answers] == [("timeout", "timeout")] * 2


def test_a_body_that_dribbles_times_out(server: Server) -> None:
    """The limit is for the whole answer, not for the time between two bytes."""

    def dribble(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"1")
            time.sleep(0.05)

    server.answers["/members/m7"] = dribble

    assert ask(settings(server, timeout_ms=300)).outcome == "timeout"


def test_nobody_there_is_unreachable() -> None:
    """A closed port, and a name that does not exist, are no faults of ours."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    made = HttpSettings.model_validate({"kind": "http", "url": url})

    assert ask(made, {}).outcome == "unreachable"


def test_many_at_once_take_turns(server: Server) -> None:
    """As many as the settings allow are under way together, and no more."""
    meeting = threading.Barrier(3)
    for number in range(12):
        server.answers[f"/members/{number}"] = together(meeting, number)
    many = [{"id": str(number)} for number in range(12)]
    made = settings(server, max_concurrent=3, timeout_ms=30_000)
    answers = asyncio.run(asked(made, *many, seconds=60))

    assert server.counting.most == 3
    assert [one.value for one in answers] == list(range(12))


def test_the_wait_for_a_turn_counts(server: Server) -> None:
    """Who has no turn in time gives up, while the one before is still answered."""
    given_up = threading.Event()
    server.answers["/members/a"] = after(given_up, 1)
    server.answers["/members/b"] = says(2)

    async def both() -> tuple[Answer, Answer]:
        made = settings(server, max_concurrent=1, timeout_ms=30_000)
        source = HttpSource("get_member", made)
        await source.open()
        asker = Asker("get_member", source, made, Metrics())
        first = asyncio.create_task(asker.ask({"id": "a"}, 60))
        await asyncio.to_thread(server.came.wait, 60)
        second = await asker.ask({"id": "b"}, 0.3)
        given_up.set()
        found = await first
        await source.close()
        return found, second

    first, second = asyncio.run(both())

    assert (first.value, second.outcome, server.paths) == (1, "timeout", ["/members/a"])


def test_no_cookie_goes_from_one_look_up_to_the_next(server: Server) -> None:
    """What the source was told about one person is not sent along with the next."""
    server.answers["/members/a"] = says(1, Set_Cookie="session=a")
    server.answers["/members/b"] = says(2)

    async def both() -> None:
        source = HttpSource("get_member", settings(server))
        await source.open()
        await source.fetch({"id": "a"})
        await source.fetch({"id": "b"})
        await source.close()

    asyncio.run(both())
    assert "Cookie" not in server.asked[1][1]


def test_the_environment_names_no_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked goes to the address of the settings and nowhere else."""
    server.answers["/members/m7"] = says(1)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert ask(settings(server)).value == 1


def test_the_log_holds_no_value_and_no_secret(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that fails is told of once, by its name and outcome, and once that it is over."""
    monkeypatch.setenv("CRM_TOKEN", "hunter2")
    made = settings(server, headers={"X-Key": {"env": "CRM_TOKEN"}})

    async def run() -> None:
        source = HttpSource("get_member", made)
        await source.open()
        asker = Asker("get_member", source, made, Metrics())
        for answer in (says({}, 500), says({}, 503), says(1), says(1)):
            server.answers["/members/swordfish"] = answer
            await asker.ask({"id": "swordfish"}, 5)
        await source.close()

    with structlog.testing.capture_logs() as logs:
        asyncio.run(run())
    assert [one["event"] for one in logs] == [
        "a source of facts fails",
        "a source of facts answers again",
    ]
    assert not any(word in str(logs) for word in ("hunter2", "swordfish"))


def test_only_a_trusted_certificate_is_believed(tmp_path: Path) -> None:
    """Unknown to the world, or for another host: no fact. Named in the settings: believed."""
    own, other = Certificate(tmp_path), Certificate(tmp_path, address="127.0.0.2")
    with Server(own.context()) as server:
        server.answers["/members/m7"] = says(1)
        unknown = ask(settings(server))
        known = ask(settings(server, ca_file=str(own.file)))
        wrong = ask(settings(server, ca_file=str(other.file)))
    with Server(other.context()) as server:
        server.answers["/members/m7"] = says(1)
        elsewhere = ask(settings(server, ca_file=str(other.file)))

    assert [one.outcome for one in (unknown, known, wrong, elsewhere)] == [
        *("unreachable", "found"),
        *("unreachable", "unreachable"),
    ]


def test_certificates_that_cannot_be_read_stop_the_start(tmp_path: Path) -> None:
    """A missing or broken file is one sentence."""
    (tmp_path / "broken.pem").write_text("nothing")
    for name in ("broken.pem", "absent.pem"):
        made = HttpSettings.model_validate(
            {"kind": "http", "url": "https://h/", "ca_file": str(tmp_path / name)}
        )
        with pytest.raises(SettingsError, match=r"ca_file.*cannot be used as certificates"):
            ask(made, {})
