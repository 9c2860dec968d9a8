"""LangChain: calls that people are asked about pause the graph; nothing but their yes runs them."""

from typing import Any

import pytest

from tests.adapters.needed import needed

needed("langchain", "langchain")

from tests.adapters.agents import Run, Till, asked  # noqa: E402
from tests.adapters.bank import Bank  # noqa: E402
from tests.adapters.scripted import Scripted, call, script  # noqa: E402

LARGE = ("pay", "Ada", 500)


def large() -> Scripted:
    """Return a model that makes one call that people are asked about."""
    return script([call("pay", recipient="Ada", amount=500)], "Done.")


def test_an_ask_pauses_and_an_approved_call_runs_once(bank: Bank, thread: str, mode: str) -> None:
    """The pause says what is asked; after the yes the same call runs, and only once."""
    till, model = Till(), large()
    with Run(bank, thread, model, till.tools(), mode) as run:
        pause = asked(run.go("Pay Ada"))
        assert (pause["tool"], pause["args"]) == ("pay", {"recipient": "Ada", "amount": 500})
        assert pause["needs"] == [{"kind": "role", "role": "boss"}]
        assert till.did == []

        bank.answer(pause["approval"])
        run.resume("go on")

    assert till.did == [LARGE]
    assert bank.approval(pause["approval"])["status"] == "used"
    assert [one.content for one in model.seen] == ['{"paid": 500}']


def test_a_rejected_call_does_not_run(bank: Bank, thread: str, mode: str) -> None:
    """The model reads that people said no."""
    till, model = Till(), large()
    with Run(bank, thread, model, till.tools(), mode) as run:
        pause = asked(run.go("Pay Ada"))
        bank.answer(pause["approval"], "reject")
        run.resume("go on")

    assert till.did == []
    assert [one.status for one in model.seen] == ["error"]


@pytest.mark.parametrize(
    "value",
    [True, "yes", {"type": "approve"}, {"type": "approve", "approval": "MINE"}, 1],
    ids=str,
)
def test_the_hosts_own_yes_counts_for_nothing(
    bank: Bank, thread: str, mode: str, value: Any
) -> None:
    """Without a key that may approve, a yes in the resume value only looks again: still pending."""
    till, model = Till(), large()
    with Run(bank, thread, model, till.tools(), mode) as run:
        pause = asked(run.go("Pay Ada"))
        if isinstance(value, dict) and value.get("approval"):
            value = {**value, "approval": pause["approval"]}
        again = asked(run.resume(value))
        assert till.did == []
        assert again["approval"] == pause["approval"]
        assert bank.approval(pause["approval"])["status"] == "pending"

        bank.answer(pause["approval"])
        run.resume("look")

    assert till.did == [LARGE]


def test_the_hosts_yes_counts_through_a_key_that_may_approve(
    bank: Bank, thread: str, mode: str
) -> None:
    """The yes is the approver's at the gateway, and names the approval that is pending."""
    till, model = Till(), large()
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.build(approver=bank.approver)
        pause = asked(run.go("Pay Ada"))
        asked(run.resume({"type": "approve", "approval": "apr_another"}))
        asked(run.resume({"type": "approve"}))
        assert till.did == []
        run.resume({"type": "approve", "approval": pause["approval"], "comment": "fine"})
        if mode == "async":
            run.runner.run(_closed(bank))

    assert till.did == [LARGE]


async def _closed(bank: Bank) -> None:
    bank.approver.cores.looping.lines.close()


@pytest.mark.parametrize("value", [False, {"type": "reject", "comment": "not today"}], ids=str)
def test_the_hosts_no_holds_at_once(bank: Bank, thread: str, mode: str, value: Any) -> None:
    """A no needs no key."""
    till, model = Till(), large()
    with Run(bank, thread, model, till.tools(), mode) as run:
        asked(run.go("Pay Ada"))
        run.resume(value)

    assert till.did == []
    assert model.seen[0].content.startswith("Rejected")


def test_an_edit_is_a_new_call(bank: Bank, thread: str, mode: str) -> None:
    """What the host edits is decided anew: here it needs nobody's yes."""
    till, model = Till(), large()
    with Run(bank, thread, model, till.tools(), mode) as run:
        pause = asked(run.go("Pay Ada"))
        edited = {"recipient": "Ada", "amount": 50}
        run.resume({"type": "edit", "approval": pause["approval"], "args": edited})

    assert till.did == [("pay", "Ada", 50)]
    assert bank.approval(pause["approval"])["status"] == "pending"
    assert len(bank.session(thread)["calls"]) == 1


def test_an_edit_is_asked_about_like_any_call(bank: Bank, thread: str, mode: str) -> None:
    """A yes to the call before the edit is no yes to the edited one."""
    till, model = Till(), large()
    with Run(bank, thread, model, till.tools(), mode) as run:
        pause = asked(run.go("Pay Ada"))
        bank.answer(pause["approval"])
        edited = {"recipient": "Eve", "amount": 900}
        other = asked(run.resume({"type": "edit", "approval": pause["approval"], "args": edited}))
        assert other["approval"] != pause["approval"]
        assert other["args"] == edited
        assert till.did == []

        bank.answer(other["approval"])
        run.resume("go on")

    assert till.did == [("pay", "Eve", 900)]


def test_a_pause_keeps_the_batch(bank: Bank, thread: str, mode: str) -> None:
    """What else the message asks for runs, once, whether people say yes or no to one of it."""
    calls = [
        call("pay", "c1", recipient="Bob", amount=1),
        call("pay", "c2", recipient="Ada", amount=500),
        call("erase", "c3", what="all"),
        call("pay", "c4", recipient="Eve", amount=2),
    ]
    till, model = Till(), script(calls, "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        pause = asked(run.go("Go"))
        bank.answer(pause["approval"], "reject")
        run.resume("go on")

    assert sorted(till.did) == [("pay", "Bob", 1), ("pay", "Eve", 2)]
    assert [one.status for one in model.seen] == ["success", "error", "error", "success"]


def test_another_process_goes_on(bank: Bank, thread: str, mode: str) -> None:
    """What a process knew is not needed: the graph's state and the gateway hold all of it."""
    calls = [
        call("pay", "c1", recipient="Bob", amount=1),
        call("pay", "c2", recipient="Ada", amount=500),
    ]
    till, model = Till(), script(calls, "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        pause = asked(run.go("Go"))
        bank.answer(pause["approval"])
        run.build(saver=run.saver).resume("go on")

    assert sorted(till.did) == [LARGE, ("pay", "Bob", 1)]


def test_instead_of_a_pause_the_model_can_be_told(bank: Bank, thread: str, mode: str) -> None:
    """For graphs that cannot pause: the call is refused, and the artifact names the approval."""
    till, model = Till(), large()
    with Run(bank, thread, model, till.tools(), mode) as run:
        got = run.build(on_ask="message").go("Pay Ada")

    assert "__interrupt__" not in got
    assert till.did == []
    approval = model.seen[0].artifact["drawbar"]["approval"]
    assert bank.approval(approval)["status"] == "pending"


def test_a_tool_that_pauses_by_itself_goes_on(bank: Bank, thread: str, mode: str) -> None:
    """A pause of the tool's own is not the end of the call."""
    till, model = Till(), script([call("stop_half_way")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        assert run.go("Go")["__interrupt__"][0].value == "how many?"
        run.resume("three")

    assert till.did == ["before", "before", ("after", "three")]
    assert [one.content for one in model.seen] == ["three it is"]
