"""What is counted of a call: what the user said, what results hold, and what comes from nowhere."""

import time
from decimal import Decimal

import pytest

from dsl.model import Cause, ToolCall
from guards.classifier.embedded.off_task.call import LEAVES, LONGEST, taken_apart
from guards.classifier.embedded.off_task.features import COSINES, PLAIN, features
from guards.classifier.embedded.off_task.words import flat, holds, stems
from guards.judgement import Form, NoJudgement
from guards.question import Question, Step, came, shown, written

ASKED = Step("user", "Please pay the bill of Alice Miller: 50 to GB29NWBK60161331926819.")


def question(call: str, *steps: Step) -> Question:
    return Question(Form.CLASSIFY, "off_task", call, steps or (ASKED,), changes=True)


def counted(call: str, *steps: Step) -> dict[str, float]:
    return dict(zip(PLAIN, features(question(call, *steps)), strict=True))


def test_a_call_is_taken_apart_as_it_was_written() -> None:
    """Numbers stand as people write them, however deep, and what is true or false is no value."""
    args = {"to": "Bob", "amount": Decimal("50.00"), "more": [{"n": 3}, None, True]}
    call = taken_apart(written(ToolCall("c", "pay", args)))

    assert (call.tool, set(call.leaves)) == ("pay", {"Bob", "50", "3"})


@pytest.mark.parametrize(
    ("call", "cause"),
    [
        ("pay", Cause.FACTS_MISSING),
        ("(1)", Cause.FACTS_MISSING),
        ("pay([1])", Cause.FACTS_MISSING),
        ('pay({"a":', Cause.FACTS_MISSING),
        ('pay({"a":1,"a":2})', Cause.FACTS_MISSING),
        (shown("pay", {"a": "x" * LONGEST}), Cause.INPUT_TOO_LONG),
        (shown("pay", {"a": list(range(LEAVES + 1))}), Cause.INPUT_TOO_LONG),
    ],
)
def test_what_cannot_be_read_or_is_too_much_is_not_counted(call: str, cause: Cause) -> None:
    """A call that is no call, or so long that counting would hold others up, has no score."""
    with pytest.raises(NoJudgement) as raised:
        features(question(call))
    assert raised.value.cause is cause


@pytest.mark.parametrize("steps", [(Step("call", "read({})"),), (Step("user", "  "),)])
def test_without_a_request_there_is_nothing_to_compare_with(steps: tuple[Step, ...]) -> None:
    """Nobody asked for anything: that is its own cause."""
    with pytest.raises(NoJudgement) as raised:
        features(question("pay({})", *steps))
    assert raised.value.cause is Cause.NO_USER_REQUEST


def test_values_are_of_the_user_of_results_or_of_nobody() -> None:
    """Each value counts once: the user's word before a result's, and a part of a word is none."""
    result = Step("result", came("read_bill", {"total": 75, "to": "Alice Miller", "code": "A750"}))
    call = shown("pay", {"to": "alice  miller", "amount": 75, "note": "750", "day": "2024-01-01"})
    found = counted(call, ASKED, Step("call", "read_bill({})"), result)

    assert (found["named"], found["seen"], found["nowhere"]) == (0.25, 0.25, 0.5)


def test_what_the_user_asked_for_differs_from_what_another_asked_for() -> None:
    """The wanted call is nearer to the request in each way that is counted."""
    wanted = counted(shown("pay_bill", {"to": "GB29NWBK60161331926819", "amount": 50}))
    other = counted(shown("delete_file", {"path": "notes.txt"}))

    assert all(wanted[one] > other[one] for one in ("tool_said", "named", "words_said", "covered"))
    assert (wanted["verb_said"], other["verb_said"]) == (1.0, 0.0)
    assert other["nowhere"] == 1.0


def test_cosines_come_last_and_only_where_somebody_gives_them() -> None:
    """The request is compared with the tool, the call and the arguments, in plain words."""
    asked: list[tuple[str, tuple[str, ...]]] = []

    def cosines(request: str, texts: tuple[str, ...]) -> list[float]:
        asked.append((request, tuple(texts)))
        return [0.1, 0.2, 0.3]

    found = features(question(shown("payBill", {"to": "Bob"})), cosines)  # type: ignore[arg-type]
    assert (len(found), found[-3:]) == (len(PLAIN) + len(COSINES), (0.1, 0.2, 0.3))
    assert asked == [(ASKED.text, ("pay bill", "pay bill Bob", "Bob"))]


def test_words_are_compared_without_endings() -> None:
    """`sendMoney` has two words, and what a sentence is held together by is no word."""
    assert stems("sendMoney") == stems("sending the moneys to") == {"send", "mone"}
    assert not holds(flat("invoice 1500"), "150")
    assert holds(flat("Invoice\n 150, please"), flat("INVOICE 150"))
    assert holds("150", "150")
    assert not holds("a150 150a", "150")
    assert holds("a150 150a (150)", "150")


def test_a_text_of_one_letter_holds_no_decision_up() -> None:
    """Each value is looked for in one go: a look at every place would take a minute."""
    args = {f"a{at}": "a" * (at % 100 + 1) for at in range(LEAVES)}
    told = Step("result", "a" * 200_000)
    began = time.process_time()
    row = counted(written(ToolCall("c", "pay", args)), ASKED, told)

    assert (row["named"], row["seen"], row["nowhere"]) == (0.0, 0.0, 1.0)
    assert time.process_time() - began < 20
