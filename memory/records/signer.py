"""Who signs checkpoints: a key in a file now, a service that holds keys later."""

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from dsl.errors import DrawbarError

PRIVATE: Final = "audit.key"
PUBLIC: Final = "audit.pub"


class KeyFault(DrawbarError):
    """A key that checkpoints are signed with, or held against, cannot be used."""


class Signer(Protocol):
    """Signs what is handed over, and says with which key."""

    @property
    def key_id(self) -> str:
        """Return the name of the key: a hash of its public half."""
        ...

    def sign(self, content: bytes) -> str:
        """Return a signature in base64."""
        ...


class FileSigner:
    """Signs with an Ed25519 key that lies in a file."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.key_id = key_id(key.public_key())

    def sign(self, content: bytes) -> str:
        """Return a signature in base64."""
        return base64.b64encode(self._key.sign(content)).decode()


def file_signer(folder: Path) -> FileSigner:
    """Return the signer of a data folder; its key is made once, with the public half beside it."""
    private = folder / PRIVATE
    try:
        if not private.exists():
            _make(folder)
        key = load_pem_private_key(private.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise KeyFault(f"the key `{private}` cannot be used") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFault(f"the key `{private}` is not an Ed25519 key")
    if not (folder / PUBLIC).exists():  # such as after a restore of the key alone
        _write(folder, PUBLIC, _shown(key))
    return FileSigner(key)


def _make(folder: Path) -> None:
    key = Ed25519PrivateKey.generate()
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(folder, PUBLIC, _shown(key))
    _write(folder, PRIVATE, written)


def _shown(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _write(folder: Path, name: str, content: bytes) -> None:
    draft = folder / f".{name}.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / name)


def public_key(path: Path) -> Ed25519PublicKey:
    """Read the public half of a key."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KeyFault(f"the public key `{path}` cannot be read") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFault(f"the key `{path}` is not an Ed25519 key")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """Return the name of a key."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return "ed25519:" + hashlib.sha256(raw).hexdigest()[:32]


def is_signed(
    keys: Mapping[str, Ed25519PublicKey], name: str, content: bytes, signature: str
) -> bool:
    """Tell whether one of the keys that are trusted signed this."""
    key = keys.get(name)
    if key is None:
        return False
    try:
        key.verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, ValueError):
        return False
    return True
