"""Signing in at a provider. The provider is a stand-in; its keys and signatures are real."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.login.oidc import KEPT_S
from app.login.passwords import digested
from app.login.settings import LoginSettings
from app.settings import Settings
from memory.people import NewPerson
from memory.records.acts import WantedActs, page
from memory.scopes import Scope
from tests.app.approvals.people import People
from tests.app.login.provider import CLIENT, ISSUER, SECRET, Provider
from tests.app.ui.browsing import words

LOGIN: dict[str, Any] = {
    "issuer": ISSUER,
    "client_id": CLIENT,
    "client_secret": SECRET,
    "grants": {
        "treasurer": {"scopes": ["approve"], "roles": ["treasury"]},
        "reader": {"scopes": ["audit"]},
    },
}
HERE = "https://gateway.example.com"
HEADERS = {"Sec-Fetch-Site": "same-origin"}


class House:
    """A gateway with a provider, and a browser."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        login = LoginSettings.model_validate({**LOGIN, **changed})
        self.people = People(folder, public_url=HERE, login=login)
        self.people.at = datetime.now(UTC)
        self.gateway = self.people.gateway
        self.provider = Provider()
        self.provider.now = lambda: self.people.at  # type: ignore[assignment,misc]  # as told
        assert self.gateway.gateway.login.provider is not None
        self.gateway.gateway.login.provider._asks = self.provider
        transport = httpx.ASGITransport(app=self.gateway.app, raise_app_exceptions=False)
        self.browser = httpx.AsyncClient(transport=transport, base_url=HERE)

    def get(self, path: str) -> httpx.Response:
        return self.gateway.run(self.browser.get(path))

    def go(self, to: str = "") -> str:
        """Go to the provider; return where that is."""
        answer = self.get(f"/approvals/login/provider?to={to}")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def come(self, to: str = "", **changed: str) -> httpx.Response:
        """Go there, sign in there, and come back."""
        return self.get("/approvals/login/back?" + self.provider.enter(self.go(to), **changed))

    def forget(self) -> None:
        """Let pass as much time as the gateway keeps what the provider said of itself."""
        provider = self.gateway.gateway.login.provider
        assert provider is not None
        later = provider.clock() + KEPT_S
        provider.clock = lambda: later

    @property
    def inside(self) -> bool:
        return "Sign in" not in self.get("/approvals").text

    def close(self) -> None:
        self.gateway.run(self.browser.aclose())
        self.gateway.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def test_somebody_comes_in_approves_and_goes(house: House) -> None:
    """With the roles that the settings give to theirs; what they do is done in their name."""
    approval = house.people.asked()

    came = house.come(approval)

    assert came.status_code == 200
    cookies = came.headers.get_list("set-cookie")
    sitting = next(one for one in cookies if one.startswith("drawbar_sitting="))
    for word in ("HttpOnly", "SameSite=strict", "Secure", "Max-Age=3600", "Path=/approvals"):
        assert word in sitting
    assert f"url=/approvals/{approval}" in came.text
    shown = house.get(f"/approvals/{approval}")
    token = re.search(r'name="token" value="(\w+)"', shown.text)
    assert token is not None
    fields = {"token": token.group(1), "word": "approve"}
    path = f"/approvals/{approval}"
    done = house.gateway.run(house.browser.post(path, data=fields, headers=HEADERS))
    assert done.status_code == 303
    (need,) = house.people.look(approval).json()["needs"]
    assert (need["status"], need["by"]) == ("approved", "u-1")
    out = {"token": token.group(1)}
    house.gateway.run(house.browser.post("/approvals/logout", data=out, headers=HEADERS))
    assert not house.inside


def test_who_signs_in_is_written_down_as_a_person(house: House) -> None:
    """An act that names the subject and the provider, and no token."""
    house.come()

    (found,) = house.gateway.run(
        page(house.gateway.gateway.database, WantedActs(what=("person.signed_in",)))
    ).found
    assert (found.by, found.who, found.details) == ("person", "u-1", {"how": ISSUER})


