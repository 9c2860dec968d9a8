"""An engine in a process of its own answers each question, whatever happens to it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from bench.peers import client
from bench.peers.adapters import host
from bench.peers.client import Client, WrongVersionError

FAKE: Final = Path(__file__).with_name("peers_fake.py")


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    words = {
        "A01.idiomatic": "allowed",
        "A01.defensive": "refused",
        "A02-1.idiomatic": "raise",
        "A03.idiomatic": "sleep",
        "A04.idiomatic": "die",
        "A05.idiomatic": "broken",
        "A06.idiomatic": "asked",
        "A06.twin.idiomatic": "allowed",
        "C02.1.idiomatic": "broken",
        "C02.2.idiomatic": "allowed",
    }
    for name, word in words.items():
        (tmp_path / f"{name}.fake").write_text(word + "\n")
    (tmp_path / "A01.defensive.extra").write_text("beside")
    (tmp_path / "cannot.json").write_text(json.dumps({"B01": "no patterns"}))
    return tmp_path


def command(policies: Path) -> list[str]:
    reasons = str(policies / "cannot.json")
    runs = [sys.executable, "-I", str(client.RUNNER), str(client.HOST)]
    return [*runs, str(FAKE), str(policies), "fake", reasons]


@pytest.fixture
def fake(policies: Path) -> Iterator[Client]:
    with Client(command(policies), "1.0-fake", limit=5) as started:
        yield started


def question(probe: str, case: str = "call", wording: str = "idiomatic") -> dict[str, Any]:
    call = {"tool": "send", "args": {}}
    return {"probe": probe, "case": case, "wording": wording, "tools": None, "call": call}


def test_an_engine_answers_by_the_policy_of_the_wording(fake: Client) -> None:
    """Each wording has a policy of its own, and may have files beside it."""
    first, second = fake.ask(question("A01")), fake.ask(question("A01", wording="defensive"))

    assert (first["load"], first["answer"], first["detail"]) == ("loaded", "allowed", "idiomatic")
    assert (second["answer"], second["detail"]) == ("refused", "defensive beside")
    assert second["ms"] >= 0


def test_a_policy_may_be_shared(fake: Client) -> None:
    """Probes of a family, a twin and the defensive wording share a policy unless they have one."""
    assert fake.ask(question("A01-3"))["answer"] == "allowed"
    assert fake.ask(question("A01", "twin"))["answer"] == "allowed"
    assert fake.ask(question("A06", "twin"))["answer"] == "allowed"
    assert fake.ask(question("A06", wording="defensive"))["answer"] == "asked"


def test_what_an_engine_raises_is_told_in_one_line(fake: Client) -> None:
    """An exception at a call is no decision; one at reading is a refusal."""
    raised, refused = fake.ask(question("A02-1")), fake.ask(question("A05"))

    assert (raised["load"], raised["answer"]) == ("loaded", "raised")
    assert raised["detail"] == "KeyError: 'to'"
    assert (refused["load"], refused["answer"]) == ("refused", "refused")
    assert refused["detail"] == "ValueError: a word that is none"


def test_cases_have_policies_of_their_own(fake: Client) -> None:
    """A numbered case is never answered by the policy of another."""
    assert fake.ask(question("C02", "1"))["load"] == "refused"
    assert fake.ask(question("C02", "2"))["load"] == "loaded"
    assert fake.ask(question("C02", "3"))["load"] == "missing"


def test_an_engine_that_cannot_say_tells_why(fake: Client) -> None:
    """The reason stands for the probe and its family."""
    said = fake.ask(question("B01-2"))

    assert (said["answer"], said["detail"]) == ("cannot say", "no patterns")


def test_an_engine_that_ends_is_started_again(fake: Client) -> None:
    """A process that ends gives no decision, and the next question is answered."""
    assert fake.ask(question("A04"))["answer"] == "raised"
    assert fake.ask(question("A01"))["answer"] == "allowed"


def test_an_engine_that_does_not_come_back_is_ended(policies: Path) -> None:
    """No answer within the limit is no decision, and the next question is answered."""
    with Client(command(policies), "1.0-fake", limit=2) as started:
        said = started.ask(question("A03"))

        assert (said["answer"], said["detail"]) == ("raised", "no answer within 2 s")
        assert started.ask(question("A01"))["answer"] == "allowed"


def test_another_version_fails_loudly(policies: Path) -> None:
    """What is installed must be what is pinned."""
    with pytest.raises(WrongVersionError, match=r"1\.0-fake is installed, and 1\.1 is pinned"):
        Client(command(policies), "1.1").__enter__()


def test_long_words_are_cut() -> None:
    """What an engine says fits a table."""
    assert len(host.one_line("a" * 1000)) == 200
    assert host.one_line("a\n  b") == "a b"
