"""The page on metrics and traces is what is shown and sent."""

import json
import re
import tomllib
from pathlib import Path

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.settings import load
from app.tracing.otel import Otel
from tests.harness import GatewayHarness, pay

PAGE = (Path(__file__).parents[2] / "docs" / "telemetry.md").read_text("utf-8")


def _block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_settings_of_the_page_make_the_span_of_the_page(tmp_path: Path) -> None:
    """All its attributes, and no other, with their values but for names and digests."""
    settings = load(tomllib.loads(_block("toml")))
    gateway = GatewayHarness(tmp_path)
    spans = InMemorySpanExporter()
    gateway.gateway.tracing = made = Otel(settings.otel, spans)
    gateway.check(pay(tool="erase", args={}))
    made.flush()
    made.close()
    gateway.close()

    (span,) = spans.get_finished_spans()
    sent, shown = dict(span.attributes or {}), json.loads(_block("json"))
    for drawn in ("decision.id", "revision", "args.hmac"):
        sent.pop(f"drawbar.{drawn}"), shown.pop(f"drawbar.{drawn}")
    assert sent == shown
