"""The session kept in memory: whose history it is, and what it is asked besides."""

from datetime import timedelta

from dsl.model import Cause, Subject
from dsl.session.session import Session
from dsl.types import Unknown
from tests.dsl.making import NOW, call
from tests.dsl.session.story import RAN, Story


def test_history_is_of_the_session_the_subject_or_the_agent() -> None:
    """Calls of others count where the session or the tenant is asked about."""
    session = Session()
    for subject, agent in (("ann", "x"), ("ann", "y"), ("bob", "x")):
        session.ran(call("pay", subject=Subject(subject), agent=agent), NOW, {}, RAN)
    session.call = call("pay", subject=Subject("ann"), agent="x")

    found = {per: session.past(per, None) for per in ("session", "tenant", "subject", "agent")}
    counted = {per: len(calls) for per, calls in found.items() if not isinstance(calls, Unknown)}
    assert counted == {"session": 3, "tenant": 3, "subject": 2, "agent": 2}


def test_history_starts_where_it_is_asked_to() -> None:
    """An instant is in its own window."""
    session = Session()
    session.ran(call("pay"), NOW, {}, RAN)

    later = session.past("session", NOW + timedelta(microseconds=1))
    assert (len(session._past), later) == (1, [])
    assert session.past("session", NOW) == session.past("session", None) != []


def test_entities_are_the_values_inside_a_text() -> None:
    """The session asks for them with the same words that it finds them by."""
    session = Session()

    assert session.entities("Mail (bob@x.com) about INV-7") == ["bob@x.com", "INV-7"]
    unread = session.entities("e" + "\u0301\u0300" * 80)
    assert isinstance(unread, Unknown)
    assert unread.cause is Cause.UNREADABLE


def test_the_user_hands_the_choice_over_in_so_many_words() -> None:
    """Without any words of the user nobody knows."""
    assert Story("", "you decide").says("user_delegated()") is True
    assert Story("", "pay Bob", "thanks").says("user_delegated()") is False
    assert Story("").says("user_delegated()") is Cause.NO_USER_EVENTS
