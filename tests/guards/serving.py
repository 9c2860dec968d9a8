"""A stand-in for a vLLM server: it speaks the protocol over real HTTP, and no model is behind it.

What it answers is computed from the length of the prompt, or told by a test.
"""

import contextlib
import json
import math
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

MODEL = "guard"
TOKENS = {"violation": 11, "Violation": 12, "no_violation": 21, "no violation": 21}
TOKENS |= {"No violation": 22, "Yes": 31, "No": 32, "safe": 41, "unsafe": 42}
ABOUT = {"id": "stand-in-1", "created": 0, "model": MODEL, "usage": {"prompt_tokens": 1}}
Answer = tuple[int, bytes] | None
Answering = Callable[[Any], Answer]


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    protocol_version = "HTTP/1.1"
    server: "Serving"

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer(json.loads(self.rfile.read(length)))

    def _answer(self, body: Any) -> None:
        self.server.asked.append((self.path, body, dict(self.headers.items())))
        told = self.server.answers.get(self.path, lambda _: says({"detail": "Not Found"}, 404))
        with contextlib.suppress(OSError):
            answer = told(body)
            if answer is None:  # hangs up without a word
                self.close_connection = True
                return
            status, content = answer
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Print nothing."""


class Serving(ThreadingHTTPServer):
    """The server; `answers` by path, and what it was `asked`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, Any, dict[str, str]]] = []
        routes = ("/classify", "/tokenize", "/v1/chat/completions")  # no live server has all three
        self.answers: dict[str, Answering] = {
            "/openapi.json": lambda _: says({"paths": {one: {} for one in routes}}),
            "/v1/models": lambda _: says(
                {
                    "object": "list",
                    "data": [{"id": MODEL, "object": "model", "max_model_len": 4096}],
                }
            ),
            "/version": lambda _: says({"version": "0.0.0-stand-in"}),
            "/tokenize": lambda body: says(
                {
                    "count": 2,
                    "max_model_len": 4096,
                    "tokens": [TOKENS[body["prompt"]], 7],
                    "token_strs": None,
                }
            ),
            "/classify": _classify,
            "/v1/chat/completions": lambda body: chat(
                tops={11: -0.2 - 0.01 * (len(body["messages"][0]["content"]) % 10), 21: -2.5}
            ),
        }
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def bodies(self, path: str) -> list[Any]:
        return [body for asked, body, _ in self.asked if asked == path]

    def handle_error(self, *_request: object) -> None:
        """Say nothing of connections that a test breaks."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()


def _logit(text: str) -> float:
    return (len(text) % 17) / 4 - 2


def _classify(body: Any) -> Answer:
    """Answer a text as a classifier of two classes, and turns as one prefill: with one class."""
    if "input" in body:
        return classified(_logit(body["input"]))
    return one_class(_logit(body["messages"][0]["content"]), logit=not body["use_activation"])


def says(value: Any, status: int = 200) -> Answer:
    return status, value if isinstance(value, bytes) else json.dumps(value).encode()


def classified(logit: float, **members: Any) -> Answer:
    """Answer as `/classify` does with `use_activation: false`."""
    label = "violation" if logit > 0 else "no_violation"
    row = {"index": 0, "label": label, "probs": [-logit / 2, logit / 2], "num_classes": 2}
    return says({**ABOUT, "object": "list", "data": [{**row, **members}]})


def one_class(number: float, *, logit: bool = True, **members: Any) -> Answer:
    """Answer as `/classify` does where a generator is served as a classifier of two tokens."""
    told = number if logit else 1 / (1 + math.exp(-number))
    row = {"index": 0, "label": "LABEL_0", "probs": [told], "num_classes": 1}
    return says({**ABOUT, "object": "list", "data": [{**row, **members}]})


def chat(tops: dict[int, float] | None = None, **members: Any) -> Answer:
    """Answer as `/v1/chat/completions` does with the log-probabilities of one token."""
    rows = [_token(one, lp) for one, lp in (tops or {}).items()]
    first = max(rows, key=lambda one: float(str(one["logprob"])), default={})
    content = [{**first, "top_logprobs": rows}]
    message = {"role": "assistant", "content": "x"}
    choice = {"index": 0, "message": message, "logprobs": {"content": content}}
    return says({**ABOUT, "choices": [{**choice, "finish_reason": "length", **members}]})


def _token(number: int, logprob: float) -> dict[str, Any]:
    name = f"token_id:{number}"
    return {"token": name, "logprob": logprob, "bytes": list(name.encode())}


def slowly(seconds: float, answer: Answer) -> Answering:
    def answering(_: Any) -> Answer:
        time.sleep(seconds)
        return answer

    return answering
