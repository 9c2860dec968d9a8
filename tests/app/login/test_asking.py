"""Asking a provider by HTTP."""

import asyncio
import base64
from functools import partial

import httpx
import pytest

from app.login.asking import Asking


def test_an_id_and_a_secret_are_encoded_as_in_a_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """As RFC 6749 2.3.1 says: a colon in the id, or a percent sign, is not taken for another."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    client = partial(httpx.AsyncClient, transport=httpx.MockTransport(answer))
    monkeypatch.setattr(httpx, "AsyncClient", client)
    url = "https://id.example.com/token"

    for login in (("plain", "s3cret"), ("a:b", "s +%\u00e9")):
        assert asyncio.run(Asking(1_000).post(url, {"code": "c"}, login)) == b"{}"

    sent = [base64.b64decode(one.removeprefix("Basic ")).decode() for one in seen]
    assert sent == ["plain:s3cret", "a%3Ab:s+%2B%25%C3%A9"]
