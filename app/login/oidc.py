"""Signing in at an OpenID Connect provider: authorization code, PKCE, state and nonce.

What has to be remembered between going there and coming back is sealed in a cookie of that one
browser, so any gateway with the same key file can take somebody back.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import jwt
import structlog
from jwt.exceptions import PyJWTError

from app.edges.mcp.jwks import KeySet, KeysUnavailable
from app.edges.mcp.oauth import BadToken, kid_of, usable
from app.login.asking import Asks, ProviderFault, table
from app.login.settings import LoginSettings, sound_address
from app.login.signed_in import NotLetIn, signed_in
from memory.key import ApiKey
from memory.sealing import Sealer, SealError

LASTS: Final = timedelta(minutes=10)
MOST_USED: Final = 10_000
LONGEST: Final = 16_384
KEPT_S: Final = 300.0  # what the provider says of itself
_PLACE: Final = "login"
_NEEDED: Final = ["iss", "sub", "aud", "exp", "iat", "nonce"]
_BAD: Final = (
    BadToken,
    PyJWTError,
    ValueError,
    TypeError,
    ArithmeticError,
    RecursionError,
    KeyError,
)
log = structlog.get_logger("drawbar.login")


class Refused(Exception):
    """Somebody who does not come in; they are told no more than that."""


class Stray(Refused):
    """Somebody whose browser did not go to the provider from here: any page may send it back."""


class Unavailable(Exception):
    """The provider cannot be asked right now."""


@dataclass(frozen=True, slots=True)
class Going:
    """What is remembered of somebody who goes to the provider."""

    state: str
    nonce: str
    verifier: str
    to: str
    until: str


class Oidc:
    """One provider."""

    def __init__(self, settings: LoginSettings, public_url: str, root: bytes, asks: Asks) -> None:
        self.settings = settings
        self.back = public_url.rstrip("/") + "/approvals/login/back"
        self._sealer = Sealer(root, "login at a provider")
        self._asks = asks
        self._keys: dict[str, KeySet] = {}
        self._used: dict[str, datetime] = {}
        self._asking = asyncio.Lock()
        self._found: tuple[float, Mapping[str, Any] | None] = 0.0, None
        self.clock = time.monotonic

    async def begin(self, to: str, now: datetime) -> tuple[str, str]:
        """Return where a browser is to go, and the cookie it is to come back with."""
        found = await self._discovered()
        until = (now + LASTS).isoformat()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        going = Going(state, nonce, verifier, to, until)
        digest = hashlib.sha256(going.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.back,
            "scope": " ".join(self.settings.ask_for),
            "state": going.state,
            "nonce": going.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        sealed = self._sealer.seal(json.dumps(asdict(going)).encode(), _PLACE)
        start = found["authorization_endpoint"]
        joined = "&" if "?" in start else "?"
        return start + joined + urlencode(asked), base64.urlsafe_b64encode(sealed).decode()

    async def end(
        self, cookie: str | None, query: Mapping[str, str], now: datetime
    ) -> tuple[ApiKey, str]:
        """Return who came back and where they wanted to go, or raise."""
        going = self._came(cookie, query, now)
        try:
            token = await self._exchanged(query["code"], going)
            claims = await self._claims(token, going)
            return signed_in(self.settings, claims, now), going.to
        except (ProviderFault, KeysUnavailable) as error:
            log.warning("the provider cannot be asked", cause=str(error))
            raise Unavailable from error
        except NotLetIn as error:
            log.warning("somebody was not let in", cause=str(error))
            raise Refused from error
        except _BAD as error:
            log.warning("a token cannot be used", cause=type(error).__name__)
            raise Refused from error

    def _came(self, cookie: str | None, query: Mapping[str, str], now: datetime) -> Going:
        """Return what this browser went there with, once; all else is refused."""
        going = self._opened(cookie)
        same = going is not None and hmac.compare_digest(
            query.get("state", "").encode(), going.state.encode()
        )
        if going is None or not same:
            raise Stray
        if now >= datetime.fromisoformat(going.until):
            raise Refused
        if query.get("iss", self.settings.issuer) != self.settings.issuer:
            raise Refused
        self._used = {name: at for name, at in self._used.items() if at > now}
        if going.state in self._used or len(self._used) >= MOST_USED or not query.get("code"):
            raise Refused
        self._used[going.state] = datetime.fromisoformat(going.until)
        return going

    def _opened(self, cookie: str | None) -> Going | None:
        try:
            sealed = base64.urlsafe_b64decode((cookie or "").encode())
            return Going(**json.loads(self._sealer.open(sealed, _PLACE)))
        except (SealError, ValueError, TypeError, binascii.Error):
            return None

    async def _discovered(self) -> Mapping[str, Any]:
        """Return what the provider says of itself, or said a few minutes ago."""
        async with self._asking:  # whoever waited finds what the first one was told
            at, found = self._found
            if found is None or self.clock() - at >= KEPT_S:
                at, found = self.clock(), await self._told()
                self._found = at, found
        return found

    async def _told(self) -> Mapping[str, Any]:
        """Ask the provider of itself; it must call itself as we call it."""
        issuer = str(self.settings.issuer)
        where = issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            found = table(await self._asks.get(where))
        except ProviderFault as error:
            log.warning("the provider cannot be asked", cause=str(error))
            raise Unavailable from error
        places = [found.get(name) for name in ("authorization_endpoint", "token_endpoint")]
        if found.get("issuer") != issuer or not all(
            sound_address(one) for one in (*places, found.get("jwks_uri"))
        ):
            log.warning("the provider calls itself otherwise, or has no sound addresses")
            raise Unavailable
        return found

    async def _exchanged(self, code: str, going: Going) -> str:
        """Give the code back for a token."""
        found = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "client_id": self.settings.client_id,
            "code_verifier": going.verifier,
        }
        secret = self.settings.client_secret
        login = None if secret is None else (self.settings.client_id, secret.get_secret_value())
        said = table(await self._asks.post(found["token_endpoint"], form, login))
        token = said.get("id_token")
        if not isinstance(token, str) or len(token) > LONGEST:
            raise ValueError("no token, or one that is too long")
        return token

    async def _claims(self, token: str, going: Going) -> Mapping[str, Any]:
        """Return what a token says, once its signature, times and addressees are good."""
        head = jwt.get_unverified_header(token)
        algorithm = str(head.get("alg"))
        if algorithm not in self.settings.algorithms or "crit" in head:
            raise ValueError("an algorithm or an extension that is not allowed")
        key = await (await self._key_set()).find(kid_of(head))
        if key is None:
            raise ValueError("a key that the provider does not have")
        claims: Mapping[str, Any] = jwt.decode(
            token,
            usable(key, algorithm),
            algorithms=[algorithm],
            audience=self.settings.client_id,
            issuer=self.settings.issuer,
            leeway=self.settings.leeway_s,
            options={"require": _NEEDED, "enforce_minimum_key_length": True},
        )
        nonce, meant = claims["nonce"], claims.get("azp", self.settings.client_id)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if not isinstance(nonce, str) or not hmac.compare_digest(
            nonce.encode(), going.nonce.encode()
        ):
            raise ValueError("a token for another sign-in")
        if meant != self.settings.client_id or (several and "azp" not in claims):
            raise ValueError("a token for somebody else too")
        return claims

    async def _key_set(self) -> KeySet:
        url = (await self._discovered())["jwks_uri"]
        if url not in self._keys:
            self._keys = {url: KeySet(url, 600, self._keys_at)}
        return self._keys[url]

    async def _keys_at(self, url: str) -> bytes:
        try:
            return await self._asks.get(url)
        except ProviderFault as error:
            raise KeysUnavailable from error
