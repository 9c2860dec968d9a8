"""Measures what knowing where values come from costs: questions, taking results in, and memory.

`python -m bench.origin` tells sessions of 10 KB to 10 MB the same sort of story: mails, documents,
a list of contacts and some secret files. Times are of the processor, and the least of several runs.
Questions are also given by how much they grow, and taking in as a multiple of cutting the same
texts into words alone, in the same run: both depend less on the machine.
"""

import random
import re
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import values
from dsl import strictjson
from dsl.canonical import host
from dsl.errors import Source
from dsl.model import ToolCall
from dsl.parse import parse
from dsl.session import words
from dsl.session.asked import asked
from dsl.session.leaves import leaves
from dsl.state import Outcome
from memory.sessions.index.index import Index
from memory.sessions.index.session import Session

ROOT: Final = Path(__file__).parents[1]
SIZES: Final = {"10 KB": 10 << 10, "100 KB": 100 << 10, "1 MB": 1 << 20, "10 MB": 10 << 20}
RESULT: Final = 10 << 10  # characters of one result, about
TEXTS: Final = 12  # of prose: one holds more values than another
NOW: Final = datetime(2026, 3, 2, tzinfo=UTC)
POLICY: Final = parse(
    Source(
        "origin.bar",
        "policy origin version 1;\n"
        "source get_contacts as trusted;\nsource get_mails[*].subject as internal;\n"
        "label read_secret as secret;\nrule any: allow send;\n",
    )
)
SAID: Final = "Pay the bill INV-77 to Ada Miller, and write to bob@corp.example on 2026-03-04."
CONTACTS: Final = [{"name": "Ada Miller", "iban": "GB29NWBK60161331926819", "since": "2026-03-05"}]
SECRET: Final = {"key": "K7-99312-X", "note": "the merger is announced on the first of May"}
QUESTIONS: Final[tuple[tuple[str, str, str | None], ...]] = (
    ("an e-mail address, nowhere", "eve@evil.example", "email"),
    ("an e-mail address, the user's", "bob@corp.example", "email"),
    ("a link, nowhere", "https://evil.example/x?y=1", "url"),
    ("an account, trusted", "GB29NWBK60161331926819", "iban"),
    ("an account, nowhere", "DE89370400440532013000", "iban"),
    ("an account whose kind nobody declared", "GB29NWBK60161331926819", None),
    ("a telephone number, nowhere", "+49 30 901820", "phone"),
    ("a host, nowhere", "evil.example", "host"),
    ("a path, nowhere", "/srv/www/index.html", "path"),
    ("an amount, nowhere", "EUR 1,234.50", "money"),
    ("a time, nowhere", "17:42", "time"),
    ("an id, the user's", "INV-77", "id"),
    ("an id, nowhere", "INV-123456", "id"),
    ("a day that is everywhere", "2026-03-05", "date"),
    ("a name of two words, trusted", "Ada Miller", "name"),
    ("four words in a row, nowhere", "pay the bill twice", "id"),
)


