"""A stand-in for an OpenID Connect provider: no socket, but real keys, signatures and codes."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from app.login.asking import ProviderFault

ISSUER: Final = "https://id.example.com/realm"
CLIENT: Final = "drawbar"
SECRET: Final = "s3cret-of-drawbar"
BACK: Final = "https://gateway.example.com/approvals/login/back"


class Provider:
    """Issues codes and tokens as OpenID Connect Core says; a test may spoil each step."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.now = datetime.now
        self.claims: dict[str, Any] = {"sub": "u-1", "roles": ["treasurer"]}
        self.spoil: dict[str, Any] = {}  # claims in place of those that are right; None leaves out
        self.head: dict[str, Any] = {"kid": "k1"}
        self.sign: Any = None  # another key to sign with
        self.algorithm = "RS256"
        self.metadata: dict[str, Any] = {}
        self.gone = False
        self._codes: dict[str, Mapping[str, str]] = {}

    def enter(self, address: str, **changed: str) -> str:
        """Sign somebody in who was sent here; return the code and the state to go back with."""
        asked = {name: one[0] for name, one in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, BACK)
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        said = {"code": code, "state": asked["state"], "iss": ISSUER, **changed}
        return "&".join(f"{name}={value}" for name, value in said.items() if value)

    async def get(self, url: str) -> bytes:
        """Answer what stands at an address."""
        if self.gone:
            raise ProviderFault("gone")
        if url == f"{ISSUER}/.well-known/openid-configuration":
            told = {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/auth",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
                **self.metadata,
            }
            return json.dumps(told).encode()
        assert url == f"{ISSUER}/keys"
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return json.dumps({"keys": [{**public, "kid": "k1", "use": "sig"}]}).encode()

    async def post(self, url: str, form: Mapping[str, str], login: tuple[str, str] | None) -> bytes:
        """Change a code for a token: once, for who has the secret and the verifier."""
        assert url == f"{ISSUER}/token"
        asked = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        right = asked is not None and challenge == asked["code_challenge"]
        if self.gone or not right or login != (CLIENT, SECRET) or form["redirect_uri"] != BACK:
            raise ProviderFault("status 400")
        assert asked is not None
        told = {"id_token": self._token(asked["nonce"]), "token_type": "Bearer"}
        return json.dumps(told).encode()

    def _token(self, nonce: str) -> str:
        now = self.now()
        right = {
            "iss": ISSUER,
            "aud": CLIENT,
            "iat": now,
            "exp": now + timedelta(minutes=5),
            "nonce": nonce,
            **self.claims,
            **self.spoil,
        }
        said = {name: value for name, value in right.items() if value is not None}
        key = self.key if self.sign is None else self.sign
        return jwt.encode(said, key, self.algorithm, self.head)
