"""Whose access tokens are good at the MCP gateway: any doubt is a 401."""

import asyncio
import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from mcp.client.auth.utils import (
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
)
from mcp.shared.auth import ProtectedResourceMetadata
from pydantic import ValidationError

from app.auth import Caller
from app.edges.mcp.oauth import LONGEST, Tokens
from app.edges.mcp.oauth_settings import OAuthSettings
from app.problems import Problem
from memory.keys import Scope
from tests.app.edges.mcp.issuing import (
    BASE,
    EC_KEY,
    ED_KEY,
    ISSUER,
    JWKS,
    OTHER_KEY,
    PUBLIC_PEM,
    RESOURCE,
    RSA_KEY,
    KeyServer,
    by_hand,
    claims,
    public,
    token,
)

NOW: Final = datetime.now(UTC)


def made(server: KeyServer | None = None, **issuer: Any) -> Tokens:
    named = {"issuer": ISSUER, "jwks_url": JWKS, **issuer}
    return Tokens(OAuthSettings(issuers=(named,)), BASE, server or KeyServer())


def comes(given: str, tokens: Tokens | None = None, gateway: str = "main") -> Caller:
    return asyncio.run((tokens or made()).caller(given, gateway, NOW))


def refused(given: str, tokens: Tokens | None = None, gateway: str = "main") -> Problem:
    with pytest.raises(Problem) as caught:
        comes(given, tokens, gateway)
    return caught.value


def test_a_good_token_is_its_subject_and_its_client() -> None:
    """`sub` is the subject, `client_id` the agent; it may ask and tell results, and no more."""
    key = comes(token()).key

    assert (key.tenant, key.subject, key.agent, key.roles) == ("default", "ada", "desk", ())
    assert key.scopes == {Scope.CHECK, Scope.OBSERVE}
    assert len(key.id) <= 40


def test_a_caller_is_the_same_with_each_token_and_another_for_another_client() -> None:
    """A new token of the same client and subject goes on where the last one was."""
    tokens = made()
    one, again = (comes(token(jti=jti), tokens).key.id for jti in ("1", "2"))
    others = {comes(token(client_id="x"), tokens).key.id, comes(token(sub="x"), tokens).key.id}

    assert one == again
    assert one not in others
    assert len(others) == 2


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(RSA_KEY, "RS256"), (RSA_KEY, "PS256"), (EC_KEY, "ES256"), (ED_KEY, "EdDSA")],
)
def test_each_allowed_algorithm_is_checked(key: Any, algorithm: str) -> None:
    """With the key it was signed with it is good, and with another of the same kind it is not."""
    server = KeyServer(public(key=key), public("k2"))

    assert comes(token(key, algorithm), made(server)).key.subject == "ada"
    forged = token(key, algorithm)[:-6] + "AAAAAA"
    assert refused(forged, made(server)).status_code == 401


def _with_hmac(secret: bytes, **head: Any) -> str:
    unsigned = by_hand({"alg": "HS256", "kid": "k1", **head}, claims())[:-1]
    return (
        unsigned
        + "."
        + by_hand({}, {}, hmac.digest(secret, unsigned.encode(), hashlib.sha256)).split(".")[2]
    )


