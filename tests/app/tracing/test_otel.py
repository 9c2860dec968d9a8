"""A span for each recorded decision, and no decision that hangs on one."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.config_file import SettingsError
from app.edges.mcp.links.upstream import Upstream
from app.settings import load
from app.tracing.otel import Otel
from app.tracing.settings import OtelSettings
from tests.app.edges.mcp.test_serving_http import Web, call, headers
from tests.harness import GatewayHarness, pay

TRACE_ID: Final = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID: Final = "b7ad6b7169203331"
PARENT: Final = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-00"}  # not sampled, says the caller
NOWHERE: Final = "http://127.0.0.1:9/v1/traces"


class Seen:
    """A gateway whose spans stay in memory."""

    def __init__(self, folder: Path, **more: Any) -> None:
        otel = OtelSettings(endpoint=NOWHERE, **more)
        masking = {"shown": {"pay": ["args.amount"]}}
        self.harness = GatewayHarness(folder, otel=otel, masking=masking)
        self.spans_at = InMemorySpanExporter()
        self.otel = Otel(otel, self.spans_at)
        self.harness.gateway.tracing = self.otel

    def spans(self) -> tuple[ReadableSpan, ...]:
        self.otel.flush()
        return self.spans_at.get_finished_spans()

    def only(self) -> dict[str, Any]:
        (span,) = self.spans()
        return dict(span.attributes or {})


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Seen]:
    made = Seen(tmp_path)
    yield made
    made.otel.close()
    made.harness.close()


def test_a_span_says_what_the_record_says(seen: Seen) -> None:
    """Its attributes are those of the record, its digest is keyed, and no value is in it."""
    answer = seen.harness.check(pay(args={"amount": 5, "to": "ada@bank.example"})).json()
    (record,) = seen.harness.records()

    (span,) = seen.spans()
    assert span.name == "drawbar.decide"
    assert dict(span.attributes or {}) == {
        "drawbar.decision.id": answer["decision_id"],
        "drawbar.effect": "allow",
        "drawbar.reason": "rule",
        "drawbar.policy": "bank",
        "drawbar.rule": "small",
        "drawbar.revision": answer["revision"],
        "drawbar.phase": "call",
        "drawbar.edge": "http",
        "drawbar.args.hmac": record.args_hmac,
    }
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.start_time <= span.end_time
    assert "ada@bank.example" not in span.to_json()


def test_a_span_stands_under_its_callers_trace(seen: Seen) -> None:
    """Also where the caller says that its trace is not sampled: nobody hides a decision so."""
    seen.harness.check(pay(), headers=PARENT)

    (span,) = seen.spans()
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x}" == TRACE_ID
    assert f"{span.parent.span_id:016x}" == SPAN_ID


@pytest.mark.parametrize(
    "given", [[], ["nonsense"], ["00-" + "0" * 32 + "-" + "0" * 16 + "-01"], [*PARENT.values()] * 2]
)
def test_what_is_no_one_trace_begins_a_new_one(seen: Seen, given: list[str]) -> None:
    """No header, a broken one, one of zeros, and two of them: the decision has its own trace."""
    sent = [("traceparent", one) for one in given]
    sent.append(("authorization", f"Bearer {seen.harness.key}"))
    ask = seen.harness._client.post("/v1/check", json=pay(), headers=sent)

    assert seen.harness.run(ask).json()["effect"] == "allow"
    (span,) = seen.spans()
    assert span.parent is None


def test_arguments_come_only_masked_and_by_choice(tmp_path: Path) -> None:
    """With the setting, what may be seen anywhere is clear, and the rest are digests."""
    seen = Seen(tmp_path, arguments=True)
    try:
        seen.harness.check(pay(args={"amount": 5, "to": "ada@bank.example"}))
        args = json.loads(seen.only()["drawbar.args"])
    finally:
        seen.otel.close()
        seen.harness.close()

    assert args["amount"] == 5
    assert "ada@bank.example" not in str(args)
    assert "hmac-sha256:" in str(args)


def test_results_and_batches_have_spans_too(seen: Seen) -> None:
    """Each decision that is recorded has one, of its phase."""
    calls = [pay(session="s1"), pay(call_id="c2", session="s1")]
    seen.harness.request("POST", "/v1/check/batch", json={"calls": calls, "atomic": True})
    event = {"id": "e1", "type": "result", "call_id": "c1", "result": "paid"}
    told = seen.harness.request("POST", "/v1/observe", json={"session": "s1", "events": [event]})
    phases = [str((one.attributes or {})["drawbar.phase"]) for one in seen.spans()]

    assert told.status_code == 200, told.text
    assert sorted(phases) == sorted(one.phase for one in seen.harness.records())
    assert len(phases) == 3


class Collector(BaseHTTPRequestHandler):
    """Takes spans as a collector does."""

    server: "Receiver"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.took.append((self.path, self.headers["X-Key"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


class Receiver(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Collector)
        self.took: list[tuple[str, str | None, bytes]] = []


def test_a_collector_gets_spans_over_http(tmp_path: Path) -> None:
    """What arrives is a request of OTLP, with the headers of the settings."""
    receiver = Receiver()
    Thread(target=receiver.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{receiver.server_port}/v1/traces"
    harness = GatewayHarness(tmp_path, otel={"endpoint": endpoint, "headers": {"X-Key": "k1"}})
    try:
        answer = harness.check(pay(), headers=PARENT).json()
    finally:
        harness.close()
        receiver.shutdown()
        receiver.server_close()

    ((path, key, body),) = receiver.took
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    (span,) = resource.scope_spans[0].spans
    told = {one.key: one.value.string_value for one in span.attributes}
    assert (path, key) == ("/v1/traces", "k1")
    assert span.trace_id.hex() == TRACE_ID
    assert told["drawbar.decision.id"] == answer["decision_id"]


def test_a_collector_that_is_away_changes_nothing(tmp_path: Path) -> None:
    """Decisions stand and are recorded, and the end of the gateway waits for it no longer."""
    harness = GatewayHarness(tmp_path, otel={"endpoint": NOWHERE})
    try:
        effects = [harness.check(pay(call_id=f"c{n}")).json()["effect"] for n in range(5)]
        records = harness.records()
    finally:
        began = time.monotonic()
        harness.close()

    assert effects == ["allow"] * 5
    assert len(records) == 5
    assert time.monotonic() - began < 60


def test_a_span_that_cannot_be_made_spoils_no_decision(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call was recorded: what fails after that is said in the log."""

    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("no span")

    monkeypatch.setattr(seen.otel, "_tracer", type("Broken", (), {"start_span": broken}))

    assert seen.harness.check(pay()).json()["effect"] == "allow"
    assert seen.spans() == ()


