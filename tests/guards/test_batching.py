"""Questions that are sent together: each member gets its own answer or none, in its own time."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any, Final

import pytest

from dsl.model import Cause
from guards.asking import Asker
from guards.classifier.vllm import batching
from guards.classifier.vllm.answers import several
from guards.classifier.vllm.batching import Batches
from guards.classifier.vllm.families import FAMILIES
from guards.classifier.vllm.http import Refused
from guards.classifier.vllm.made import made
from guards.judgement import Form, NoJudgement, Raw
from guards.question import Question
from guards.skill.reading import Reading
from tests.guards.serving import ABOUT, MODEL, Answer, Serving, classified, says
from tests.guards.standing_in import question

ENCODER: Final = FAMILIES["encoder"]
LONG_S: Final = 60.0
Answering = Callable[[Sequence[str]], Any]


def numbers(texts: Sequence[str]) -> list[Raw]:
    return [Raw(float(one)) for one in texts]


class Sender:
    """Answers each text by its number, unless a test says otherwise."""

    def __init__(self, answering: Answering | None = None) -> None:
        self._answering = answering or numbers
        self.sent: list[list[str]] = []

    async def __call__(self, texts: Sequence[str], _seconds: float) -> Any:
        self.sent.append(list(texts))
        found = self._answering(texts)
        return await found if asyncio.iscoroutine(found) else found


async def said(batches: Batches, text: str, seconds: float = LONG_S) -> Raw | Cause:
    try:
        return await batches.ask(text, seconds)
    except NoJudgement as error:
        return error.cause


def ask(sender: Sender, texts: Sequence[str], wait_s: float = 0.01) -> list[Raw | Cause]:
    async def story() -> list[Raw | Cause]:
        batches = Batches(sender, wait_s)
        found = await asyncio.gather(*(said(batches, one) for one in texts))
        await batches.close()
        return found

    return asyncio.run(story())


def row(index: Any, logit: float, **members: Any) -> dict[str, Any]:
    label = "violation" if logit > 0 else "no_violation"
    told = {"index": index, "label": label, "probs": [-logit / 2, logit / 2], "num_classes": 2}
    return {**told, **members}


def test_what_is_asked_at_one_moment_is_sent_together() -> None:
    """One request for all; each member is given the answer to its own text."""
    sender = Sender()

    assert ask(sender, ["1", "2", "3"]) == [Raw(1.0), Raw(2.0), Raw(3.0)]
    assert sender.sent == [["1", "2", "3"]]


def test_more_than_so_many_are_not_sent_together() -> None:
    """A full batch goes at once, and the next one is begun."""
    sender = Sender()
    texts = [str(number) for number in range(70)]

    assert ask(sender, texts) == [Raw(float(one)) for one in texts]
    assert [len(one) for one in sender.sent] == [32, 32, 6]
    assert batching.MOST == 32


def test_rows_are_matched_by_their_numbers() -> None:
    """In whatever order they come, each answer is that of the question with its number."""
    for order in permutations(range(3)):
        told = {"data": [row(one, float(one + 1)) for one in order]}
        assert several(told, ENCODER, 3) == [Raw(1.0), Raw(2.0), Raw(3.0)]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row(0, 1.0)],
        [row(0, 1.0), row(1, 2.0), row(2, 3.0)],
        [row(0, 1.0), row(0, 2.0)],
        [row(0, 1.0), row(2, 2.0)],
        [row(1, 1.0), row(2, 2.0)],
        [row(0, 1.0), row(-1, 2.0)],
        [row(0, 1.0), row(index=True, logit=2.0)],
        [row(0, 1.0), row("1", 2.0)],
        [row(0, 1.0), row(None, 2.0)],
        [row(0, 1.0), row([], 2.0)],
        [row(0, 1.0), None],
        [row(0, 1.0), row(1, 1.0), row(1, 2.0)],
        None,
    ],
)
def test_rows_that_are_not_those_that_were_asked_answer_nobody(rows: Any) -> None:
    """Too few, too many, twice or without a number: whose answer is whose cannot be known."""
    with pytest.raises(NoJudgement) as caught:
        several({"data": rows}, ENCODER, 2)
    assert caught.value.cause is Cause.BAD_SHAPE


def test_a_member_without_an_answer_takes_no_other_along() -> None:
    """One row that is none is an unknown of one member."""
    told = {"data": [row(0, 1.0), row(1, 2.0, label="LABEL_1"), row(2, 3.0, probs=[1.0])]}
    first, second, third = several(told, ENCODER, 3)

    assert first == Raw(1.0)
    assert [one.cause for one in (second, third) if isinstance(one, NoJudgement)] == [
        *(Cause.NOT_A_LABEL, Cause.BAD_SHAPE),
    ]


def test_whom_the_server_refuses_takes_no_other_along() -> None:
    """After a 400 each member is asked alone, once, and only the one at fault is unknown."""

    def answering(texts: Sequence[str]) -> Any:
        if "13" in texts:
            raise Refused(400, Cause.INPUT_TOO_LONG if len(texts) == 1 else Cause.BAD_STATUS)
        return numbers(texts)

    sender = Sender(answering)

    assert ask(sender, ["1", "13", "2"]) == [Raw(1.0), Cause.INPUT_TOO_LONG, Raw(2.0)]
    assert sender.sent[0] == ["1", "13", "2"]
    assert sorted(sender.sent[1:]) == [["1"], ["13"], ["2"]]


def test_who_left_before_a_batch_was_refused_is_not_asked_about_again() -> None:
    """Only those are asked alone who still wait for their answer."""
    go = asyncio.Event()

    async def refusing(texts: Sequence[str]) -> Any:
        await go.wait()
        if len(texts) > 1:
            raise Refused(400, Cause.BAD_STATUS)
        return numbers(texts)

    sender = Sender(refusing)

    async def story() -> Any:
        batches = Batches(sender, 0.01)
        stays = asyncio.create_task(said(batches, "1"))
        first = await said(batches, "2", 0.2)
        go.set()
        return [first, await stays]

    assert asyncio.run(story()) == [Cause.TIMEOUT, Raw(1.0)]
    assert [sorted(one) for one in sender.sent] == [["1", "2"], ["1"]]


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (Refused(404, Cause.BAD_STATUS), Cause.BAD_STATUS),
        (Refused(500, Cause.ENGINE_DEAD), Cause.ENGINE_DEAD),
        (NoJudgement(Cause.CONNECT), Cause.CONNECT),
        (NoJudgement(Cause.BAD_SHAPE), Cause.BAD_SHAPE),
    ],
)
def test_any_other_fault_is_that_of_all(fault: NoJudgement, cause: Cause) -> None:
    """What was heard is not sent again: nobody knows what became of it."""

    def answering(_: Sequence[str]) -> Any:
        raise fault

    sender = Sender(answering)

    assert ask(sender, ["1", "2"]) == [cause, cause]
    assert len(sender.sent) == 1


@pytest.mark.parametrize("number", [0, 1, 3])
def test_another_number_of_answers_answers_nobody(number: int) -> None:
    """Nobody is told anything before it is sure that there is one for each."""
    sender = Sender(lambda _: [Raw(1.0)] * number)

    assert ask(sender, ["1", "2"]) == [Cause.BAD_SHAPE] * 2


def test_a_defect_is_the_fault_of_all() -> None:
    """Whatever goes wrong inside, nobody waits for ever and nobody is given a score."""

    def answering(_: Sequence[str]) -> Any:
        raise RuntimeError

    async def story() -> list[Any]:
        batches = Batches(Sender(answering), 0.01)
        asked = (batches.ask(one, LONG_S) for one in "12")
        return list(await asyncio.gather(*asked, return_exceptions=True))

    assert [type(one) for one in asyncio.run(story())] == [RuntimeError] * 2


def test_each_member_keeps_its_own_deadline() -> None:
    """Who has little time is unknown when it is over; the others still get their answers."""
    go = asyncio.Event()

    async def late(texts: Sequence[str]) -> Any:
        await go.wait()
        return numbers(texts)

    async def story() -> list[Any]:
        batches = Batches(Sender(late), 0.01)
        patient = asyncio.create_task(said(batches, "1"))
        first = await said(batches, "2", 0.2)
        go.set()
        return [first, await patient]

    assert asyncio.run(story()) == [Cause.TIMEOUT, Raw(1.0)]


def test_the_one_with_the_least_time_says_when_a_batch_goes() -> None:
    """Nobody waits for company longer than half of what the least patient member has."""
    sender = Sender()

    async def story() -> list[Any]:
        batches = Batches(sender, LONG_S)
        patient = asyncio.create_task(said(batches, "1"))
        await asyncio.sleep(0)
        return [await said(batches, "2", 4.0), await patient]

    assert asyncio.run(story()) == [Raw(2.0), Raw(1.0)]
    assert sender.sent == [["1", "2"]]


def test_who_left_is_not_asked_about() -> None:
    """A question that nobody waits for is not sent, and a batch of such is none."""
    sender = Sender()

    async def story() -> Any:
        batches = Batches(sender, 0.05)
        gone = [asyncio.create_task(said(batches, one)) for one in "12"]
        await asyncio.sleep(0)
        gone[0].cancel()
        found = await gone[1]
        gone = [asyncio.create_task(said(batches, "3"))]
        await asyncio.sleep(0)
        gone[0].cancel()
        await asyncio.sleep(0.1)
        return found

    assert asyncio.run(story()) == Raw(2.0)
    assert sender.sent == [["2"]]


def test_who_waits_when_the_guard_is_closed_is_told_so() -> None:
    """Neither those who were sent nor those who wait for company hang."""
    hangs = asyncio.Event()

    async def hang(_: Sequence[str]) -> Any:
        hangs.set()
        await asyncio.Event().wait()

    async def story() -> list[Any]:
        batches = Batches(Sender(hang), 0.01)
        sent = asyncio.create_task(said(batches, "1"))
        await hangs.wait()
        waits = asyncio.create_task(said(batches, "2"))
        await asyncio.sleep(0)
        await batches.close()
        return [await sent, await waits]

    assert asyncio.run(story()) == [Cause.CONNECT] * 2


# The same before a server


def rows(body: Any) -> Answer:
    """Answer one text or several; a text says its logit itself."""
    if isinstance(body["input"], str):
        return classified(logit(body["input"]))
    data = [row(at, logit(one)) for at, one in enumerate(body["input"])]
    return says({**ABOUT, "object": "list", "data": data[::-1]})


def logit(text: str) -> float:
    return float(text.split('"amount":')[1].split("}", maxsplit=1)[0])


def about(number: int) -> Question:
    return Question(Form.JUDGE, question().text, f'pay({{"amount":{number}}})')


def test_a_guard_that_sends_questions_together_gives_each_its_score() -> None:
    """Of 16 callers at once each gets its own score, over a few requests; off, over 16."""

    async def story(server: Serving, wait_s: float) -> list[float | None]:
        guard = made(server.address, MODEL, "encoder", None, dict)
        if wait_s:
            guard.together(wait_s)
        await guard._http.open()
        await guard.look()
        asker = Asker("g", guard, Reading(), longest_s=LONG_S)
        asker.unwell = None

        async def one(number: int) -> float | None:
            asked = asker.ask(Form.JUDGE, lambda: about(number), "t", LONG_S, enforced=False)
            return (await asked).raw

        found = await asyncio.gather(*map(one, range(1, 17)))
        await guard.close()
        return found

    with Serving() as server:
        server.answers["/classify"] = rows
        assert asyncio.run(story(server, 0.5)) == [float(one) for one in range(1, 17)]
        together = len(server.bodies("/classify"))
        assert asyncio.run(story(server, 0.0)) == [float(one) for one in range(1, 17)]
        alone = server.bodies("/classify")[together:]
    assert together < 16
    assert len(alone) == 16
    assert all(isinstance(one["input"], str) for one in alone)


def test_of_a_family_whose_questions_go_one_by_one_none_go_together() -> None:
    """Turns of a chat are no list of texts: a generator is asked as ever."""
    guard = made("http://127.0.0.1:9", MODEL, "policyguard", None, dict)
    guard.together(1.0)

    assert guard._batches is None
