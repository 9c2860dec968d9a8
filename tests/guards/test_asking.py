"""Whatever a guard does, who asked it gets a probability or a cause, in bounded time."""

import asyncio
import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from dsl.model import Cause
from guards import asking
from guards.asking import Heard
from guards.cache import Cache
from guards.judgement import CAUSES, Form, Judgement, NoJudgement, Raw
from guards.question import Question
from guards.turns import Turns
from tests.guards.standing_in import SKILLED, asker, question, raw


async def asked(one: Any, seconds: float = 60, **more: Any) -> Judgement:
    await one.check()
    made: Judgement = await one.ask(Form.JUDGE, question, "default", seconds, **more)
    return made


def raises(error: BaseException) -> Any:
    def answer(_: Question) -> Raw:
        raise error

    return answer


def sleeps(_: Question) -> Any:
    return asyncio.sleep(3600)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (raises(RuntimeError("secret")), Cause.FAULT),
        (raises(ValueError()), Cause.FAULT),
        (raises(KeyError("x")), Cause.FAULT),
        (raises(RecursionError()), Cause.FAULT),
        (raises(SystemExit(0)), Cause.FAULT),
        (raises(TimeoutError()), Cause.TIMEOUT),
        (raises(asyncio.CancelledError()), Cause.FAULT),  # by whom it waits for, and nobody else
        *((raises(NoJudgement(cause)), cause) for cause in sorted(CAUSES)),
        (sleeps, Cause.TIMEOUT),
        (lambda _: None, Cause.BAD_SHAPE),
        (lambda _: 0.0, Cause.BAD_SHAPE),
        (lambda _: True, Cause.BAD_SHAPE),
        (lambda _: Raw(math.nan), Cause.BAD_SHAPE),
        (lambda _: Raw(math.inf), Cause.BAD_SHAPE),
        (lambda _: Raw(1.0, math.nan), Cause.BAD_SHAPE),
        (lambda _: Raw(0.0), Cause.IN_BAND),
    ],
)
def test_every_fault_of_a_guard_is_an_unknown_with_its_cause(answer: Any, cause: Cause) -> None:
    """A guard that raises, hangs, lies or does not know says nothing, and never a probability."""
    judgement = asyncio.run(asked(asker(answer, longest_s=0.05)))

    assert (judgement.p, judgement.cause) == (None, cause)


def test_a_guard_with_skill_gives_its_calibrated_probability() -> None:
    """An answer outside of the band is a probability, with the calibration it rests on."""
    judgement = asyncio.run(asked(asker(raw(2.0))))

    assert judgement.p == Decimal("0.880797")
    assert (judgement.cause, judgement.calibration, judgement.raw) == (None, "calibrated", 2.0)


def test_a_number_of_a_library_is_one_once_it_was_said() -> None:
    """What counts as a number, but is of a type of its own, can be written down like any other."""
    said = asyncio.run(asked(asker(lambda _: Raw(Decimal(2), Decimal(1)))))  # type: ignore[arg-type]

    assert [type(said.raw), type(said.label_mass)] == [float, float]
    assert (said.p, said.raw) == (Decimal("0.880797"), 2.0)


def test_a_question_that_cannot_be_made_is_an_unknown() -> None:
    """What goes wrong before the guard is asked is caught in the same place."""
    one = asker(raw(2.0))

    def broken() -> Question:
        raise RuntimeError("no question")

    async def ask() -> Judgement:
        await one.check()
        return await one.ask(Form.JUDGE, broken, "default", 60)

    assert asyncio.run(ask()).cause is Cause.FAULT


def test_no_time_left_is_a_timeout_and_nobody_is_asked() -> None:
    """20 ms are spared for the decision itself."""
    one = asker(raw(2.0))

    assert asyncio.run(asked(one, 0.02)).cause is Cause.TIMEOUT
    assert one.guard.asked == []  # type: ignore[attr-defined]


def test_a_guard_that_was_not_checked_is_not_asked() -> None:
    """Before its known questions came out as recorded, everything is unknown."""
    one = asker(raw(2.0))

    judgement = asyncio.run(one.ask(Form.JUDGE, question, "default", 60))

    assert judgement.cause is Cause.GUARD_CANARY
    assert one.guard.asked == []  # type: ignore[attr-defined]


