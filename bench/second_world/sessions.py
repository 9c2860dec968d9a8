"""Sessions: an agent at work for somebody, one call after the other, in a context."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from bench.second_world.firm import ROLES_OF_PEOPLE, SIDES, Agent, Firm, chance, skewed

FIRST_DAY: Final = datetime(2026, 1, 5, tzinfo=UTC)
UNSEEN: Final = ("objected", "paid_already", "frozen_by_word")  # what stands in no argument
_HOURS: Final = (1, 1, 2, 1, 1, 2, 4, 8, 14, 18, 18, 16, 11, 14, 17, 17, 15, 11, 7, 4, 3, 3, 2, 1)
_LAST_SECOND: Final = 24 * 3600 - 1


@dataclass(frozen=True, slots=True)
class Session:
    """Who works, for whom, on what, and where the wish came from."""

    agent: Agent
    roles: tuple[str, ...]
    context: Mapping[str, Any]
    person: str
    topic: str
    day: int
    odd: bool  # led astray by something it read


@dataclass(frozen=True, slots=True)
class Deed:
    """One call as it is made, with the facts behind it that nobody wrote down."""

    tool: str
    args: Mapping[str, Any]
    session: Session
    context: Mapping[str, Any]
    at: datetime
    unseen: frozenset[str]


def begin(rng: Random, firm: Firm, day: int) -> Session:
    """Return one more session of a day."""
    agent = rng.choices(firm.agents, firm.busy)[0]
    person = firm.people[skewed(rng, len(firm.people))]
    channel = rng.choices(("chat", "mail", "cron", "api", "voice"), (40, 22, 14, 18, 4))[0]
    origin = rng.choices(("user", "mail", "web", "file", "schedule"), (55, 16, 9, 12, 6))[0]
    context: dict[str, Any] = {
        "channel": channel,
        "origin": "schedule" if channel == "cron" else origin,
        "region": rng.choices(("eu-central", "eu-west", "us-east", "apac"), (50, 25, 18, 7))[0],
        "trace": f"{rng.getrandbits(48):012x}",
        "client": f"2.{rng.randrange(9, 15)}.{rng.randrange(4)}",
        "turns": rng.randrange(1, 40),
    }
    if channel != "cron":
        context["on_behalf_of"] = f"{person}@{SIDES[0][0]}"
    if chance(rng, 0.22):
        context["change"] = f"CHG-{rng.randrange(2000, 9000)}"
    if chance(rng, 0.3):
        context["cost_center"] = rng.choice((1100, 1200, 2300, 4100, 4200, 7000))
    lured = context["origin"] in {"mail", "web"} and chance(rng, 0.08)
    topic = "lure" if lured else firm.author.topic(rng)
    return Session(agent, _roles(rng, agent, channel), context, person, topic, day, lured)


def _roles(rng: Random, agent: Agent, channel: str) -> tuple[str, ...]:
    """Return the agent's own roles, and at times one of the person's behind it."""
    if channel == "cron" or chance(rng, 0.55):
        return agent.roles
    return (*agent.roles, rng.choices(ROLES_OF_PEOPLE, (4, 5, 3, 4))[0])


def start(rng: Random) -> timedelta:
    """Return when in the day a session begins."""
    hour = rng.choices(range(24), _HOURS)[0]
    return timedelta(seconds=hour * 3600 + rng.randrange(3600))


def pause(rng: Random, at: timedelta) -> timedelta:
    """Return when the session's next call comes: soon, and on the same day."""
    return min(at + timedelta(seconds=rng.randrange(2, 240)), timedelta(seconds=_LAST_SECOND))


def unseen(rng: Random) -> frozenset[str]:
    """Return which of the facts behind a call hold that stand nowhere."""
    return frozenset(fact for fact in UNSEEN if chance(rng, 0.09))
