"""An authorization server for tests: it has keys, publishes them, and signs what it is told to."""

import base64
import json
import time
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER: Final = "https://login.example.com"
JWKS: Final = "https://login.example.com/keys"
BASE: Final = "https://drawbar.example.com"
RESOURCE: Final = f"{BASE}/mcp/main"
RSA_KEY: Final = rsa.generate_private_key(65537, 2048)
OTHER_KEY: Final = rsa.generate_private_key(65537, 2048)
EC_KEY: Final = ec.generate_private_key(ec.SECP256R1())
ED_KEY: Final = ed25519.Ed25519PrivateKey.generate()
PUBLIC_PEM: Final = RSA_KEY.public_key().public_bytes(
    Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
)


def public(kid: str = "k1", key: Any = RSA_KEY, **more: Any) -> dict[str, Any]:
    """Return the public half of a key as it is published."""
    match key:
        case rsa.RSAPrivateKey():
            told = RSAAlgorithm.to_jwk(key.public_key())
        case ec.EllipticCurvePrivateKey():
            told = ECAlgorithm.to_jwk(key.public_key())
        case _:
            told = OKPAlgorithm.to_jwk(key.public_key())
    return {**json.loads(told), "kid": kid, "use": "sig", **more}


def claims(**more: Any) -> dict[str, Any]:
    """Return the claims of a good token, with some of them changed; None leaves one out."""
    now = int(time.time())
    whole = {
        "iss": ISSUER,
        "sub": "ada",
        "aud": RESOURCE,
        "client_id": "desk",
        "iat": now,
        "exp": now + 600,
        **more,
    }
    return {name: value for name, value in whole.items() if value is not None}


def token(
    key: Any = RSA_KEY,
    algorithm: str = "RS256",
    headers: dict[str, Any] | None = None,
    **changed: Any,
) -> str:
    """Return a signed token."""
    head = {"kid": "k1", "typ": "at+jwt", **(headers or {})}
    told = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(claims(**changed), key, algorithm, headers=told)


def by_hand(head: dict[str, Any], said: dict[str, Any], signature: bytes = b"") -> str:
    """Return a token that no library would write."""
    parts = [json.dumps(head).encode(), json.dumps(said).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(one).decode().rstrip("=") for one in parts)


class KeyServer:
    """Publishes keys, or fails to."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys) or [public()]
        self.fails: Exception | None = None
        self.asked: list[str] = []

    async def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if self.fails is not None:
            raise self.fails
        return json.dumps({"keys": self.keys}).encode()
