"""The fail-open probes, sent to a running gateway, which keeps the session itself.

Left out is what the gateway has no part for: models, sources that fail, and calls made long ago.
"""

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy.exc import OperationalError

from dsl.model import Verdict
from memory.keys import Scope
from tests.dsl.fail_open import DECIDED, PROBES, probe_of, twin_of
from tests.harness import ALL_SCOPES, GatewayHarness, pay

DEEP: Final = 100
RECENT: Final = 60  # minutes; what happened earlier cannot be made to have happened
BATCH: Final = "batch"  # one call of a batch of one
Told = Mapping[str, Any]


def cases() -> Iterator[tuple[str, str, str]]:
    """Yield each probe and each twin that the gateway can be asked, and how to send arguments."""
    for name in DECIDED:
        for which, told in (("probe", PROBES[name]), ("twin", PROBES[name]["twin"])):
            fault = told.get("fault")
            if fault is None and all(map(can_happen, told.get("state", PROBES[name]["state"]))):
                forms = ("args", "args_text", BATCH) if name[0] in "AB" else ("args",)
                yield from ((name, which, form) for form in forms)


def can_happen(event: Any) -> bool:
    """Tell whether the gateway can be told of something, or let it through."""
    if event == "lost" or "score" in event:
        return False
    let_through = event.get("args", {}).get("amount") != "90"  # F01-4 denies it when it is made
    recent: bool = event.get("minutes_ago", 0) < RECENT
    return let_through and recent


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHarness]:
    """Return a gateway that is given one probe's policies after the other."""
    harness = GatewayHarness(tmp_path_factory.mktemp("gateway"), policy=None)
    yield harness
    harness.close()


NUMBERS: Final = itertools.count()


class Sitting:
    """One session of the gateway, brought to where a probe begins."""

    def __init__(self, gateway: GatewayHarness, name: str, which: str) -> None:
        self.gateway = gateway
        self.probe = PROBES[name]
        self.told: Told = self.probe if which == "probe" else self.probe["twin"]
        self.case = probe_of(name) if which == "probe" else twin_of(name)
        self.session = f"s{next(NUMBERS)}"
        self.calls = itertools.count()
        self.facts: dict[str, Any] = {}
        self._publish()
        for at, event in enumerate(self.case.state):
            self._happen(f"e{at}", event)
        for text in self.told.get("overlays", self.probe.get("overlays", [])):
            self._ok("PUT", f"/v1/sessions/{self.session}/overlay", {"text": text})

    def _publish(self) -> None:
        """Put the policies, and no others, into force; what happened before is allowed by them."""
        for file in self.gateway.policies.iterdir():
            file.unlink()
        header = "version 1;"
        if self.probe["tools"]:
            self.gateway.write("p.tools.json", json.dumps(self.probe["tools"]))
            header += ' use tools "p.tools.json";'
        before = {event["call"] for event in self.case.state if "call" in event}
        before = {
            tool for tool in before if tool.partition("_")[0] != self.case.tool.partition("_")[0]
        }
        for at, text in enumerate(self.told.get("policies", self.probe["policies"])):
            past = f" rule past: allow {', '.join(sorted(before))};" if before and at == 0 else ""
            self.gateway.write(f"{at}.bar", text.replace("version 1;", header, 1) + past)
        self.gateway.reload()
        assert self.gateway.gateway.live.refused is None

    def _happen(self, name: str, event: Told) -> None:
        if "user" in event:
            self._observe({"type": "user", "id": name, "text": event["user"]})
        elif "fact" in event:
            self.facts[event["fact"]] = event["value"]
        else:
            body = {"call_id": name, "tool": event["call"], "args": event.get("args", {})}
            said = self._ok("POST", "/v1/check", {**body, "session": self.session})
            assert said["effect"] == "allow"
            outcome = event.get("outcome", "executed")
            came = {
                "type": "result",
                "id": f"r{name}",
                "call_id": name,
                "result": event.get("result"),
            }
            if outcome != "reserved":
                self._observe({**came, "is_error": outcome == "failed"})

    def _observe(self, event: Told) -> None:
        self._ok("POST", "/v1/observe", {"session": self.session, "events": [event]})

    def _ok(self, method: str, path: str, body: Told) -> dict[str, Any]:
        answer = self.gateway.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def ask(self, form: str, arguments: str) -> dict[str, Any]:
        """Return what the gateway answers: a decision, or a refusal that denies."""
        rest = {
            "call_id": f"c{next(self.calls)}",
            "tool": self.case.tool,
            "session": self.session,
            "facts": self.facts,
            "supports": {"changed_args": True},
        }
        name = "args" if form == BATCH else form
        body = f'{json.dumps(rest)[:-1]}, "{name}": {arguments}}}'
        if form == BATCH:
            return self._in_a_batch(body)
        answer = self.gateway.check_bytes(body.encode())
        return self._read(answer.status_code, answer.json(), f"/{form}")

    def _in_a_batch(self, call: str) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        body = f'{{"calls": [{call}]}}'.encode()
        answer = self.gateway.request("POST", "/v1/check/batch", content=body, headers=headers)
        if answer.status_code != 200:
            return self._read(answer.status_code, answer.json(), "/calls/0/args")
        (said,) = answer.json()["decisions"]
        status = said.get("status", 200)
        return self._read(status, {"code": said["reason"], **said}, "/args")

    @staticmethod
    def _read(status: int, said: dict[str, Any], prefix: str) -> dict[str, Any]:
        """Return what was answered: a decision, or a refusal."""
        if status == 200:
            why = [[one["rule"], one["by"], one["path"]] for one in said["reasons"]]
            return {
                "effect": said["effect"],
                "code": said["reason"],
                "why": why,
                "args": said["args"],
            }
        assert status == 422
        # How deep is too deep counts from the whole body: where that ends may be a level off.
        paths = [one["path"].removeprefix(prefix)[:DEEP] for one in said["errors"]]
        why = [[None, None, path] for path in paths]
        return {"effect": said["effect"], "code": said["code"], "why": why, "args": None}


