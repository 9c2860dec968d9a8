"""A real vLLM on a processor, and our client before it: `make vllm-test`, `make vllm-record`.

It fails where a live answer differs from the recorded one in its labels, its shape, or by more than
a thousandth of a probability, and where the server is of another version.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dsl.model import Cause
from guards.classifier.vllm.made import made
from guards.judgement import NoJudgement
from guards.question import Question
from tests.vllm import exchange, trained
from tests.vllm.asking import PATIENCE_S, PAYING, WORDS, judged, run
from tests.vllm.between import Noting
from tests.vllm.contract import CASES, LOOKED, Case
from tests.vllm.exchange import CLOSE, Exchange, Record
from tests.vllm.labelled import BAD, GOOD
from tests.vllm.serving import NAME, flags, live
from tests.vllm.whole_way import FAMILIES, Guarded, enforced

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1800)]
RECORDS = bool(os.environ.get("RECORD_VLLM"))


@dataclass
class Served:
    """A live server, what is noted of it, and what our client read out of it."""

    model: str
    address: str
    noting: Noting
    outcomes: dict[str, Any] = field(default_factory=dict)

    def record(self) -> None:
        """Write down what came, if all cases were asked."""
        if self.outcomes.keys() != {one.name for one in CASES.get(self.model, ())}:
            return
        noted = {one.key: one for one in reversed(self.noting.noted)}
        version = self.outcomes[LOOKED]["version"]
        today = datetime.now(UTC).date().isoformat()
        told = (self.model, version, today, flags(self.model), self.outcomes)
        exchange.write(Record(*told, list(reversed(noted.values()))))


class Fleet:
    """Serves one model at a time: starting one takes a minute, so a model stays for its cases."""

    def __init__(self, environment: Path, tell: Callable[[str], None]) -> None:
        self.environment, self._tell = environment, tell
        self._open = ExitStack()
        self._now: Served | None = None

    def serve(self, model: str) -> Served:
        """Return the server of a model, which is started where another one was asked last."""
        if self._now is None or self._now.model != model:
            self.close()
            address = self._open.enter_context(live(self.environment, model, self._tell))
            self._now = Served(model, address, self._open.enter_context(Noting(address)))
        return self._now

    def close(self) -> None:
        """End what is served; a recording is written down."""
        if self._now is not None and RECORDS:
            self._now.record()
        self._now = None
        self._open.close()


@pytest.fixture(scope="module")
def fleet(request: pytest.FixtureRequest) -> Iterator[Fleet]:
    plugins = request.config.pluginmanager
    screen, capture = (plugins.get_plugin(one) for one in ("terminalreporter", "capturemanager"))

    def tell(words: str) -> None:
        if screen is not None and capture is not None:
            with capture.global_and_fixture_disabled():
                screen.write_line(words)

    made = Fleet(Path(os.environ["LIVE_VLLM"]), tell)
    yield made
    made.close()


EVERY = [
    pytest.param(model, one, id=f"{model}: {one.name}") for model in CASES for one in CASES[model]
]


@pytest.mark.parametrize(("model", "case"), EVERY)
def test_a_live_server_answers_as_recorded(fleet: Fleet, model: str, case: Case) -> None:
    """The same question gets the same answer, and our client reads the same out of it."""
    served = fleet.serve(model)
    before = len(served.noting.noted)
    outcome = run(case.asking, served.noting.address)
    noted = served.noting.noted[before:]
    served.outcomes[case.name] = outcome

    if case.cause is not None:
        assert outcome == {"cause": case.cause}
    if not RECORDS:
        record = exchange.read(served.model)
        assert exchange.differing(record.outcomes[case.name], outcome) == []
        assert [line for one in noted for line in _drift(record, one)] == []


def _drift(record: Record, now: Exchange) -> list[str]:
    known = {one.key: one for one in record.exchanges}
    then = known.get(now.key)
    if then is None:
        return [f"{now.method} {now.path} was not recorded: {now.body}"]
    return [f"{now.path}: {line}" for line in exchange.drift(then, now)]


@pytest.mark.parametrize("model", [trained.MODEL])
def test_a_trained_encoder_says_what_transformers_says(fleet: Fleet, model: str) -> None:
    """What `drawbar train encoder` made is served as it is, and the same weights say the same."""
    address = fleet.serve(model).address
    said = trained.theirs(fleet.environment / "models")["logits"]
    found = asyncio.run(asked(address, trained.questions(), together=False))

    assert max(said) - min(said) > 1.0  # it learned something
    assert furthest(said, found) <= CLOSE


@pytest.mark.parametrize("model", [trained.MODEL])
def test_questions_that_go_together_get_the_same_answers(fleet: Fleet, model: str) -> None:
    """Of 32 in one request each gets its own; where one is too long, the others get theirs."""
    address, every = fleet.serve(model).address, trained.questions()
    alone = asyncio.run(asked(address, every, together=False))
    together = asyncio.run(asked(address, every, together=True))
    *others, long = asyncio.run(asked(address, [*every[:9], trained.LONG], together=True))

    assert furthest(alone, together) <= CLOSE
    assert furthest(alone[:9], others) <= CLOSE
    assert long is Cause.INPUT_TOO_LONG


async def asked(address: str, questions: Sequence[Question], *, together: bool) -> list[Any]:
    """Return what the trained encoder says to questions, by themselves or in one request."""
    guard = made(address, NAME, "encoder", None, dict)
    await guard._http.open()
    await guard.look()

    async def one(question: Question) -> Any:
        try:
            return (await guard.judge(question, PATIENCE_S)).logit
        except NoJudgement as error:
            return error.cause

    try:
        if not together:
            return [await one(question) for question in questions]
        guard.together(1.0)
        return list(await asyncio.gather(*map(one, questions)))
    finally:
        await guard.close()


def furthest(some: Sequence[float], others: Sequence[float]) -> float:
    return max(abs(one - other) for one, other in zip(some, others, strict=True))


@pytest.mark.parametrize("model", FAMILIES)
def test_a_served_guard_is_verified_calibrated_and_decides(
    fleet: Fleet, model: str, tmp_path: Path
) -> None:
    """The way of an operator, before a real server; when it is gone, its rule denies by unknown.

    With so few labels a curve has no offset, so that a harmless call may lie in the band.
    """
    address = fleet.serve(model).address
    with enforced(address, FAMILIES[model], tmp_path) as gateway:
        assert answered(gateway, GOOD)[:2] in {("allow", None), ("deny", Cause.IN_BAND)}
        found = [answered(gateway, BAD) for _ in range(5)]
        sure = [float(said) for _, cause, said in found if cause is None]
        assert {effect for effect, _, _ in found} == {"deny"}
        assert {cause for _, cause, _ in found} <= {None, Cause.IN_BAND}  # some always are
        assert sure
        assert min(sure) > 0.7
        fleet.close()
        assert answered(gateway, GOOD)[:2] == ("deny", Cause.CONNECT)


def answered(gateway: Guarded, note: str) -> tuple[str, str | None, str]:
    """Ask until the server was not too slow for the decision: the machine may be busy."""
    for _ in range(10):
        found = gateway.pay(note)
        if found[1] != Cause.TIMEOUT:
            break
    return found


@pytest.mark.parametrize("model", ["generator-16"])
def test_an_engine_that_dies_is_known_and_then_gone(fleet: Fleet, model: str) -> None:
    """Heads of a size that vLLM cannot do end its engine at the first question, and then itself."""
    address = fleet.serve(model).address
    assert run(judged(WORDS, PAYING), address) == {"cause": Cause.ENGINE_DEAD}
    for _ in range(60):
        after = run(judged(WORDS, PAYING), address)
        if after["cause"] == Cause.CONNECT:
            break
        time.sleep(1)
    assert after == {"cause": Cause.CONNECT}
