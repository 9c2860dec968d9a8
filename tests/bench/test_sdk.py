"""The bench of the Python client tells a missed goal, and measures what really was asked."""

import socket
import threading
from pathlib import Path

import pytest

from bench import gateways
from bench.sdk import answering, measure
from bench.sdk.measure import ALONE, BARE, Row


def _row(what: str, goal: float | None, *rounds: float) -> Row:
    return Row(ALONE, what, lambda times: [], goal, [[one] * 10 for one in rounds])


@pytest.mark.parametrize(
    ("rounds", "missed"),
    [
        ((0.0001, 0.0001, 0.0009), False),
        ((0.0001, 0.0003, 0.0003), True),
        ((0.0002, 0.0002, 0.0002), False),
    ],
)
def test_the_median_of_the_rounds_decides(rounds: tuple[float, ...], *, missed: bool) -> None:
    """One good round does not hold a goal, and one bad round does not miss it."""
    found = [_row(BARE, None, *[0.00001] * 3), _row("`Client`", 200.0, *rounds)]
    lines = list(measure.told(found))

    assert measure.missed(found) is missed
    assert lines[-1].endswith(f"{'missed' if missed else 'held'} |")


def test_each_round_is_held_against_its_own_bare_round_trip() -> None:
    """A round in which all was slow does not change the ratio."""
    found = [_row(BARE, None, 1e-5, 1e-3, 1e-5), _row("`Client`", None, 1e-4, 1e-2, 1e-4)]

    assert " 10.0 |" in list(measure.told(found))[-1]


@pytest.mark.parametrize("ask", [measure.blocking, measure.looping])
def test_what_is_not_allowed_is_not_measured(tmp_path: Path, ask: object) -> None:
    """A bench of denials would be fast, and say nothing."""
    with pytest.raises(gateways.Refused, match="not allowed"):
        ask(str(tmp_path / "none"), "k", None)(1)  # type: ignore[operator]


def test_a_question_is_answered_by_the_server_of_one_answer(tmp_path: Path) -> None:
    """Both clients take its answer for an allow, and the bare way reads it to its end."""
    with measure.constant(tmp_path) as path:
        for ask in (measure.blocking, measure.looping):
            assert len(ask(path, "k", answering.CALL_ID)(3)) == 3
        assert len(measure.bare(path, b"POST / HTTP/1.1\r\n\r\n")(3)) == 3


def test_an_answer_in_two_pieces_is_read_to_its_end(tmp_path: Path) -> None:
    """A bare round trip ends with the last byte of the answer."""
    path = str(tmp_path / "s")
    half = len(answering.ANSWER) // 2

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            while connection.recv(1024):
                connection.sendall(answering.ANSWER[:half])
                connection.sendall(answering.ANSWER[half:])

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        took = measure.bare(path, b"x")(5)
        thread.join()

    assert len(took) == 5