def expected(verdict: Verdict) -> dict[str, Any]:
    """Say a verdict of the evaluator in the same words."""
    why = [[one.rule, one.by, one.path and one.path[:DEEP]] for one in verdict.reasons]
    return {"effect": verdict.effect, "code": verdict.code, "why": why, "args": verdict.changed}


@pytest.mark.parametrize(("name", "which", "form"), list(cases()))
def test_the_gateway_says_what_the_evaluator_says(
    shared: GatewayHarness, name: str, which: str, form: str
) -> None:
    """A probe is held and its twin passes, by the same rule, however the arguments are sent."""
    sitting = Sitting(shared, name, which)
    arguments = json.dumps(sitting.case.text) if form == "args_text" else sitting.case.text

    assert expected(sitting.case.decide()) == sitting.ask(form, arguments)


FACTS: Final = """\
policy p version 1;
fact limit = given;
rule small: allow pay when args.amount <= fact.limit;
"""
HOURLY: Final = """\
policy p version 1;
rule open: allow send;
rule often: deny send when count(send within 1h) >= 5;
"""


def test_facts_of_a_key_that_may_not_tell_them_are_refused(tmp_path: Path) -> None:
    """D10: the call is refused as a whole, and so denied; the twin's key may tell facts."""
    gateway = GatewayHarness(tmp_path, FACTS)
    told = pay(facts={"limit": 10})
    without = gateway.new_key([scope for scope in ALL_SCOPES if scope is not Scope.ASSERT_FACTS])
    refused = gateway.check(told, without)
    twin = gateway.check(told).json()
    gateway.close()

    assert (refused.status_code, refused.json()["effect"]) == (403, "deny")
    assert twin["effect"] == "allow"


def test_the_sixth_after_a_restart_is_the_sixth(tmp_path: Path) -> None:
    """F01: what was let through before is counted by the next process; the fifth still passes."""
    effects, key = [], None
    for at in range(6):
        gateway = GatewayHarness(tmp_path, HOURLY)
        key = key or gateway.key
        call = {"call_id": f"c{at}", "session": "s1", "tool": "send", "args": {}}
        effects.append(gateway.check(call, key).json()["effect"])
        gateway.close()

    assert effects == [*["allow"] * 5, "deny"]


def test_a_call_that_was_allowed_is_decided_again(tmp_path: Path) -> None:
    """G06: the same call under the same id, when the facts deny it now; and it counts once."""
    gateway = GatewayHarness(tmp_path, FACTS + "rule once: deny pay when count(pay) > 1;")
    again = {"session": "s1", "facts": {"limit": 10}}
    effects = [
        gateway.check(pay(**{**again, **change})).json()["effect"]
        for change in ({}, {}, {"facts": {"limit": 1}}, {"call_id": "c2"}, {"call_id": "c3"})
    ]
    gateway.close()

    assert effects == ["allow", "allow", "deny", "allow", "deny"]


def test_a_store_that_cannot_tell_what_happened_denies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D04: while earlier calls cannot be read nothing is let through; afterwards it is again."""
    gateway = GatewayHarness(tmp_path, HOURLY.replace("within 1h", "within 1h per subject"))
    database = gateway.gateway.log._database
    effects = []
    for at, broken in enumerate((False, True, False)):
        with monkeypatch.context() as patch:
            if broken:
                patch.setattr(database, "read", fails)
            call = {"call_id": f"c{at}", "session": f"s{at}", "tool": "send", "args": {}}
            effects.append(gateway.check(call).json()["effect"])
    gateway.close()

    assert effects == ["allow", "deny", "allow"]


def fails() -> None:
    raise OperationalError("select", {}, OSError("disk gone"))


@pytest.mark.parametrize(
    "call",
    [{}, {"args": {"amount": 1, "canary-7": 2}}, {"tool": "wire"}],
)
def test_where_masking_fails_the_record_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Told
) -> None:
    """D06: the value is dropped, and nothing of it stands in the record in its place."""
    gateway = GatewayHarness(tmp_path, MASKED)
    gateway.write("p.tools.json", json.dumps(TOOLS))
    gateway.reload()
    monkeypatch.setattr("memory.evidence.masking.digest", no_digest)
    said = gateway.check(pay(**{"facts": {"limit": 77_777}, **call})).json()
    (record,) = gateway.records()
    gateway.close()

    assert (record.id, record.effect) == (said["decision_id"], said["effect"])
    assert "canary-7" not in record.content()
    assert "77777" not in record.content()
    assert "dropped" in record.content()


MASKED: Final = """\
policy p version 1;
use tools "p.tools.json";
fact limit = given;
rule small: allow pay when args.amount <= 100 and fact.limit == 77777;
rule wired: deny wire when fact.limit == 77777;
"""
TOOLS: Final = [
    {
        "name": "pay",
        "inputSchema": {
            "type": "object",
            "properties": {"amount": {"type": "integer"}},
            "additionalProperties": False,
        },
    },
    {"name": "wire", "inputSchema": {"type": "object"}},
]


def no_digest(*_: object) -> str:
    raise ValueError("nothing can be digested")