def test_what_comes_back_must_be_what_was_sent(house: House) -> None:
    """Another state, another issuer, no code, or a browser that did not go there: nobody."""
    assert house.come(state="other").status_code == 403
    assert house.come(iss="https://evil.example").status_code == 403
    assert house.come(code="").status_code == 403
    assert house.come(code="made-up").status_code == 503
    back = house.provider.enter(house.go())
    house.browser.cookies.clear()
    assert house.get(f"/approvals/login/back?{back}").status_code == 403
    assert house.get("/approvals/login/back").status_code == 403
    twice = house.provider.enter(house.go())
    assert house.get(f"/approvals/login/back?{twice}&{twice}").status_code == 403
    assert not house.inside


def test_a_way_back_is_taken_once_and_in_time(house: House) -> None:
    """The same address again, or ten minutes later, brings nobody in."""
    where = house.go()
    cookie = house.browser.cookies["drawbar_login"]
    back = house.provider.enter(where)
    assert house.get(f"/approvals/login/back?{back}").status_code == 200
    house.browser.cookies.clear()
    house.browser.cookies.set("drawbar_login", cookie, domain="gateway.example.com")
    assert house.get(f"/approvals/login/back?{back}").status_code == 403
    house.browser.cookies.clear()
    late = house.provider.enter(house.go())
    house.people.later(minutes=10)
    assert house.get(f"/approvals/login/back?{late}").status_code == 403
    assert not house.inside


@pytest.mark.parametrize(
    "spoil",
    [
        {"nonce": "other"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "somebody-else"},
        {"aud": [CLIENT, "somebody-else"]},
        {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"},
        {"azp": "somebody-else"},
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"exp": None},
        {"iat": None},
        {"iat": datetime(2100, 1, 1, tzinfo=UTC)},
        {"sub": None},
        {"sub": 7},
        {"sub": "a b"},
        {"roles": []},
        {"roles": ["nobody-knows"]},
        {"roles": "treasurer"},
        {"roles": None},
        {"roles": ["reader"]},
    ],
    ids=str,
)
def test_a_token_that_says_another_thing_brings_nobody_in(
    house: House, spoil: dict[str, Any]
) -> None:
    """Whatever is wrong, the page says no more than that they could not be signed in."""
    house.provider.spoil = spoil

    answer = house.come()

    assert answer.status_code == 403
    assert "drawbar_sitting" not in str(answer.headers)
    assert not house.inside


def test_a_token_signed_by_nobody_or_by_another_brings_nobody_in(house: House) -> None:
    """No signature, another's key, a key that everybody knows, or a kid that is not there."""
    public = house.provider.key.public_key()
    known = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    attacks: list[tuple[Any, str, dict[str, Any]]] = [
        ("", "none", {"kid": "k1"}),
        (house.provider.other, "RS256", {"kid": "k1"}),
        (known, "HS256", {"kid": "k1"}),
        (None, "RS256", {"kid": "k2"}),
        (None, "RS256", {}),
        (None, "RS256", {"kid": "k1", "crit": ["x"]}),
        (None, "RS512", {"kid": "k1"}),
    ]
    for sign, algorithm, head in attacks:
        house.provider.sign, house.provider.algorithm = sign, algorithm
        house.provider.head = head
        assert house.come().status_code == 403, (algorithm, head)
    house.provider.sign, house.provider.algorithm = None, "RS256"
    house.provider.head = {"kid": "k1"}
    assert not house.inside
    assert house.come().status_code == 200
    assert house.inside


def test_a_provider_that_is_gone_or_another_brings_nobody_in(house: House) -> None:
    """Neither before somebody goes there nor after; who is in stays until their time is over."""
    house.come()
    house.provider.gone = True
    house.forget()
    assert house.get("/approvals/login/provider").status_code == 503
    assert house.inside
    house.provider.gone = False
    for wrong in (
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": None},
    ):
        house.provider.metadata = wrong
        assert house.get("/approvals/login/provider").status_code == 503
    house.people.later(hours=1)
    assert not house.inside


