"""The MCP gateway as an OAuth resource server: whose access tokens are good here, and for whom.

The official SDK brings a middleware for this (`mcp.server.auth`) that leaves the token itself to
its user, takes the first of two credentials, and knows one resource. So the checks are here, and
what the SDK's client expects to find is what is answered.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import jwt
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from app.auth import Caller
from app.edges.mcp.jwks import Fetch, Key, KeySet, KeysUnavailable
from app.edges.mcp.oauth_settings import ID, IssuerSettings, OAuthSettings
from app.problems import Problem
from memory.keys import ApiKey, Scope

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
LONGEST: Final = 8192  # characters of a token
MOST_ROLES: Final = 100
_ID: Final = re.compile(ID)
_TYPES: Final = frozenset(("at+jwt", "application/at+jwt", "jwt"))
_KINDS: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_CURVES: Final = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}
_NEEDED: Final = ["iss", "sub", "aud", "exp", "iat"]


class BadToken(Exception):
    """A token that is not good here. Why is for our log alone."""


class Tokens:
    """Checks access tokens for the gateways of this server."""

    def __init__(self, settings: OAuthSettings, public_url: str | None, fetch: Fetch) -> None:
        self._settings = settings
        self._base = (public_url or "").rstrip("/")
        self._issuers = {one.issuer: one for one in settings.issuers}
        age = settings.jwks_max_age_s
        self._keys = {one.issuer: KeySet(one.jwks_url, age, fetch) for one in settings.issuers}

    @property
    def accepted(self) -> bool:
        """Tell whether tokens are taken at all."""
        return bool(self._issuers)

    def resource(self, gateway: str) -> str:
        """Return what a token for a gateway must be made out to."""
        return f"{self._base}/mcp/{gateway}"

    def metadata(self, gateway: str) -> dict[str, Any]:
        """Return what clients are told to get a token by (RFC 9728)."""
        wanted = {name for one in self._settings.issuers for name in _scopes(one)}
        told = {
            "resource": self.resource(gateway),
            "authorization_servers": list(self._issuers),
            "bearer_methods_supported": ["header"],
            "resource_name": f"Drawbar: {gateway}",
        }
        return {**told, "scopes_supported": sorted(wanted)} if wanted else told

    def challenge(self, gateway: str, error: str | None = None, scopes: Sequence[str] = ()) -> str:
        """Return the header that tells a client where to get a token, and which."""
        parts = [] if error is None else [f'error="{error}"']
        if scopes:
            parts.append(f'scope="{" ".join(scopes)}"')
        parts.append(f'resource_metadata="{self._base}{WELL_KNOWN}/mcp/{gateway}"')
        return "Bearer " + ", ".join(parts)

    async def caller(self, token: str, gateway: str, now: datetime) -> Caller:
        """Return who comes with a token, or refuse: 401, 403, or 503 where nobody can tell."""
        try:
            issuer, claims = await self._claims(token, self.resource(gateway))
            key = _key(issuer, claims, now)
        except KeysUnavailable:
            raise Problem(503, "unavailable", "the token cannot be checked right now") from None
        except (BadToken, PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError):
            detail = "the access token is not good for this gateway"
            raise self._refused(401, "unauthenticated", detail, gateway, "invalid_token") from None
        lacking = [one for one in issuer.required_scopes if one not in _granted(claims)]
        if lacking:
            detail = f"the access token was not granted `{lacking[0]}`"
            raise self._refused(403, "missing_scope", detail, gateway, "insufficient_scope", issuer)
        return Caller(key)

    def without(self, gateway: str) -> Problem:
        """Return the refusal of a request that has no credential, or more than one."""
        detail = "an access token or an API key is needed: `Authorization: Bearer ...`"
        return self._refused(401, "unauthenticated", detail, gateway)

    def _refused(  # noqa: PLR0913, PLR0917 - what such an answer says
        self,
        status: int,
        code: str,
        detail: str,
        gateway: str,
        error: str | None = None,
        issuer: IssuerSettings | None = None,
    ) -> Problem:
        if not self.accepted:
            return Problem(status, code, detail, headers={"WWW-Authenticate": "Bearer"})
        wanted = issuer.required_scopes if issuer is not None else ()
        header = self.challenge(gateway, error, wanted)
        return Problem(status, code, detail, headers={"WWW-Authenticate": header})

    async def _claims(self, token: str, audience: str) -> tuple[IssuerSettings, dict[str, Any]]:
        """Return what a token says and who says it, once its signature and times are good."""
        if len(token) > LONGEST or not self._base:
            raise BadToken("a token that is too long, or no address that it could be made out to")
        head, said = _unverified(token)
        issuer = self._issuers.get(str(said.get("iss")))
        if issuer is None:
            raise BadToken("an issuer that the settings do not name")
        algorithm = _algorithm(head, issuer)
        key = await self._keys[issuer.issuer].find(kid_of(head))
        if key is None:
            raise BadToken("a key that its issuer does not have")
        claims = jwt.decode(
            token,
            usable(key, algorithm),
            algorithms=[algorithm],
            audience=audience,
            issuer=issuer.issuer,
            leeway=self._settings.leeway_s,
            options={"require": _NEEDED, "enforce_minimum_key_length": True},
        )
        return issuer, claims


def _unverified(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return head and claims as anybody may have written them, to know which key to look for."""
    found = jwt.decode_complete(token, options={"verify_signature": False})
    return found["header"], found["payload"]


