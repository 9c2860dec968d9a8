"""Laws of reading bundles: what is not exactly what somebody trusted signed is refused."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bundles.bundle import MOST_BYTES, BundleFault, Stamp
from app.bundles.making import signed
from app.bundles.opening import policies_of
from app.bundles.reading import read, verified
from memory.records.record import canonical
from memory.revisions.revision import digest_of
from tests.app.bundles.making import KEY, NOW, OTHER, bundle, content, forged, raw, stamp

TRUSTED = [KEY.public_key()]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return raw(tmp_path_factory.mktemp("policies"), 7)


def test_what_was_signed_is_read_back(good: bytes) -> None:
    """A bundle has the policies that it was made of, its number and its times."""
    found = verified(good, TRUSTED, NOW)

    assert found.stamp == stamp(7)
    assert policies_of(found).digest == found.digest


def test_any_trusted_key_will_do(good: bytes) -> None:
    """While keys are changed, bundles of the old and of the new one are taken."""
    assert verified(good, [OTHER.public_key(), KEY.public_key()], NOW).stamp == stamp(7)


@pytest.mark.parametrize("keys", [[], [OTHER.public_key()]])
def test_a_stranger_is_not_believed(good: bytes, keys: list[Any]) -> None:
    """Without a key that signed it, a bundle is nothing."""
    with pytest.raises(BundleFault, match="not signed by a key that is trusted"):
        verified(good, keys, NOW)


def test_a_signature_of_something_else_is_none(good: bytes) -> None:
    """What the same key signed for another purpose does not become a bundle."""
    told = json.loads(good)
    told["signature"] = base64.b64encode(KEY.sign(told["content"].encode())).decode()

    with pytest.raises(BundleFault, match="not signed"):
        verified(canonical(told).encode(), TRUSTED, NOW)


@given(st.data())
def test_no_changed_byte_passes(good: bytes, data: st.DataObject) -> None:
    """Whatever is changed, cut off or put in, the bundle is refused, or says the same as before."""
    at = data.draw(st.integers(0, len(good) - 1))
    put = data.draw(st.binary(max_size=3))
    changed = good[:at] + put + good[at + data.draw(st.integers(0, 3)) :]
    try:
        found = verified(changed, TRUSTED, NOW)
    except BundleFault:
        return
    assert found == verified(good, TRUSTED, NOW)


def test_a_part_of_a_bundle_is_none(good: bytes) -> None:
    """A download that was cut off is refused, wherever it was cut."""
    for cut in range(0, len(good) - 2, 97):
        with pytest.raises(BundleFault, match="not a bundle"):
            verified(good[:cut], TRUSTED, NOW)


def test_time_runs_out(good: bytes) -> None:
    """A bundle ends when its stamp says; one from the future comes from a wrong clock."""
    day = timedelta(days=1)
    with pytest.raises(BundleFault, match="expired"):
        verified(good, TRUSTED, NOW + day)
    with pytest.raises(BundleFault, match="from the future"):
        verified(good, TRUSTED, NOW - day)


def test_an_unsigned_bundle_is_not_to_be_used(tmp_path: Path) -> None:
    """What `build` writes has neither number nor end: also with a signature it is refused."""
    with pytest.raises(BundleFault, match="no number"):
        verified(forged(bundle(tmp_path).content()), TRUSTED, NOW)


def test_another_digest_is_refused(good: bytes) -> None:
    """Even signed, a bundle whose files are not those of its digest is refused."""
    told = content(good)
    for digest in ("sha256:" + "0" * 64, "md5:1", ""):
        with pytest.raises(BundleFault, match="not those of its digest"):
            verified(forged({**told, "digest": digest}), TRUSTED, NOW)


@pytest.mark.parametrize(
    "name",
    ["../x.bar", "/etc/x.bar", "a/../../x.bar", "a//b.bar", "./x.bar", "", "a\\..\\x.bar",
     "a\0.bar", "a/", "x" * 600],
)  # fmt: skip
def test_no_name_leads_out(good: bytes, name: str) -> None:
    """A file of a bundle lies in its folder: names that lead elsewhere are refused, also signed."""
    text = content(good)["files"][0]["text"]
    told = {**content(good), "files": [{"name": name, "text": text}], "order": [name]}
    with pytest.raises(BundleFault, match="no name of a file"):
        verified(forged(told), TRUSTED, NOW)


@pytest.mark.parametrize(
    ("names", "order", "why"),
    [
        (["a.bar", "a.bar"], ["a.bar"], "one name"),
        (["a.bar", "a.bar/b.bar"], ["a.bar"], "in another file"),
        (["a.bar"], ["a.bar", "b.bar"], "lacks a file"),
        ([f"{one}.bar" for one in range(10_001)], [], "at most 10000 files"),
    ],
)
def test_files_stand_apart(good: bytes, names: list[str], order: list[str], why: str) -> None:
    """Files that could not lie in one folder, or are not there, are refused, also signed."""
    files = [{"name": one, "text": "x"} for one in names]
    digest = digest_of("x" for _ in order)
    told = {**content(good), "files": files, "order": order, "digest": digest}
    with pytest.raises(BundleFault, match=why):
        verified(forged(told), TRUSTED, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"number": 0}, {"number": -1}, {"number": 2**60}, {"number": "1"}, {"number": None},
        {"issued_at": "yesterday"}, {"expires_at": "2026-03-02T12:00:00"},
        {"expires_at": "2026-03-01T12:00:00+00:00"}, {"more": 1}, {"format": 2}, {"files": None},
        {"number": True}, {"number": 1.5},
    ],
)  # fmt: skip
def test_nothing_else_is_understood(good: bytes, change: dict[str, Any]) -> None:
    """A content that says more, less or something else than it should is refused, also signed."""
    with pytest.raises(BundleFault):
        verified(forged({**content(good), **change}), TRUSTED, NOW)


def test_one_form_only(good: bytes) -> None:
    """A key twice, or a space: others might read that in another way, so it is refused."""
    told = canonical(content(good))
    twice = told.replace('{"bindings":""', '{"bindings":"","bindings":""', 1)
    assert twice != told
    for odd in (twice, told + " ", json.dumps(content(good))):
        with pytest.raises(BundleFault, match="one form"):
            verified(forged(odd), TRUSTED, NOW)


def test_size_and_depth_are_bounded() -> None:
    """What is too large is refused before it is read, and what is too deep as it is read."""
    with pytest.raises(BundleFault, match="at most 16 MiB"):
        read(b" " * (MOST_BYTES + 1))
    for deep in (b"[" * 100_000, b'{"content":' * 50_000):
        with pytest.raises(BundleFault, match="not a bundle"):
            read(deep)
    with pytest.raises(BundleFault, match="cannot be read"):
        verified(forged('{"files":' + "[" * 100_000), TRUSTED, NOW)


def test_a_stamp_says_something(tmp_path: Path) -> None:
    """Nobody signs by mistake what nobody could use."""
    made = bundle(tmp_path)
    for bad in (Stamp(0, NOW, NOW + timedelta(1)), Stamp(1, NOW, NOW)):
        with pytest.raises(BundleFault):
            signed(made, KEY, bad)