def test_a_check_that_goes_wrong_makes_all_unknown_until_one_goes_well() -> None:
    """A guard whose answers changed is not believed, not even what it said before."""
    one, wrong = asker(raw(2.0)), [False]

    def checks() -> None:
        if wrong[0]:
            raise NoJudgement(Cause.GUARD_CANARY)

    one.guard._checks = checks  # type: ignore[attr-defined]

    async def story() -> list[Any]:
        said = [(await asked(one)).cause]
        wrong[0] = True
        said.append((await asked(one)).cause)
        wrong[0] = False
        said.append((await asked(one)).cause)
        return said

    assert asyncio.run(story()) == [None, Cause.GUARD_CANARY, None]


def test_a_check_that_is_cancelled_by_the_guard_itself_is_one_that_went_wrong() -> None:
    """Else the checks would end in silence, and what answered before would be believed for good."""
    one, wrong = asker(raw(2.0)), [False]

    def checks() -> None:
        if wrong[0]:
            raise asyncio.CancelledError

    one.guard._checks = checks  # type: ignore[attr-defined]

    async def story() -> list[Any]:
        said = [(await asked(one)).cause]
        wrong[0] = True
        said.append((await asked(one)).cause)
        return said

    assert asyncio.run(story()) == [None, Cause.FAULT]


def test_who_is_cancelled_while_a_guard_is_asked_ends() -> None:
    """That is no fault of the guard: whoever asked is gone, and nothing is made of it."""
    began = asyncio.Event()

    async def hangs() -> None:
        began.set()
        await asyncio.sleep(3600)

    one = asker(lambda _: hangs(), longest_s=60)

    async def story() -> list[bool]:
        await one.check()
        asks = asyncio.create_task(one.ask(Form.JUDGE, question, "default", 60))
        await began.wait()
        asks.cancel()
        await asyncio.wait({asks})
        return [asks.cancelled(), one.breaker.is_open]

    assert asyncio.run(story()) == [True, False]


