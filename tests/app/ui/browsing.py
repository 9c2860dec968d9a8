"""A browser, as far as pages without scripts need one: cookies, forms, redirects."""

import re
from html import unescape
from typing import Final

import httpx

from tests.app.approvals.people import People

HOST: Final = "http://gateway"
SAME: Final = {"Sec-Fetch-Site": "same-origin", "Origin": HOST}


class Browser:
    """One person's browser at the page of approvals."""

    def __init__(self, people: People) -> None:
        self.people = people
        transport = httpx.ASGITransport(app=people.gateway.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=HOST)

    def get(self, path: str = "/approvals") -> httpx.Response:
        """Open a page."""
        return self.people.gateway.run(self.client.get(path))

    def post(
        self, path: str, headers: dict[str, str] | None = None, **fields: str
    ) -> httpx.Response:
        """Send a form."""
        sent = SAME if headers is None else headers
        work = self.client.post(path, data=fields, headers=sent, follow_redirects=False)
        return self.people.gateway.run(work)

    def sign_in(self, key: str | None = None) -> httpx.Response:
        """Paste a key."""
        return self.post("/approvals/login", key=key or self.people.boss)

    def token(self, path: str = "/approvals") -> str:
        """Return what forms of a page carry."""
        found = re.search(r'name="token" value="(\w+)"', self.get(path).text)
        return found.group(1) if found else ""

    def answer(self, approval: str, word: str, comment: str = "") -> httpx.Response:
        """Open an approval and press a button."""
        path = f"/approvals/{approval}"
        return self.post(path, token=self.token(path), word=word, comment=comment)

    def close(self) -> None:
        """Close it."""
        self.people.gateway.run(self.client.aclose())


def words(page: httpx.Response) -> str:
    """Return what of a page people read."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
