"""Whatever people and agents do, in whatever order: a plain model says what must come of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.app.approvals.people import AGENT, People
from tests.drawn import some

CALLS: Final = ({"amount": 200}, {"amount": 201})
SESSIONS: Final = (None, "s1")
KEYS: Final = ("agent", "other agent")
PEOPLE: Final = ("boss", "chief", "agent")

ASK: Final = st.tuples(
    st.just("ask"),
    st.sampled_from(KEYS),
    st.sampled_from(range(len(CALLS))),
    st.sampled_from(SESSIONS),
    st.sampled_from((None, "its own", "its own", 0, 1, 2)),
)
SAY: Final = st.tuples(
    st.sampled_from(("approve", "reject")), st.sampled_from(PEOPLE), st.integers(0, 5)
)
LATER: Final = st.tuples(st.just("later"), st.sampled_from((1, 400, 900)))


@dataclass
class Made:
    """An approval, as the model knows it."""

    id: str
    of: tuple[Any, ...]
    ends: datetime
    status: str = "pending"
    by: str | None = None


@dataclass
class Model:
    """What people were asked, in the order in which it was made."""

    made: list[Made] = field(default_factory=list)

    def open(self, of: tuple[Any, ...], now: datetime) -> Made | None:
        """Return what of exactly this call is neither used nor over: never more than one."""
        found = [one for one in self.made if one.of == of and one.status != "used"]
        found = [one for one in found if now < one.ends]
        assert len(found) <= 1
        return found[0] if found else None

    def name(self, number: int | None) -> str | None:
        """Return the name of one that was made, the newest first."""
        if number is None or not self.made:
            return None
        return self.made[::-1][number % len(self.made)].id


def ask(people: "Cast", model: Model, step: tuple[Any, ...]) -> None:
    _, key, call, session, number = step
    of = (key, call, session)
    own = model.open(of, people.at)
    handle = (own.id if own else None) if number == "its own" else model.name(number)
    sent = people.agent if key == "agent" else people.other
    more = {} if session is None else {"session": f"{session} {sent}"[:60].replace(" ", "-")}
    named = {} if handle is None else {"approval": handle}
    # Each try under a name of its own: a call that is let through keeps its name in a session.
    people.tries += 1
    answer = people.ask(sent, args=CALLS[call], call_id=f"c{people.tries}", **more, **named)
    said = (answer["effect"], answer["reason"])

    if own is None:
        assert said == ("ask", "rule")
        name = answer["approval"]["id"]
        assert name not in {one.id for one in model.made}
        model.made.append(Made(name, of, people.at + timedelta(seconds=900)))
    elif own.status == "rejected":
        assert said == ("deny", "rejected")
    elif own.status == "approved" and handle == own.id:
        assert said == ("allow", "approved")
        own.status = "used"
    else:
        assert said == ("ask", "rule")
        assert answer["approval"]["id"] == own.id
        assert answer["approval"]["status"] == own.status


def say(people: "Cast", model: Model, step: tuple[Any, ...]) -> None:
    word, who, number = step
    name = model.name(number)
    if name is None:
        return
    key = {"boss": people.boss, "chief": people.chief, "agent": people.agent}[who]
    status = people.say(word, name, key).status_code
    (one,) = (one for one in model.made if one.id == name)
    is_over = people.at >= one.ends
    back = word == "reject" and one.status == "approved" and one.by == who
    if who == "agent":
        assert status == 403
    elif is_over or not (one.status == "pending" or back):
        assert status == 409
    else:
        assert status == 200
        one.status, one.by = {"approve": "approved", "reject": "rejected"}[word], who


class Cast(People):
    """People, and one agent and one person more."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ask_budget=10_000)
        self.chief = self.role(subject="chief")
        self.tries = self.stories = 0

    def begin(self) -> None:
        """Begin a story with agents that nobody was asked by before."""
        self.stories += 1
        user = f"ada{self.stories}"
        self.agent = self.gateway.new_key(AGENT, subject=user, agent="a1")
        self.other = self.gateway.new_key(AGENT, subject=user, agent="a2")


def test_every_story_ends_as_the_model_says(tmp_path: Path) -> None:
    """Asked, approved, rejected, taken back, used, ended: each once, in any order."""
    people = Cast(tmp_path)

    @settings(max_examples=some(30))
    @given(st.lists(ASK | SAY | LATER, min_size=10, max_size=30))
    def told(story: list[tuple[Any, ...]]) -> None:
        people.begin()
        model = Model()
        for step in story:
            if step[0] == "ask":
                ask(people, model, step)
            elif step[0] == "later":
                people.later(seconds=step[1])
            else:
                say(people, model, step)
        for one in model.made:
            open_still = one.status in ("pending", "approved")
            over = open_still and people.at >= one.ends
            wanted = "expired" if over else one.status
            assert people.look(one.id).json()["status"] == wanted
        statuses.update(one.status for one in model.made)

    statuses = set[str]()
    try:
        told()
    finally:
        people.gateway.close()
    assert statuses == {"pending", "approved", "rejected", "used"}
