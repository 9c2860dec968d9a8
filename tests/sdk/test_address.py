"""Addresses, sockets and the one deadline."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from drawbar import Client
from drawbar.address import Address, address_of
from tests.sdk.kit import Kit
from tests.sdk.scripted import HANG_UP, KEY, serving


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8484", Address("127.0.0.1", 8484)),
        ("http://gateway", Address("gateway", 80)),
        ("http://[::1]:8484/", Address("::1", 8484)),
        ("unix:/run/drawbar.sock", Address(uds="/run/drawbar.sock")),
    ],
)
def test_an_address_is_read_whole(url: str, expected: Address) -> None:
    """Host, port and path of a socket come from the address and from nowhere else."""
    assert address_of(url) == expected


def test_https_asks_for_a_certificate() -> None:
    """Over TLS the certificate and its name are verified."""
    address = address_of("https://gateway")

    assert address.port == 443
    assert address.tls is not None
    assert address.tls.verify_mode is ssl.CERT_REQUIRED
    assert address.tls.check_hostname


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("makes its certificate with openssl")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subject = ["-subj", "/CN=drawbar", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run(
        [*command, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True
    )
    with path.open("a") as both:
        both.write(Path(f"{path}.crt").read_text())
    return path


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("kind", ["blocking", "looping"])
def test_only_a_trusted_gateway_is_believed(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The same allow counts from a gateway with a trusted certificate, and from no other."""
    with serving(tls=_tls(certificate)) as gateway:
        gateway.kind = kind
        stranger = gateway.check()
        monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
        trusted = gateway.check()

    assert (stranger.effect, stranger.reason) == ("deny", "unreachable")
    assert "certificate" in stranger.message
    assert not stranger.allowed
    assert trusted.allowed


def test_a_connection_over_tls_is_kept(
    kit: Kit, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handshake is made once; what was lost on a kept connection goes out on a new one."""
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    with serving(tls=_tls(certificate)) as gateway:
        client = kit.client(gateway.url, KEY)
        first = [kit.run(client.check("send_money", {})).allowed for _ in range(3)]
        connections = len(gateway.connections)
        gateway.script[:] = [HANG_UP]
        again = kit.run(client.check("send_money", {})).allowed
        kit.run(client.close())

    assert (first, connections) == ([True] * 3, 1)
    assert again


def test_plain_http_behind_an_https_address_denies() -> None:
    """A client told to use TLS never falls back to plain text."""
    with serving() as gateway:
        refused = Client(gateway.url.replace("http:", "https:"), KEY).check("send_money", {})
        heard = list(gateway.asked)
        twin = gateway.check()

    assert (refused.effect, refused.reason) == ("deny", "unreachable")
    assert heard == []
    assert not refused.allowed
    assert twin.allowed