@pytest.mark.parametrize(
    ("goes", "fault"),
    [
        (raises(RuntimeError("secret")), RuntimeError),
        (raises(asyncio.CancelledError()), RuntimeError),
        (sleeps, TimeoutError),
    ],
)
def test_a_guard_that_does_not_let_go_is_left(
    goes: Any, fault: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway ends in its time, whatever a guard does then; somebody is told."""
    monkeypatch.setattr(asking, "CLOSE_S", 0.05)
    faults = list[Exception]()
    one = asker(raw(2.0), heard=Heard(fault=lambda _name, error: faults.append(error)))

    async def close() -> None:
        said = goes(question())
        await said

    one.guard.close = close  # type: ignore[method-assign]
    asyncio.run(asyncio.wait_for(one.close(), 60))
    assert [type(error) for error in faults] == [fault]


def test_what_was_said_before_a_check_missed_is_forgotten() -> None:
    """Other weights may have said it: it is asked again once the guard is right again."""
    good = [True]
    one = asker(lambda _: Raw(4.0 if good[0] else -4.0))

    def checks() -> None:
        if not good[0]:
            raise NoJudgement(Cause.GUARD_CANARY)

    one.guard._checks = checks  # type: ignore[attr-defined]

    async def story() -> list[Any]:
        await one.check()
        good[0] = False
        await one.ask(Form.JUDGE, question, "default", 60)
        await one.check()
        good[0] = True
        found = await asked(one)
        return [found.raw, found.cached]

    assert asyncio.run(story()) == [4.0, False]


def test_an_answer_that_comes_after_a_check_missed_is_none() -> None:
    """It is neither believed nor kept, although the guard was well when it was asked."""
    go, wrong = asyncio.Event(), [False]

    async def late() -> Raw:
        await go.wait()
        return Raw(-4.0)

    one = asker(lambda _: Raw(4.0) if go.is_set() else late(), longest_s=60)

    def checks() -> None:
        if wrong[0]:
            raise NoJudgement(Cause.GUARD_CANARY)

    one.guard._checks = checks  # type: ignore[attr-defined]

    async def story() -> list[Any]:
        await one.check()
        asking = asyncio.create_task(one.ask(Form.JUDGE, question, "default", 60))
        while not one.guard.asked:  # type: ignore[attr-defined]  # noqa: ASYNC110 - no event
            await asyncio.sleep(0)
        wrong[0] = True
        await one.check()
        wrong[0] = False
        await one.check()
        go.set()
        first, then = await asking, await asked(one)
        return [first.cause, first.p, then.raw, then.cached]

    assert asyncio.run(story()) == [Cause.GUARD_CANARY, None, 4.0, False]


def test_a_guard_that_keeps_failing_is_left_alone() -> None:
    """After five faults in a row nobody asks it, until a check went well."""
    one = asker(raises(RuntimeError()))

    async def story() -> list[Cause | None]:
        await one.check()
        said = [(await one.ask(Form.JUDGE, question, "t", 60)).cause for _ in range(6)]
        await one.check()
        return [*said, (await one.ask(Form.JUDGE, question, "t", 60)).cause]

    assert asyncio.run(story()) == [*[Cause.FAULT] * 5, Cause.BREAKER_OPEN, Cause.FAULT]


def test_a_dead_engine_is_left_alone_at_once() -> None:
    """Once the engine died, each further question would only wait for its fault."""
    one = asker(raises(NoJudgement(Cause.ENGINE_DEAD)))

    async def story() -> list[Cause | None]:
        await one.check()
        return [(await one.ask(Form.JUDGE, question, "t", 60)).cause for _ in range(2)]

    assert asyncio.run(story()) == [Cause.ENGINE_DEAD, Cause.BREAKER_OPEN]


def test_beyond_so_many_that_wait_there_is_an_overload() -> None:
    """32 are asked at once and 64 wait; more are told so at once."""

    async def story() -> list[Cause | None]:
        go = asyncio.Event()

        async def wait() -> Raw:
            await go.wait()
            return Raw(3.0)

        one = asker(lambda _: wait(), longest_s=60)
        await one.check()

        def about(number: int) -> Any:
            return lambda: question(domain=str(number))

        asking = [
            asyncio.create_task(one.ask(Form.JUDGE, about(number), "t", 60)) for number in range(97)
        ]
        await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        go.set()
        return [(await task).cause for task in asking]

    assert asyncio.run(story()) == [*[None] * 96, Cause.OVERLOAD]


def test_who_waits_too_long_for_a_turn_says_nothing_of_the_guard() -> None:
    """A crowd of questions does not open the breaker: the guard was not given its whole time."""

    async def story() -> tuple[int, bool]:
        go = asyncio.Event()
        one = asker(lambda _: _when(go), longest_s=60)
        await one.check()
        held = [asyncio.create_task(_asking(one, number, 60)) for number in range(32)]
        await asyncio.sleep(0)
        late = await asyncio.gather(*(_asking(one, number, 0.05) for number in range(32, 90)))
        is_open = one.breaker.is_open
        go.set()
        await asyncio.gather(*held)
        return [found.cause for found in late].count(Cause.TIMEOUT), is_open

    assert asyncio.run(story()) == (58, False)


def test_a_guard_that_hangs_is_left_alone_however_many_ask() -> None:
    """Who had a turn at once gave the guard its whole time."""

    async def story() -> bool:
        one = asker(sleeps, longest_s=0.05)
        await one.check()
        await asyncio.gather(*(_asking(one, number, 60) for number in range(64)))
        return one.breaker.is_open

    assert asyncio.run(story())


def test_callers_with_little_time_say_nothing_of_the_guard() -> None:
    """A caller may name a deadline that no guard could keep; others are not to pay for it."""

    async def story() -> tuple[int, bool]:
        one = asker(sleeps, longest_s=60)
        await one.check()
        late = await asyncio.gather(*(_asking(one, number, 0.03) for number in range(20)))
        return [found.cause for found in late].count(Cause.TIMEOUT), one.breaker.is_open

    assert asyncio.run(story()) == (20, False)


def test_the_next_turn_is_that_of_a_tenant_that_had_none() -> None:
    """One tenant with many questions neither fills the room to wait in nor goes first."""

    async def story() -> list[str]:
        go, order = asyncio.Event(), list[str]()

        async def ask(number: int, tenant: str) -> None:
            found = await _asking(one, number, 60, tenant)
            order.append(f"{tenant} {found.cause}")

        one = asker(lambda _: _when(go), longest_s=60)
        await one.check()
        crowd = [asyncio.create_task(ask(number, "noisy")) for number in range(100)]
        await asyncio.sleep(0.01)
        other = asyncio.create_task(ask(100, "other"))
        await asyncio.sleep(0.01)
        go.set()
        await asyncio.gather(*crowd, other)
        return order

    order = asyncio.run(story())
    assert order[:4] == ["noisy overload"] * 4
    assert order.index("other None") < 4 + 32 + 32


async def _when(go: asyncio.Event) -> Raw:
    await go.wait()
    await asyncio.sleep(0)
    return Raw(3.0)


async def _asking(one: Any, number: int, seconds: float, tenant: str = "t") -> Judgement:
    made: Judgement = await one.ask(
        Form.JUDGE, lambda: question(domain=str(number)), tenant, seconds
    )
    return made


def test_who_gives_up_waiting_takes_no_turn_along() -> None:
    """A turn that was handed to somebody who left goes to the next."""

    async def story() -> int:
        turns, done = Turns(at_once=1), list[int]()

        async def hold(number: int) -> None:
            async with turns.turn("t"):
                await asyncio.sleep(0)
                done.append(number)

        tasks = [asyncio.create_task(hold(number)) for number in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        tasks[2].cancel()  # its turn may just have come
        await asyncio.wait(tasks)
        async with asyncio.timeout(60), turns.turn("t") as waited:
            assert not waited
        return len(done)

    assert asyncio.run(story()) == 2


def test_all_tenants_share_one_room_for_answers() -> None:
    """However many tenants ask, no more answers are kept; the oldest of all goes first."""
    cache = Cache(a_tenant=2, most=3)
    for tenant, key in ("ax", "ay", "az", "bx", "cx"):
        cache.keep(tenant, key, Raw(1.0))

    found = [cache.find(tenant, key) is not None for tenant, key in ("ax", "ay", "az", "bx", "cx")]
    assert found == [False, False, True, True, True]
    assert cache.find("c", "z") is None


def test_an_answer_is_kept_for_its_tenant_alone_and_an_unknown_never() -> None:
    """The same question is asked once a tenant; what was unknown is asked again."""
    said: list[NoJudgement | Raw] = [NoJudgement(Cause.BAD_STATUS), Raw(3.0), Raw(-3.0)]

    def answer(_: Question) -> Raw:
        one = said.pop(0)
        if isinstance(one, NoJudgement):
            raise one
        return one

    one = asker(answer)

    async def story() -> list[Any]:
        await one.check()
        found = [await one.ask(Form.JUDGE, question, t, 60) for t in ("a", "a", "a", "b")]
        return [(j.cause, j.raw, j.cached) for j in found]

    assert asyncio.run(story()) == [
        (Cause.BAD_STATUS, None, False),
        (None, 3.0, False),
        (None, 3.0, True),
        (None, -3.0, False),
    ]


@pytest.mark.parametrize(
    ("members", "cause"),
    [
        ({"kind": "other"}, Cause.UNCALIBRATED),
        ({"polarity": "permits"}, Cause.UNCALIBRATED),
        ({"kind": None, "polarity": None}, Cause.KIND_UNDECLARED),
    ],
)
def test_a_guard_decides_nothing_that_it_has_no_skill_for(members: Any, cause: Cause) -> None:
    """Elsewhere it is not asked; for a rule in shadow mode it is, uncalibrated."""
    one = asker(raw(5.0))

    async def story() -> tuple[Judgement, int, Judgement]:
        await one.check()
        first = await one.ask(Form.JUDGE, lambda: question(**members), "t", 60)
        number = len(one.guard.asked)  # type: ignore[attr-defined]
        return (
            first,
            number,
            await one.ask(Form.JUDGE, lambda: question(**members), "t", 60, enforced=False),
        )

    first, number, shadow = asyncio.run(story())
    assert (first.cause, number) == (cause, 0)
    assert shadow.p is not None
    assert shadow.calibration is None


def test_the_skill_of_another_model_says_nothing() -> None:
    """Where the model or its prompt is not the one that was calibrated, nothing is."""
    one = asker(raw(5.0))
    one.guard.model = "another"  # type: ignore[misc]

    assert asyncio.run(asked(one)).cause is Cause.UNCALIBRATED
    assert SKILLED.is_enabled


@pytest.mark.parametrize("member", ["model", "prompt", "family", "backend", "canary"])
def test_skill_holds_for_what_was_calibrated_and_nothing_else(member: str) -> None:
    """Each member of the key tells guards apart, also which answers it was known by."""
    one = asker(raw(5.0))
    one.reading.of = replace(one.guard.key, **{member: "another"})

    assert asyncio.run(asked(one)).cause is Cause.UNCALIBRATED
