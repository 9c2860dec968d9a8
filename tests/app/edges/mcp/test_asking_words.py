"""What a person's answer counts as: one word is yes, a few are no, and all else is nothing."""

from typing import Any, Final

from hypothesis import example, given
from hypothesis import strategies as st

from app.edges.mcp.asking_words import Answered, can, said

WORDS: Final = st.sampled_from(
    ["accept", "decline", "cancel", "approve", "action", "content", "yes", "true", "Accept", ""]
)
ANY: Final[st.SearchStrategy[Any]] = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.just(1.0) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def is_yes(answer: Any) -> bool:
    """Say it once more, in another way: the very words, and a true that is no number."""
    if not isinstance(answer, dict) or repr(answer.get("action")) != "'accept'":
        return False
    return repr(answer.get("content")) == "{'approve': True}"


@given(answer=ANY)
@example(answer={"action": "accept", "content": {"approve": True}})
@example(answer={"action": "accept", "content": {"approve": 1}})
@example(answer={"action": "accept", "content": {"approve": 1.0}})
def test_only_one_answer_is_yes(answer: Any) -> None:
    """Whatever a client sends: yes is `accept` with `approve` true, and nothing beside."""
    assert (said(answer) is Answered.YES) is is_yes(answer)


@given(content=ANY)
def test_a_decline_is_no_whatever_stands_beside_it(content: Any) -> None:
    """Also with a ticked box."""
    assert said({"action": "decline", "content": content}) is Answered.NO


@given(capabilities=ANY)
def test_what_a_client_says_of_itself_is_read_without_a_fault(capabilities: Any) -> None:
    """Whatever stands there: a mode that is not named is not used."""
    given_ = {"elicitation": capabilities}

    assert can(given_, "url") is False
    assert can(given_, "form") is (capabilities == {} and isinstance(capabilities, dict))
