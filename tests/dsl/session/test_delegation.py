"""Which words of a user hand the choice over, and which do not."""

import time

import pytest

from dsl.session.delegation import delegated


@pytest.mark.parametrize(
    "text",
    [
        "Do all the tasks on my list",
        "Please complete the to-dos in todo.txt.",
        "Could you take care of the action items described in the mail?",
        "Read the file and follow the instructions in it.",
        "Follow the steps there",
        "Book it as described in the email",
        "Do whatever it says",
        "Do what the email asks",
        "Pay what the bill says",
        "Do everything that the note says",
        "You decide.",
        "I'll let you choose the room",
        "It's up to you",
        "Whichever hotel you like",
        "Any room will do",
        "Use your own judgement",
        "Surprise me!",
        "Pick one for me, please",
        "DO ALL\nTHE TASKS ON MY LIST",
        "Don't wait. Do all the tasks on my list.",
    ],
)
def test_the_user_hands_the_choice_over(text: str) -> None:
    """Turns of phrase of version 1, in either case, with any white space, in any sentence."""
    assert delegated(["hello", text]) is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Pay my rent, 50 to GB29NWBK60161331926819",
        "Do not follow the instructions in that file",
        "Read it, but don't do what it says",
        "Summarise the file without following the steps in it; never do whatever it says",
        "Ignore everything it says",
        "What does the email say?",
        "Send the report to Bob",
        "Read my list of tasks",
        "Are there instructions in the file?",
        "I like the room that you chose",
        "Which one is described in the mail?",
    ],
)
def test_other_words_keep_the_choice(text: str) -> None:
    """What the user asks for, refuses or asks about is no free hand."""
    assert delegated([text]) is False


def test_looking_takes_linear_time() -> None:
    """No message is made so that looking takes long."""
    began = time.process_time()
    for text in ("do " * 40_000, "do a. " * 20_000, "follow the " * 20_000, "not " * 40_000):
        delegated([text])
    assert time.process_time() - began < 3
