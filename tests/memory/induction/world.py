"""A small world to learn from: a tool with an argument of each sort, calls, and reports."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from dsl.errors import Source
from dsl.model import Effect
from dsl.toolspec import Tools, read
from memory.induction.case import Base, Case, Features
from memory.induction.configuration import Configuration
from memory.induction.literals import Sides
from memory.induction.log import Log, Refreshed
from memory.induction.report import Kind, Label, Report

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEXT = {"type": "string"}
ADDRESS = {"type": "string", "format": "email"}
SEND = {
    "name": "send",
    "inputSchema": {
        "type": "object",
        "required": ["to", "env", "amount"],
        "properties": {
            "to": ADDRESS,
            "env": {"enum": ["prod", "test", "dev"]},
            "amount": {"type": "number"},
            "path": TEXT,
            "command": TEXT,
            "note": TEXT,
            "link": {"type": "string", "format": "uri"},
            "order_id": TEXT,
            "force": {"type": "boolean"},
            "cc": {"type": "array", "items": ADDRESS},
            "content-type": TEXT,  # no word that the language could say
            "meta": {"type": "object", "properties": {"region": {"enum": ["eu", "us"]}}},
        },
    },
}
READ = {"name": "read", "inputSchema": {"type": "object", "properties": {"path": TEXT}}}


def tools(*entries: Any) -> Tools:
    return read(Source("world.tools.json", json.dumps(list(entries or (SEND, READ)))))


def configuration(**more: Any) -> Configuration:
    sides = Sides(("corp.example",), ("partner.example",))
    given: dict[str, Any] = {"tools": tools(), "tools_file": "world.tools.json", "sides": sides}
    return Configuration("acme", **{**given, **more})


def case(number: int, args: dict[str, Any], **more: Any) -> Case:
    about = {
        name: more.pop(name) for name in ("agent", "roles", "context", "labels") if name in more
    }
    given: dict[str, Any] = {
        "decision_id": f"dec_{number:05d}",
        "tenant": "acme",
        "tool": "send",
        "features": Features(args=args, **about),
        "base": Base(Effect.ALLOW),
        "effect": Effect.ALLOW,
        "at": START + timedelta(minutes=number),
    }
    return Case(**{**given, **more})


def report(seq: int, about: Case, label: Label = Label.VIOLATION, **more: Any) -> Report:
    given: dict[str, Any] = {
        "id": f"rep_{seq:05d}",
        "decision_id": about.decision_id,
        "kind": Kind.FAILURE,
        "reporter": f"person{seq % 5}",
        "at": about.at + timedelta(minutes=5),
    }
    return Report(seq=seq, label=label, **{**given, **more})


def log(
    cases: Iterable[Case], reports: Iterable[Report], *refreshes: Refreshed, **more: Any
) -> Log:
    said = list(reports)
    known = {one.decision_id: one for one in cases}
    last = max((one.seq for one in said), default=0)
    moments = refreshes or (Refreshed(last + 1, START + timedelta(days=3)),)
    return Log(said, refreshes=moments, cases=known, **more)


def args(random: Random) -> dict[str, Any]:
    """Draw the arguments of a call; those that are optional are often left out."""
    optional: dict[str, Callable[[], Any]] = {
        "path": lambda: f"/srv/{random.choice(['data', 'logs'])}/{random.choice('ab')}/x.txt",
        "command": lambda: random.choice(["rm -rf /x", "ls -l", "git push --force"]),
        "note": lambda: f"invoice {random.randint(1, 999)} of {random.choice(['may', 'june'])}",
        "link": lambda: f"https://{random.choice(['a', 'b'])}.shop.example/{random.randint(1, 9)}",
        "order_id": lambda: f"o{random.randint(1, 9)}",
        "force": lambda: random.random() < 0.5,
        "cc": lambda: [f"{random.choice('pq')}@{random.choice(['corp', 'other'])}.example"],
        "content-type": lambda: "there",
        "meta": lambda: {"region": random.choice(["eu", "us"])},
    }
    domain = random.choice(["corp.example", "evil.example", "partner.example", "shop.co.uk"])
    return {
        "to": f"{random.choice('abc')}@{domain}",
        "env": random.choice(["prod", "test", "dev"]),
        "amount": random.randint(1, 500),
        **{name: make() for name, make in optional.items() if random.random() < 0.7},
    }


def drawn(seed: int, calls: int = 90, share: float = 0.6) -> Log:
    """Draw a log: mail to `evil.example` from `prod` is a violation, and most of it is reported.

    A model denies what `dev` sends to partners, wrongly, and people say so; one in ten is mistaken.
    """
    random = Random(seed)  # noqa: S311 - a world, no secret
    cases, said = list[Case](), list[Report]()
    for number in range(calls):
        sent = args(random)
        one = case(
            number,
            sent,
            **denied(sent),
            agent=random.choice(["mailer", "helper"]),
            roles=("clerk",),
            context={"desk": random.choice(["one", "two"])},
        )
        cases.append(one)
        wrong = sent["to"].endswith("evil.example") and sent["env"] == "prod"
        if random.random() < (share if wrong or denied(sent) else 0.05):
            mistaken = random.random() < 0.1
            label = Label.VIOLATION if wrong is not mistaken else Label.OK
            said.append(report(len(said) + 1, one, label, reporter=f"person{random.randint(0, 4)}"))
    return log(cases, said)


def denied(sent: dict[str, Any]) -> dict[str, Any]:
    """Return what a model did about a call, if it denied it."""
    if not (sent["env"] == "dev" and sent["to"].endswith("partner.example")):
        return {}
    return {"base": Base(Effect.DENY, soft=True), "effect": Effect.DENY}
