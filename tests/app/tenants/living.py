"""Two tenants on one gateway, who do all that can be done, and what is known of each."""

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
from sqlalchemy import select

from memory.scopes import OPERATORS, Scope
from memory.tables import metadata
from tests.app.tenants.drawing import MINTED, Drawing, Drawn, Route, routes
from tests.harness import GatewayHarness

POLICY: Final = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 because "large payments need a person";
"""
TENANTS: Final = ("alpha", "beta")
HELD: Final = tuple(one for one in Scope if one not in OPERATORS | {Scope.FEEDBACK})
ALONE: Final = ("/v1/revisions", "/v1/drafts", "/v1/publications", "/v1/bundle", "/v1/glass")
# This gateway does not learn; `tests/app/learning` holds tenants apart where one does.
OFF: Final = "/v1/memory"
ENDLESS: Final = "/v1/records/stream"
HEADERS: Final = {"Sec-Fetch-Site": "same-origin"}


def operators(route: str) -> bool:
    """Tell whether a route is for keys of the operator's tenant alone."""
    return route == "POST /v1/records" or route.split()[1].startswith(ALONE)


class Tenant:
    """One tenant: its keys, its mark, its browser, and the ids that were made for it."""

    def __init__(self, gateway: GatewayHarness, name: str) -> None:
        self.name, self.mark = name, f"mk{name}7"
        marked = gateway.new_key(
            HELD, name=f"{self.mark} key", tenant=name, subject="ada", agent=f"{self.mark}-agent"
        )
        alike = gateway.new_key(HELD, name="agent", tenant=name, subject="ada", agent="a1")
        self.keys = (marked, alike)
        says = (Scope.APPROVE, Scope.FEEDBACK)
        self.boss = gateway.new_key(says, name="boss", tenant=name, subject="boss")
        transport = httpx.ASGITransport(app=gateway.app, raise_app_exceptions=False)
        self.browser = httpx.AsyncClient(transport=transport, base_url="http://gateway")
        self.ids: dict[str, None] = {}
        self.spare: frozenset[str] = frozenset()  # of its own keys: what it is never to take away