class Writer:
    """Writes texts of the words of our pages, with values in every fourth sentence."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - no secret hangs on it
        pages = " ".join(path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
        self._words = sorted(set(re.findall(r"\b[a-z]{2,12}\b", pages)))
        self._dice.shuffle(self._words)
        self._weights = [1 / (rank + 2) for rank in range(len(self._words))]

    def prose(self, size: int) -> str:
        """Return sentences of so many characters."""
        sentences: list[str] = []
        while sum(map(len, sentences)) < size:
            chosen = self._some(self._dice.randint(6, 18))
            if self._dice.random() < 1 / 4:
                chosen.insert(self._dice.randint(0, len(chosen)), self._value())
            sentences.append(f"{' '.join(chosen).capitalize()}. ")
        return "".join(sentences)[:size]

    def mails(self, size: int) -> list[dict[str, Any]]:
        """Return rows of about so many characters."""
        return [self._mail() for _ in range(max(size // 420, 1))]

    def _mail(self) -> dict[str, Any]:
        dice = self._dice
        sender, place = self._some(2)
        return {
            "id": f"m{dice.randrange(10**7)}",
            "from": f"{sender}@{place}.example",
            "subject": " ".join(self._some(4)),
            "date": f"2026-03-{dice.randint(1, 28):02}T10:00:00Z",
            "amount": dice.randrange(10**5),
            "body": self.prose(300),
        }

    def _some(self, number: int) -> list[str]:
        return self._dice.choices(self._words, self._weights, k=number)

    def _value(self) -> str:
        dice, (one, two) = self._dice, self._some(2)
        return dice.choice(
            (
                f"{one}@{two}.example",
                f"https://{one}.example/{two}/{dice.randrange(10**4)}",
                f"INV-{dice.randrange(10**5)}",
                f"{dice.randint(1, 28)} May 2026",
                f"{dice.randrange(10**4)}.{dice.randint(10, 99)} EUR",
            )
        )


def story(size: int) -> Iterator[tuple[str, Any]]:
    """Yield the tools that were called and what they gave back, until so much was seen."""
    writer = Writer(7)
    yield "get_contacts", CONTACTS
    yield "read_secret", SECRET
    for at in range(size // RESULT):
        yield ("read", writer.prose(RESULT)) if at % 2 else ("get_mails", writer.mails(RESULT))


def told(results: list[tuple[str, Any]]) -> Session:
    """Return a session that was told results, and has taken none of them in."""
    made = Session()
    made.policies = (POLICY,)
    made.texts.append(SAID)
    for at, (tool, result) in enumerate(results):
        made.ran(ToolCall(f"c{at}", tool, {"page": at}), NOW, result, Outcome.EXECUTED)
    return made


def least(work: Callable[[], object], runs: int, repeats: int = 1) -> float:
    """Return the least seconds of several runs; of each, the mean of its repeats."""
    taken = []
    for _ in range(runs):
        began = time.process_time_ns()
        for _ in range(repeats):
            work()
        taken.append((time.process_time_ns() - began) / repeats)
    return min(taken) / 1e9


def asking(session: Session, value: str, kind: str | None) -> Callable[[], object]:
    """Return a question that no answer was kept of."""

    def ask() -> object:
        session._answers.clear()  # noqa: SLF001 - as it is for a value not asked about before
        return session.origins(POLICY, value, kind)

    return ask


def prose_argument(session: Session, text: str) -> Callable[[], object]:
    """Return all that a policy may ask of a text: the values in it, their origins, its labels."""

    def ask() -> object:
        session._answers.clear()  # noqa: SLF001 - as above
        session._reader.forget()  # noqa: SLF001
        host._name.cache_clear()  # noqa: SLF001
        found = session.entities(text)
        asked_of = [session.origins(POLICY, one, None) for one in found]  # type: ignore[union-attr]
        return asked_of, session.labelled(text, "secret", None)

    return ask


def questions(sessions: dict[str, Session]) -> None:
    """Print the times of questions by how much was seen."""
    sizes = " | ".join(sessions)
    print(f"| question, microseconds | reading the value alone | {sizes} | growth |")
    print(f"| --- | --- |{' --- |' * len(sessions)} --- |")
    for name, value, kind in QUESTIONS:
        alone = least(lambda v=value, k=kind: asked(v, k), 7, 100)  # type: ignore[misc]
        taken = [least(asking(one, value, kind), 7, 100) for one in sessions.values()]
        _row(name, [f"{alone * 1e6:.0f}", *(f"{one * 1e6:.0f}" for one in taken)], taken)
    texts = [Writer(seed).prose(2 << 10) for seed in range(11, 11 + TEXTS)]
    taken = [
        sum(least(prose_argument(one, text), 5, 3) for text in texts) / TEXTS
        for one in sessions.values()
    ]
    _row("2 KB of prose: values, origins, labels", ["", *(f"{t * 1e6:.0f}" for t in taken)], taken)


def _row(name: str, shown: list[str], taken: list[float]) -> None:
    print(f"| {name} | {' | '.join(shown)} | {taken[-1] / taken[0]:.2f} |", flush=True)


def taking_in(results: list[tuple[str, Any]]) -> tuple[float, float]:
    """Return the seconds until all is taken in, and those of cutting all texts into words."""
    texts = [leaf for _, result in results for _, leaf in leaves(result) if isinstance(leaf, str)]

    def cut() -> None:
        for text in texts:
            deque(words.cut(words.visible(text) or ""), maxlen=0)

    runs = 3 if len(results) <= SIZES["1 MB"] // RESULT + 2 else 1
    sessions = iter([told(results) for _ in range(runs)])
    return least(lambda: next(sessions).settle(), runs), least(cut, runs)


def worst() -> tuple[float, str]:
    """Return the text made to take long that takes longest to be taken in, in ms per KB."""

    def taken(text: str) -> float:
        index = Index()
        return least(lambda: index.said(text), 1) * 1000 / (len(text.encode()) / 1024)

    return max((taken(text), name) for name, text in values.hostile().items())


def held(size: int) -> tuple[int, int]:
    """Return the bytes that a session takes, and those of what it was told, as JSON."""
    written = [(tool, strictjson.canonical(result)) for tool, result in story(size)]
    told(list(story(RESULT))).settle()  # what is loaded once is no part of it
    tracemalloc.start()
    session = told([(tool, strictjson.read(text)) for tool, text in written])
    session.settle()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return taken, sum(len(text) for _, text in written)


def main() -> None:
    """Print the tables."""
    sessions: dict[str, Session] = {}
    told(list(story(RESULT * 2))).settle()  # what is loaded once
    print("| seen | taken in, ms per KB | times cutting into words |\n| --- | --- | --- |")
    for name, size in SIZES.items():
        results = list(story(size))
        kilobytes = sum(len(strictjson.canonical(result)) for _, result in results) / 1024
        took, alone = taking_in(results)
        print(f"| {name} | {took * 1000 / kilobytes:.2f} | {took / alone:.2f} |", flush=True)
        sessions[name] = told(results)
        sessions[name].settle()
    longest, name = worst()
    print(f"| the text that takes longest: {name} | {longest:.1f} | |\n")
    questions(sessions)
    sessions.clear()
    print("\n| seen | MB of memory per MB |\n| --- | --- |")
    for name in ("100 KB", "1 MB", "10 MB"):
        taken, seen = held(SIZES[name])
        print(f"| {name} | {taken / seen:.1f} |", flush=True)


if __name__ == "__main__":
    main()