def _algorithm(head: Mapping[str, Any], issuer: IssuerSettings) -> str:
    """Return how a token is signed, if the settings allow it; the token does not choose freely."""
    name = head.get("alg")
    if name not in issuer.algorithms or "crit" in head:
        raise BadToken("an algorithm or an extension that is not allowed")
    if str(head.get("typ", "jwt")).lower() not in _TYPES:
        raise BadToken("a token of another type")
    return str(name)


def kid_of(head: Mapping[str, Any]) -> str:
    """Return the name of the key that a token is signed with."""
    name = head.get("kid")
    if not isinstance(name, str) or not name:
        raise BadToken("a token that does not name its key")
    return name


def usable(key: Key, algorithm: str) -> PyJWK:
    """Return a key for one algorithm; a key of another kind, or made for another, is none."""
    kind, curve = _KINDS[algorithm[:2]], _CURVES.get(algorithm)
    if key["kty"] != kind or key.get("alg", algorithm) != algorithm:
        raise BadToken("a key that is not for this algorithm")
    if curve is not None and key.get("crv") != curve:
        raise BadToken("a key on another curve")
    return PyJWK(dict(key), algorithm)


def _key(issuer: IssuerSettings, claims: Mapping[str, Any], now: datetime) -> ApiKey:
    """Return what stands for the key of a caller with a token: it may ask, and nothing else."""
    subject = issuer.subject_prefix + _name(claims.get("sub"))
    client = _name(claims.get(issuer.client_claim, claims.get("azp")))
    scopes = {Scope.CHECK, Scope.OBSERVE}
    if issuer.session_scope is not None and issuer.session_scope in _granted(claims):
        scopes.add(Scope.ASSERT_SESSION)
    return ApiKey(
        id=_id(issuer.issuer, client, subject),
        tenant=issuer.tenant,
        name=f"token of {client}",
        subject=_name(subject),
        agent=client,
        scopes=frozenset(scopes),
        created_at=now,
        roles=_roles(issuer, claims),
    )


def _id(*parts: str) -> str:
    """Return the same name for the same issuer, client and subject, and another for any other."""
    told = "\n".join(parts).encode()  # none of them holds a line break
    return "o_" + hashlib.sha256(told).hexdigest()[:32]


def _name(value: Any) -> str:
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise BadToken("a name that is missing, or that no name may be")
    return value


def _roles(issuer: IssuerSettings, claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the roles; where they cannot be read nobody knows which rules hold: no token."""
    found: Any = claims
    for step in issuer.roles_claim:
        found = found.get(step) if isinstance(found, Mapping) else None
    if not issuer.roles_claim or found is None:
        return ()
    if not isinstance(found, list) or len(found) > MOST_ROLES:
        raise BadToken("roles that are no list, or too many")
    return tuple(sorted({_name(one) for one in found}))


def _granted(claims: Mapping[str, Any]) -> frozenset[str]:
    """Return what a token was granted: `scope` (RFC 9068), or `scp` as some write it."""
    said = claims.get("scope", claims.get("scp", ""))
    listed = said.split(" ") if isinstance(said, str) else said
    sound = isinstance(listed, list) and all(isinstance(one, str) for one in listed)
    return frozenset(listed) if sound else frozenset()


def _scopes(issuer: IssuerSettings) -> tuple[str, ...]:
    session = () if issuer.session_scope is None else (issuer.session_scope,)
    return (*issuer.required_scopes, *session)