FORGED: Final = {
    "alg none": by_hand({"alg": "none", "kid": "k1"}, claims()),
    "alg None": by_hand({"alg": "None", "kid": "k1"}, claims()),
    "alg none with a signature": by_hand({"alg": "none", "kid": "k1"}, claims(), b"x"),
    "no alg": by_hand({"kid": "k1"}, claims()),
    "alg is no text": by_hand({"alg": ["RS256"], "kid": "k1"}, claims()),
    "HS256 with the public key": _with_hmac(PUBLIC_PEM),
    "HS256 with the modulus": _with_hmac(public()["n"].encode()),
    "HS256 with nothing": _with_hmac(b""),
    "another key under the same name": token(OTHER_KEY),
    "an unknown key": token(headers={"kid": "k9"}),
    "no key named": token(headers={"kid": None}),
    "a key that the token brings along": token(OTHER_KEY, headers={"jwk": public("k1", OTHER_KEY)}),
    "a key elsewhere": token(OTHER_KEY, headers={"jku": "https://evil.example/keys"}),
    "an algorithm that is not allowed": token(algorithm="RS512"),
    "an algorithm of another kind of key": token(EC_KEY, "ES256"),
    "an extension that must be understood": token(headers={"crit": ["exp"], "exp": 1}),
    "an ID token's type": token(headers={"typ": "secevent+jwt"}),
    "another issuer": token(iss="https://evil.example"),
    "another issuer, nearly": token(iss=ISSUER + "/"),
    "no issuer": token(iss=None),
    "another audience": token(aud="https://drawbar.example.com/mcp/second"),
    "another audience, nearly": token(aud=RESOURCE + "/"),
    "the audience's beginning": token(aud="https://drawbar.example.com"),
    "no audience": token(aud=None),
    "no audience in a list": token(aud=[]),
    "over": token(exp=int(time.time()) - 60),
    "never over": token(exp=None),
    "over in no number": token(exp="tomorrow"),
    "not yet": token(nbf=int(time.time()) + 600),
    "made in the future": token(iat=int(time.time()) + 600),
    "made never": token(iat=None),
    "no subject": token(sub=None),
    "an empty subject": token(sub=""),
    "a subject that no subject may be": token(sub="a b"),
    "a subject over two lines": token(sub="ada\nroot"),
    "too long a subject": token(sub="a" * 129),
    "no client": token(client_id=None),
    "a client that is no text": token(client_id=["desk"]),
    "huge": token(more="x" * LONGEST),
    "no token": "drawbar",
    "two parts": "e30.e30",
    "four parts": token() + ".e30",
    "a space in it": token().replace(".", " .", 1),
    "padding": token() + "=",
    "no object": by_hand({"alg": "RS256", "kid": "k1"}, []),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("given", FORGED.values(), ids=FORGED.keys())
def test_what_is_no_good_token_is_refused(given: str) -> None:
    """Forged, over, not yet, of another issuer, or for somebody else: 401, and never why."""
    error = refused(given)

    assert error.status_code == 401
    assert error.detail == "the access token is not good for this gateway"


def test_a_token_for_one_gateway_is_none_for_another() -> None:
    """The audience is the gateway, and not the server it runs on."""
    assert refused(token(), gateway="second").status_code == 401
    assert comes(token(aud=["https://x.example", RESOURCE])).key.subject == "ada"


def test_a_small_key_is_no_key() -> None:
    """An RSA key of 1024 bits can be broken; its signature says nothing."""
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that is the point
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        given = token(small)

    assert refused(given, made(KeyServer(public(key=small)))).status_code == 401


@pytest.mark.parametrize(
    "published",
    [
        [public(use="enc")],
        [public(alg="PS256")],
        [public(), public(key=OTHER_KEY)],
        [{**public(), "kid": None}],
        [{"kty": "oct", "kid": "k1", "k": "c2VjcmV0"}],
        [{"kty": "RSA", "kid": "k1"}],
        [{"kty": "RSA", "kid": "k1", "n": 5, "e": []}],
        ["k1"],
        [],
    ],
)
def test_a_key_that_is_not_for_this_is_none(published: list[Any]) -> None:
    """For encryption, for another algorithm, two of one name, without one, or no key at all."""
    server = KeyServer()
    server.keys = published

    assert refused(token(), made(server)).status_code == 401


def test_a_secret_among_the_keys_signs_nothing() -> None:
    """Should an issuer publish a shared secret, tokens signed with it are still refused."""
    secret = {"kty": "oct", "kid": "k1", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXM"}

    given = token(b"secret-secret-secret-secret-s" + b"x" * 9, "HS256")
    assert refused(given, made(KeyServer(secret))).status_code == 401


@pytest.mark.parametrize(
    "fails", [httpx.ConnectError("down"), TimeoutError(), OSError("down"), httpx.InvalidURL("x")]
)
def test_where_keys_cannot_be_fetched_nobody_comes_in(fails: Exception) -> None:
    """A good token is refused as well, with a status that says to come again."""
    server = KeyServer()
    server.fails = fails

    assert refused(token(), made(server)).status_code == 503


def test_scopes_that_are_needed_and_not_granted_are_a_403() -> None:
    """The answer names them, so that the client can ask its user for more."""
    tokens = made(required_scopes=("tools", "drawbar"))

    assert comes(token(scope="drawbar tools other"), tokens).key.subject == "ada"
    assert comes(token(scp=["drawbar", "tools"]), tokens).key.subject == "ada"
    for granted in ({}, {"scope": "tools"}, {"scope": "TOOLS drawbar"}, {"scope": 7}, {"scp": [7]}):
        error = refused(token(**granted), tokens)
        assert error.status_code == 403
        header = error.headers["WWW-Authenticate"] if error.headers else ""
        answer = httpx2.Response(403, headers={"WWW-Authenticate": header})
        assert 'error="insufficient_scope"' in header
        assert extract_scope_from_www_auth(answer) == "tools drawbar"


def test_only_the_named_scope_lets_a_client_name_sessions() -> None:
    """Without the setting no scope does."""
    assert Scope.ASSERT_SESSION not in comes(token(scope="s")).key.scopes
    assert Scope.ASSERT_SESSION in comes(token(scope="s"), made(session_scope="s")).key.scopes
    assert Scope.ASSERT_SESSION not in comes(token(scope="t"), made(session_scope="s")).key.scopes


def test_roles_are_read_where_the_settings_say() -> None:
    """And a token whose roles cannot be read is none: nobody would know which rules hold."""
    tokens = made(roles_claim=("realm", "roles"))

    assert comes(token(realm={"roles": ["b", "a", "b"]}), tokens).key.roles == ("a", "b")
    assert comes(token(roles=["root"]), tokens).key.roles == ()
    assert comes(token(roles=["root"])).key.roles == ()
    for roles in ("root", ["a b"], [7], [["a"]], ["r"] * 101, {"a": 1}):
        assert refused(token(realm={"roles": roles}), tokens).status_code == 401


def test_subjects_of_two_issuers_are_kept_apart() -> None:
    """The same `sub` of another issuer is somebody else."""
    second = {"issuer": "https://second.example", "jwks_url": JWKS, "subject_prefix": "second:"}
    first = {"issuer": ISSUER, "jwks_url": JWKS}
    settings = OAuthSettings(issuers=(first, second))
    tokens = Tokens(settings, BASE, KeyServer())

    assert comes(token(), tokens).key.subject == "ada"
    assert comes(token(iss="https://second.example"), tokens).key.subject == "second:ada"
    with pytest.raises(ValidationError, match="subject_prefix"):
        OAuthSettings(issuers=(first, {**second, "subject_prefix": ""}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"algorithms": ("HS256",)},
        {"algorithms": ("none",)},
        {"algorithms": ()},
        {"jwks_url": "http://login.example.com/keys"},
        {"jwks_url": "file:///etc/passwd"},
        {"issuer": "login"},
        {"tenant": "a b"},
        {"subject_prefix": "a b"},
        {"unheard_of": 1},
    ],
)
def test_settings_that_would_weaken_it_are_refused(wrong: dict[str, Any]) -> None:
    """Symmetric algorithms, plain addresses and unknown members are errors at the start."""
    with pytest.raises(ValidationError):
        made(**wrong)


def test_clients_find_the_way_to_a_token() -> None:
    """What we answer is what the SDK's client reads: where, for what, and with which scopes."""
    tokens = made(required_scopes=("tools",), session_scope="sessions")
    error = tokens.without("main")
    header = error.headers["WWW-Authenticate"] if error.headers else ""
    found = ProtectedResourceMetadata.model_validate(tokens.metadata("main"))
    where = extract_resource_metadata_from_www_auth(
        httpx2.Response(401, headers={"WWW-Authenticate": header})
    )

    assert error.status_code == 401
    assert "error=" not in header  # there was no token that could be wrong
    assert where == f"{BASE}/.well-known/oauth-protected-resource/mcp/main"
    assert str(found.resource) == RESOURCE
    assert [str(one).rstrip("/") for one in found.authorization_servers] == [ISSUER]
    assert found.scopes_supported == ["sessions", "tools"]
    assert found.bearer_methods_supported == ["header"]


def test_without_an_address_of_its_own_a_gateway_takes_no_token() -> None:
    """A token must be made out to somebody; an empty address is nobody's."""
    named = {"issuer": ISSUER, "jwks_url": JWKS}
    tokens = Tokens(OAuthSettings(issuers=(named,)), None, KeyServer())

    assert refused(token(aud="/mcp/main"), tokens).status_code == 401