def test_a_claim_names_the_tenant_or_nobody_comes_in(tmp_path: Path) -> None:
    """Only values that the settings name are tenants; somebody of one does not see another's."""
    house = House(tmp_path, tenant_claim="org", tenants={"o-1": "acme", "o-2": "default"})
    approval = house.people.asked()
    for spoilt in (None, "o-3", ["o-1"], "acme"):
        house.provider.spoil = {"org": spoilt}
        assert house.come().status_code == 403
    house.provider.spoil = {"org": "o-1"}
    house.come()
    assert house.inside
    assert house.get(f"/approvals/{approval}").status_code == 404
    house.provider.spoil = {"org": "o-2"}
    house.come()
    assert "pay" in words(house.get(f"/approvals/{approval}"))
    house.close()


def test_where_there_is_a_provider_no_password_is_good(house: House) -> None:
    """Who leaves there has left here; a key still is, for the day on which it is gone."""
    new = NewPerson("ada", frozenset((Scope.APPROVE,)))
    people = house.gateway.gateway.people
    house.gateway.run(people.add(new, digested("correct horse battery"), house.people.at))
    fields = {"name": "ada", "password": "correct horse battery"}
    sent = house.browser.post("/approvals/login", data=fields, headers=HEADERS)
    assert house.gateway.run(sent).status_code == 403
    key = {"key": house.people.boss}
    sent = house.browser.post("/approvals/login", data=key, headers=HEADERS)
    assert house.gateway.run(sent).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://id.example.com"},
        {"client_id": ""},
        {"grants": {}},
        {"ask_for": ["profile"]},
        {"tenant_claim": "org"},
        {"tenants": {"a": "b"}},
        {"algorithms": ["none"]},
        {"algorithms": ["HS256"]},
        {"grants": {"a": {"scopes": ["check", "feedback"]}}},
        {"grants": {"a": {"scopes": ["policy:publish"]}}, "tenant": "acme"},
        {"grants": {"a": {"scopes": ["root"]}}},
        {"session_s": 10**6},
    ],
    ids=str,
)
def test_settings_that_would_weaken_it_are_refused(wrong: dict[str, Any]) -> None:
    """And without the address that people are sent back to there is no provider either."""
    Settings(public_url=HERE, login=LOGIN)
    with pytest.raises(ValueError, match="login"):
        Settings(public_url=HERE, login={**LOGIN, **wrong})
    with pytest.raises(ValueError, match="public_url"):
        Settings(login=LOGIN)


def test_a_stranger_cannot_be_sent_elsewhere(house: House) -> None:
    """Whatever address somebody is to go on to, it is one of our approvals or the list."""
    for to in ("//evil.example", "../x", "https://evil.example", "a/b"):
        came = house.come(to)
        assert 'url=/approvals"' in came.text
        assert "evil" not in came.text


def test_the_end_of_a_sitting_is_the_end(house: House) -> None:
    """An hour after coming in, whatever the cookie is kept for."""
    house.come()
    house.people.later(seconds=timedelta(hours=1).total_seconds() - 1)
    assert house.inside
    house.people.later(seconds=1)
    assert not house.inside


def test_only_who_went_to_the_provider_counts_as_a_failure(house: House) -> None:
    """Anybody's page can send a browser to the way back, and nobody is locked out by that."""
    for _ in range(12):
        assert house.get("/approvals/login/back?code=x&state=y").status_code == 403
    house.go()
    for _ in range(12):
        assert house.get("/approvals/login/back?code=x&state=y").status_code == 403
    assert house.come().status_code == 200

    house.provider.spoil = {"nonce": "other"}
    codes = [house.come().status_code for _ in range(10)]

    assert codes == [403] * 10
    assert house.get("/approvals/login/provider").status_code == 429


def test_the_provider_is_asked_who_it_is_once_in_a_while(house: House) -> None:
    """However many go there and come back, and however often anybody asks to be sent there."""
    get, asked = house.provider.get, []

    async def counted(url: str) -> bytes:
        asked.append(url.rpartition("/")[2])
        return await get(url)

    house.provider.get = counted  # type: ignore[method-assign]
    for _ in range(3):
        assert house.come().status_code == 200
        house.go()

    assert asked == ["openid-configuration", "keys"]
    house.forget()
    assert house.come().status_code == 200
    assert asked == ["openid-configuration", "keys", "openid-configuration"]
