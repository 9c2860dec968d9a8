"""What calls of the world are made of: ten things, each of a few sorts or a number."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from dsl.errors import Source
from dsl.toolspec import Tools, read
from memory.induction.case import Features

TOOLS: Final = tuple(f"tool_{letter}" for letter in "abcdefghij")
FILE: Final = "world.tools.json"
DOMAINS: Final = ("corp.example", "partner.example", "shop.example", "mail.example")
LABELS: Final = ("public", "internal", "secret", "personal")
PLACES: Final = ("prod", "test", "dev")
FOLDERS: Final = tuple(f"/srv/{top}/{low}" for top in ("data", "logs", "keys") for low in "ab")
ROLES: Final = ("clerk", "buyer", "support", "engineer", "manager")
DESKS: Final = ("north", "south", "east", "west")
AGENTS: Final = ("mailer", "helper", "planner")
NOTES: Final = (
    *("invoice {} of may", "reminder {} for june", "order {} is late", "offer {} to renew"),
    *("ticket {} was closed", "refund {} is due", "parcel {} came back", "report {} is ready"),
)
# What has a few sorts, and how many.
SORTS: Final[Mapping[str, int]] = {
    "to": len(DOMAINS),
    "label": len(LABELS),
    "env": len(PLACES),
    "force": 2,
    "path": len(FOLDERS),
    "role": len(ROLES),
    "desk": len(DESKS),
    "agent": len(AGENTS),
}
AMOUNT, NOTE = "amount", "note"
_PERSONS: Final = "abcdef"
_FILES, _NUMBERS = 40, 900
_MOST_WEIGHT: Final = 4
_FACTOR: Final = 9

Traits = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Mix:
    """How often each sort of each thing comes."""

    tools: Sequence[int]
    sorts: Mapping[str, Sequence[int]]


def mix(random: Random) -> Mix:
    """Draw how often things come; the first tools are called most."""
    sorts = {name: [random.randint(1, _MOST_WEIGHT) for _ in range(n)] for name, n in SORTS.items()}
    return Mix([round(1000 / (at + 1) ** 0.8) for at in range(len(TOOLS))], sorts)


def traits(random: Random, of: Mix) -> dict[str, int]:
    """Draw what a call is like."""
    found = {name: random.choices(range(n), of.sorts[name])[0] for name, n in SORTS.items()}
    return {**found, AMOUNT: amount(random), NOTE: random.randrange(len(NOTES))}


def amount(random: Random) -> int:
    """Draw an amount: many small ones, few great ones."""
    return random.randint(1, _FACTOR) * random.randint(1, _FACTOR) * random.randint(1, _FACTOR)


def features(random: Random, drawn: Traits) -> Features:
    """Return a call of these traits as memory reads it, with what tells nothing drawn freely."""
    args = {
        "to": f"{random.choice(_PERSONS)}@{DOMAINS[drawn['to']]}",
        "label": LABELS[drawn["label"]],
        "env": PLACES[drawn["env"]],
        "force": bool(drawn["force"]),
        "path": f"{FOLDERS[drawn['path']]}/file{random.randrange(_FILES)}.txt",
        "amount": drawn[AMOUNT],
        "note": NOTES[drawn[NOTE]].format(random.randrange(_NUMBERS)),
    }
    roles, desk = (ROLES[drawn["role"]],), {"desk": DESKS[drawn["desk"]]}
    return Features(args=args, agent=AGENTS[drawn["agent"]], roles=roles, context=desk)


def tools() -> Tools:
    """Return the tools of the world: all take the same."""
    text: dict[str, Any] = {"type": "string"}
    properties = {
        "to": {**text, "format": "email"},
        "label": {"enum": list(LABELS)},
        "env": {"enum": list(PLACES)},
        "force": {"type": "boolean"},
        "path": text,
        "amount": {"type": "integer"},
        "note": text,
    }
    schema = {"type": "object", "required": list(properties), "properties": properties}
    told = [{"name": name, "inputSchema": schema} for name in TOOLS]
    return read(Source(FILE, json.dumps(told)))
