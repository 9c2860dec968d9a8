"""Makes bundles of policy folders, and signs them."""

import base64
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.bundles.bundle import MOST_NUMBER, PREFIX, Bundle, BundleFault, Stamp, written
from app.bundles.reading import read
from app.policy import policies
from app.policy.revising import texts_of
from memory.records.signer import KeyFault


def built(folder: Path) -> Bundle:
    """Return the policies of a folder, without a stamp; the same folder gives the same bundle."""
    found = policies.load([folder])
    if found.read is None:
        raise BundleFault(f"`{folder}` holds nothing that can be read")
    if not found.decides:
        raise BundleFault(f"`{folder}` holds no policy, so everything would be denied")
    made = Bundle(found.digest, texts_of(found.read, folder))
    read(written(made))  # as whoever gets it would
    return made


def signed(bundle: Bundle, key: Ed25519PrivateKey, stamp: Stamp) -> bytes:
    """Return a bundle with a stamp and a signature over all of it."""
    if not 0 < stamp.number <= MOST_NUMBER:
        raise BundleFault(f"the number of a bundle lies between 1 and {MOST_NUMBER}")
    if stamp.expires_at <= stamp.issued_at:
        raise BundleFault("the bundle would expire before it is issued")
    made = replace(bundle, stamp=stamp)
    signature = key.sign(PREFIX + made.content().encode())
    return written(made, base64.b64encode(signature).decode())


def number_of(now: datetime) -> int:
    """Return a number for a bundle that is made now: later ones are greater."""
    return (now - datetime.fromtimestamp(0, now.tzinfo)) // timedelta(milliseconds=1)


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Read a key that bundles are signed with; one that others may read is refused."""
    try:
        with path.open("rb") as file:
            mode, content = os.fstat(file.fileno()).st_mode, file.read()
        key = load_pem_private_key(content, None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyFault(f"the key `{path}` cannot be read") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFault(f"the key `{path}` is not an Ed25519 key")
    if mode & 0o007:
        raise KeyFault(f"everybody on this machine may read `{path}`; `chmod 600` it")
    return key


def new_key() -> tuple[str, str]:
    """Return a new key and its public half, as files hold them."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