class Two:
    """Two tenants on one gateway. What is sent and what comes back is held against the rules."""

    def __init__(self, folder: Path, random: Random, **settings: Any) -> None:
        self.gateway = GatewayHarness(folder, POLICY, **settings)
        self.schema = self.gateway.app.openapi()
        self.random = random
        self.drawing = Drawing(self.schema, random)
        self.routes = [one for one in routes(self.schema) if one.path != ENDLESS]
        self.on = [one for one in self.routes if OFF not in one.path]
        self.check = next(one for one in self.routes if one.path == "/v1/check")
        self.tenants = {name: Tenant(self.gateway, name) for name in TENANTS}
        for one in self.tenants.values():
            kept = self.gateway.run(self.gateway.gateway.keys.all(one.name))
            one.spare = frozenset(key.id for key in kept)
            one.ids.update(dict.fromkeys(sorted(one.spare)))
        self.answered: dict[str, set[int]] = {}
        self.sent = 0

    def step(self) -> None:
        """Let one tenant send something, and see that the other neither shows nor changes."""
        me, other = self.random.sample(sorted(self.tenants), 2)
        before = self.kept(other)
        if self.random.random() < 0.1:
            self._browse(self.tenants[me], self.tenants[other])
        else:
            asks = self.random.random() < 0.3
            route = self.check if asks else self.random.choice(self.unanswered() or self.on)
            self._send(route, self.tenants[me], self.tenants[other])
        after = self.kept(other)
        changed = [name for name in after if after[name] != before[name]]
        assert not changed, f"{me} changed what is kept of {other}: {changed}"

    def unanswered(self) -> list[Route]:
        """Return routes that said no `2xx` yet, every other time: so each has its turn.

        Those that are the operator's alone, or off, refuse whatever is sent, so once is enough.
        """
        if self.random.random() < 0.5:
            return []
        good = {name for name, codes in self.answered.items() if any(one < 300 for one in codes)}
        refused = {name for name in self.answered if operators(name) or OFF in name}
        return [one for one in self.routes if one.name not in good | refused]

    def _send(self, route: Route, me: Tenant, other: Tenant) -> None:
        own = [one for one in me.ids if one not in me.spare]
        drawn = self.drawing.request(route, me.mark, own, [*other.ids])
        decides = 0.7 if route.path.startswith(("/v1/approvals", "/v1/feedback")) else 0.1
        key = me.boss if self.random.random() < decides else self.random.choice(me.keys)
        answer = self._ask(drawn, key)
        self.answered.setdefault(route.name, set()).add(answer.status_code)
        self._holds(answer, drawn.path + str(drawn.body), me, other)
        asked = set(MINTED.findall(drawn.path.partition("?")[0]))
        if asked & other.ids.keys():
            assert answer.status_code >= 400, f"{drawn.path} of {other.name} for {me.name}"
            if not drawn.headers:  # with an idempotency key it may be answered by that
                self._as_if_unknown(drawn, answer, key)

    def _ask(self, drawn: Drawn, key: str) -> httpx.Response:
        self.sent += 1
        parts: dict[str, Any] = {} if drawn.body is None else {"json": drawn.body}
        headers = dict(drawn.headers)
        return self.gateway.request(drawn.route.method, drawn.path, key, headers=headers, **parts)

    def _as_if_unknown(self, drawn: Drawn, answer: httpx.Response, key: str) -> None:
        """See that an id of the other tenant is answered as one that was never made."""
        path = re.sub(r"_[0-9A-HJKMNP-TV-Z]{26}", "_01JD" + 22 * "0", drawn.path)
        never = self._ask(Drawn(drawn.route, path, drawn.body, {}), key)
        codes = [(one.status_code, one.json().get("code")) for one in (answer, never)]
        assert codes[0] == codes[1], f"{drawn.path} tells that it is there: {codes}"

    def _holds(self, answer: httpx.Response, sent: str, me: Tenant, other: Tenant) -> None:
        """Nothing of the other tenant comes back, but the ids that were sent."""
        told = answer.text + str(answer.headers)
        assert other.mark not in told, f"{me.name} reads of {other.name}: {told}"
        minted = set(MINTED.findall(told))
        strange = minted & other.ids.keys() - set(MINTED.findall(sent))
        assert not strange, f"{me.name} is told {strange} of {other.name}"
        me.ids.update(dict.fromkeys(minted - other.ids.keys()))

    def _browse(self, me: Tenant, other: Tenant) -> None:
        """Sign in, look, open an approval of either, and answer it."""
        asked = [one for one in [*me.ids, *other.ids] if one.startswith("apr_")]
        path = f"/approvals/{self.random.choice(asked)}" if asked else "/approvals"
        self._page(me, other, "POST", "/approvals/login", data={"key": me.boss})
        listed = self._page(me, other, "GET", "/approvals")
        token = re.search(r'name="token" value="(\w+)"', listed.text)
        assert token is not None
        shown = self._page(me, other, "GET", path)
        fields = {"token": token.group(1), "word": "approve", "comment": f"{me.mark} says"}
        done = self._page(me, other, "POST", path, data=fields) if asked else shown
        if path.rsplit("/", 1)[1] in other.ids:
            assert (shown.status_code, done.status_code) == (404, 404)

    def _page(
        self, me: Tenant, other: Tenant, method: str, path: str, **parts: Any
    ) -> httpx.Response:
        self.sent += 1
        work = me.browser.request(method, path, headers=HEADERS, **parts)
        answer = self.gateway.run(work)
        self._holds(answer, path, me, other)
        return answer

    def kept(self, tenant: str) -> Mapping[str, Any]:
        """Return all rows of a tenant."""

        async def read() -> Mapping[str, Any]:
            found = {}
            async with self.gateway.gateway.database.read() as connection:
                for table in metadata.sorted_tables:
                    if "tenant" in table.c:
                        # When a key was used last is stored late, at any time.
                        columns = [one for one in table.c if one.name != "last_used_at"]
                        query = select(*columns).where(table.c.tenant == tenant)
                        rows = (await connection.execute(query)).all()
                        found[table.name] = sorted(map(repr, rows))
            return found

        return self.gateway.run(read())

    def close(self) -> None:
        """Close it, and keep what is looked at afterwards."""
        self.metrics = self.gateway.request("GET", "/metrics").text
        self.names = {
            one: {row.split(",")[1] for row in self.kept(one)["sessions"]} for one in TENANTS
        }
        for one in self.tenants.values():
            self.gateway.run(one.browser.aclose())
        self.gateway.close()
