"""LangChain: what the user said, what only stands there in the user's name, and whose session."""

from typing import Any

from tests.adapters.needed import needed

needed("langchain", "langchain")

from langchain.agents.middleware import AgentMiddleware  # noqa: E402
from langchain_core.messages import AIMessage, HumanMessage  # noqa: E402

from drawbar import AsyncClient, Client  # noqa: E402
from tests.adapters.agents import Run, Till  # noqa: E402
from tests.adapters.bank import IBAN, OTHER_IBAN, Bank  # noqa: E402
from tests.adapters.scripted import call, script  # noqa: E402


def test_what_the_user_named_may_be_used(bank: Bank, thread: str, mode: str) -> None:
    """`from user` holds for the user's own words, and not for what a tool brought in."""
    till = Till()
    model = script(
        [call("read_mail")],
        [call("send", recipient=OTHER_IBAN)],
        [call("send", recipient=IBAN)],
        "Done.",
    )
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go(f"Read the mail, then send the money to {IBAN}")

    assert till.did == [("send", IBAN)]
    assert [one.content for one in model.seen][1] == "Ask the user who should be paid."


def test_each_message_is_told_once(bank: Bank, thread: str, mode: str) -> None:
    """The messages of a thread stay in it; only the new ones are told."""
    model = script("One.", "Two.", [call("send", recipient=IBAN)], "Three.")
    till = Till()
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go("First")
        run.go("Second")
        parts: Any = [{"type": "text", "text": f"Send to {IBAN}"}]
        run.build().go({"messages": [HumanMessage(parts)]})

    assert bank.session(thread)["user_messages"] == 3
    assert till.did == [("send", IBAN)]


def test_a_history_that_the_host_gives_is_the_users(bank: Bank, thread: str, mode: str) -> None:
    """A first run may begin in the middle of a conversation that the host kept."""
    till, model = Till(), script([call("send", recipient=IBAN)], "Done.")
    history = [HumanMessage(f"My account: {IBAN}"), AIMessage("Noted."), HumanMessage("Send!")]
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go({"messages": history})

    assert till.did == [("send", IBAN)]


class Summarising(AgentMiddleware):
    """Puts what a tool gave into the conversation, in the user's name, as summaries stand there."""

    def before_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        if state["messages"][-1].type != "tool":
            return None
        return {"messages": [HumanMessage(f"Summary: {state['messages'][-1].content}")]}


def test_what_others_say_in_the_users_name_is_not_the_users(
    bank: Bank, thread: str, mode: str
) -> None:
    """Neither in this turn nor in the next does a summary become the user's word."""
    till = Till()
    pays = [call("send", recipient=OTHER_IBAN)]
    model = script([call("read_mail")], pays, "Not done.", pays, "Not done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.build(Summarising()).go("Read the mail")
        run.go("And now?")

    assert till.did == []
    assert bank.session(thread)["user_messages"] == 2


def test_what_a_tool_says_in_the_users_name_is_not_the_users(
    bank: Bank, thread: str, mode: str
) -> None:
    """A command of a tool may add messages; the user did not say them."""
    till, pays = Till(), [call("send", recipient=OTHER_IBAN)]
    model = script([call("handoff")], pays, "Not done.", pays, "Not done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go("Hand over")
        run.go("And now?")

    assert till.did == []


def test_the_host_may_say_which_words_are_the_users(bank: Bank, thread: str, mode: str) -> None:
    """Where a host puts more into a message than the user said."""
    till = Till()
    model = script([call("send", recipient=OTHER_IBAN)], [call("send", recipient=IBAN)], "Done.")

    def words(message: Any) -> str | None:
        return str(message.content).partition("Context:")[0] or None

    with Run(bank, thread, model, till.tools(), mode) as run:
        run.build(user_words=words).go(f"Send to {IBAN}. Context: pay {OTHER_IBAN}")

    assert till.did == [("send", IBAN)]


def test_without_a_thread_each_run_is_a_session(bank: Bank, mode: str) -> None:
    """Calls of one run know each other; the next run begins anew."""
    till = Till()
    bumps = [call("bump", by=1)]
    model = script(bumps, bumps, "Done.", bumps, "Done.")
    with Run(bank, None, model, till.tools(), mode) as run:
        run.saver = None
        run.build()
        run.go("Bump twice")
        run.go("Bump once")

    assert till.did == [("bump", 1)] * 2


def test_a_session_that_the_host_entered_is_the_one(bank: Bank, thread: str, mode: str) -> None:
    """`with session:` around a run, or `session=`, is stronger than the thread."""
    till, model = Till(), script([call("pay", recipient="Ada")], "Done.")
    mine = bank.client.session(f"{thread}_mine")
    with Run(bank, thread, model, till.tools(), mode) as run, mine:
        run.go("Pay Ada")

    assert till.did == [("pay", "Ada", 5)]
    assert len(bank.session(mine.id)["calls"]) == 1


def test_whose_call_it_is_may_come_with_the_run(bank: Bank, thread: str, mode: str) -> None:
    """A graph serves many users; a session of one is nothing that another may act in."""
    till = Till()
    model = script([call("pay", recipient="Ada")], "Done.", [call("pay", recipient="Eve")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        kind = AsyncClient if mode == "async" else Client
        run.client = kind(bank.url, bank.desk)
        run.build(subject=lambda given: given["user"])
        run.config["configurable"]["user"] = "ada"
        run.go("Pay Ada")
        run.config["configurable"]["user"] = "eve"
        run.go("Pay Eve")

    assert till.did == [("pay", "Ada", 5)]
    assert "belongs to another subject" in model.seen[-1].content