def test_a_forwarded_call_has_a_span_that_its_server_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`tools/call pay` stands in the caller's trace, and goes to the server as `_meta`."""
    told: list[Any] = []
    ask = Upstream.ask

    async def noting(self: Upstream, method: str, params: Any, *rest: Any, **more: Any) -> Any:
        told.append(params)
        return await ask(self, method, params, *rest, **more)

    monkeypatch.setattr(Upstream, "ask", noting)
    settings = OtelSettings(endpoint=NOWHERE, genai=True)
    web = Web(tmp_path, otel=settings)
    seen = InMemorySpanExporter()
    otel = Otel(settings, seen)
    web.harness.gateway.tracing = otel
    try:
        web.post(call(amount=5), {**headers(), **PARENT})
        web.post(call(amount=500), {**headers(), **PARENT})
        otel.flush()
    finally:
        otel.close()
        web.close()

    spans = {one.name: one for one in seen.get_finished_spans()}
    phases = [(one.attributes or {}).get("drawbar.phase") for one in seen.get_finished_spans()]
    made = spans["tools/call pay"]
    assert phases == ["call", None, "result", "call"]
    assert {f"{one.context.trace_id:032x}" for one in spans.values()} == {TRACE_ID}
    assert dict(made.attributes or {}) == {
        "mcp.method.name": "tools/call",
        "gen_ai.tool.name": "pay",
        "gen_ai.operation.name": "execute_tool",
    }
    sent = next(one for one in told if one.get("name") == "pay")
    assert sent["_meta"]["traceparent"] == f"00-{TRACE_ID}-{made.context.span_id:016x}-01"


def test_a_call_whose_client_names_its_trace_beside_it_is_in_one_trace(tmp_path: Path) -> None:
    """`_meta.traceparent` is read before the call is decided; a header counts more than it."""
    settings = OtelSettings(endpoint=NOWHERE)
    web = Web(tmp_path, otel=settings)
    seen = InMemorySpanExporter()
    otel = Otel(settings, seen)
    web.harness.gateway.tracing = otel
    beside, other = call(amount=5), call(amount=5)
    beside["params"]["_meta"] |= PARENT
    other["params"]["_meta"]["traceparent"] = f"00-{'1' * 32}-{SPAN_ID}-01"
    try:
        web.post(beside, headers())
        otel.flush()
        alone = seen.get_finished_spans()
        web.post(other, {**headers(), **PARENT})
        otel.flush()
    finally:
        otel.close()
        web.close()

    assert {(one.attributes or {}).get("drawbar.phase") for one in alone} == {
        "call",
        None,
        "result",
    }
    found = seen.get_finished_spans()
    assert len(found) == 2 * len(alone)
    assert {f"{one.context.trace_id:032x}" for one in found} == {TRACE_ID}


def test_nothing_is_loaded_without_a_collector() -> None:
    """Who wants no traces pays for none: the SDK and the exporter stay out of the process."""
    program = (
        "import sys, pathlib, tempfile\n"
        "from tests.harness import GatewayHarness, pay\n"
        "made = GatewayHarness(pathlib.Path(tempfile.mkdtemp()))\n"
        "assert made.check(pay()).json()['effect'] == 'allow'\n"
        "made.close()\n"
        "names = ('opentelemetry.sdk', 'opentelemetry.exporter', 'app.tracing.otel')\n"
        "found = [name for name in sys.modules if name.startswith(names)]\n"
        "sys.exit(repr(found) if found else 0)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )

    assert ran.returncode == 0, ran.stderr


def test_spans_are_sent_where_nobody_reads_along() -> None:
    """Plain HTTP leads to this machine alone, and the fault does not repeat a secret."""
    given = {"endpoint": "http://collector.example/v1/traces", "headers": {"X-Key": "hush"}}
    with pytest.raises(SettingsError, match="https://") as caught:
        load({"otel": given})

    assert "hush" not in str(caught.value)
