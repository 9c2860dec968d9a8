"""Laws of a sidecar's policies: the newest that is signed, the last good one, or none."""

import errno
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bundles.bundle import written
from app.sources.bundle import KEPT
from memory.revisions.revision import digest_of
from tests.app.bundles.making import OTHER, bundle, folder, forged
from tests.app.sidecar.beside import STRICT, Sidecar, raw
from tests.harness import pay


def test_a_newer_bundle_is_taken_up(tmp_path: Path) -> None:
    """A sidecar decides by its bundle, and by the next one soon after that is there."""
    beside = Sidecar(tmp_path, raw(tmp_path, 1))
    try:
        assert beside.check(pay()).json()["effect"] == "allow"
        first = beside.digest
        beside.mount(raw(tmp_path, 2, STRICT))
        beside.until(lambda: beside.digest != first)
        assert beside.check(pay(call_id="c2")).json()["effect"] == "deny"
        ready = beside.request("GET", "/readyz").json()
        assert (ready["ready"], ready["faults"]) == (True, [])
        kept = beside.settings.data / KEPT
        beside.until(lambda: kept.exists() and kept.read_bytes() == beside.mounted.read_bytes())
        assert kept.stat().st_mode & 0o777 == 0o600
    finally:
        beside.close()


def _unsigned(at: Path) -> bytes:
    return written(bundle(at / "source", STRICT))


def _other_digest(at: Path) -> bytes:
    told = json.loads(json.loads(raw(at, 9, STRICT))["content"])
    return forged({**told, "digest": "sha256:" + "0" * 64})


def _with_text(at: Path, text: str) -> dict[str, object]:
    told = json.loads(json.loads(raw(at, 9))["content"])
    files = [{"name": "bank.bar", "text": text}]
    return {**told, "files": files, "digest": digest_of([text])}


HOSTILE: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "of another key": (lambda at: raw(at, 9, STRICT, key=OTHER), "not signed by a key"),
    "not signed": (_unsigned, "not signed by a key"),
    "of another digest": (_other_digest, "not those of its digest"),
    "cut off": (lambda at: raw(at, 9, STRICT)[:-40], "only a part of one"),
    "older": (lambda at: raw(at, 4, STRICT), "has the number 4, and 5 was taken up"),
    "of the same number": (lambda at: raw(at, 5, STRICT), "has the number 5, and 5"),
    "nothing": (lambda _: b"", "not a bundle"),
    "without a policy": (
        lambda at: forged(_with_text(at, "overlay o version 1;\nrule x: deny pay;\n")),
        "holds no policy",
    ),
    "broken": (lambda at: forged(_with_text(at, "nonsense")), "cannot be used"),
}


def test_a_hostile_bundle_changes_nothing(tmp_path: Path) -> None:
    """Whatever comes in place of a good bundle, what was in force stays, and says so."""
    beside = Sidecar(tmp_path, raw(tmp_path, 5))
    try:
        first = beside.digest
        beside.until((beside.settings.data / KEPT).exists)
        for name, (make, why) in HOSTILE.items():
            beside.mount(make(tmp_path))
            beside.until(lambda why=why: why in beside.refused)  # type: ignore[misc]
            assert beside.digest == first, name
            assert beside.check(pay(call_id=name.replace(" ", "-"))).json()["effect"] == "allow"
            assert beside.request("GET", "/readyz").json()["refused"] is True
        failed = beside.gateway.metrics.bundles.labels("failed")
        beside.mount(b" " * (17 << 20))  # what is too large is not even read
        beside.until(lambda: failed._value.get() > 0)
        assert beside.digest == first
        beside.mount(raw(tmp_path, 6, STRICT))
        beside.until(lambda: beside.digest != first)
        assert beside.refused == ""
    finally:
        beside.close()


def test_the_last_good_one_is_started_with(tmp_path: Path) -> None:
    """With nothing to be had, a sidecar starts with what it took up last, and nothing older."""
    first = Sidecar(tmp_path, raw(tmp_path, 5))
    first.until((first.settings.data / KEPT).exists)
    digest = first.digest
    first.close()
    first.mounted.unlink()

    second = Sidecar(tmp_path)
    try:
        assert second.check(pay(call_id="c2")).json()["effect"] == "allow"
        second.mount(raw(tmp_path, 3, STRICT))
        second.until(lambda: "has the number 3" in second.refused)
        assert second.digest == digest
    finally:
        second.close()


def test_what_is_refused_at_a_start_stands_in_nobodys_way(tmp_path: Path) -> None:
    """A restart beside a bad bundle is as a bad bundle beside a running sidecar: told, no more."""
    first = Sidecar(tmp_path, raw(tmp_path, 5), stale_s=600)
    first.until((first.settings.data / KEPT).exists)
    digest = first.digest
    first.close()

    second = Sidecar(tmp_path, b"nonsense", stale_s=600)
    try:
        assert second.check(pay(call_id="c2")).json()["effect"] == "allow"
        assert second.digest == digest
        second.until(lambda: "not a bundle" in second.refused)
        assert second.request("GET", "/readyz").json()["refused"] is True
        second.later(700)
        assert second.check(pay(call_id="c3")).json()["reason"] == "stale_policy"
        second.mount(raw(tmp_path, 6, STRICT))
        second.until(lambda: second.digest != digest)
        assert second.refused == ""
    finally:
        second.close()


@pytest.mark.parametrize("how", ["changed", "of another key"])
def test_what_is_kept_is_not_believed_blindly(tmp_path: Path, how: str) -> None:
    """A kept bundle that was changed, or whose key is trusted no more, decides nothing."""
    data = tmp_path / "data"
    data.mkdir()
    kept = raw(tmp_path, 5, key=OTHER) if how != "changed" else raw(tmp_path, 5)[:-50] + b"x" * 50
    (data / KEPT).write_bytes(kept)
    beside = Sidecar(tmp_path)
    try:
        said = beside.check(pay()).json()
        assert (said["effect"], said["reason"]) == ("deny", "no_policy")
    finally:
        beside.close()


def test_a_kept_bundle_that_cannot_be_read_now_still_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nobody can tell what was taken up last, nothing is; then nothing older is."""
    first = Sidecar(tmp_path, raw(tmp_path, 5, STRICT))
    first.until((first.settings.data / KEPT).exists)
    strict = first.digest
    first.close()
    hindered = True
    read = Path.open

    def open_(path: Path, *args: Any, **told: Any) -> Any:
        if hindered and path.name == KEPT:
            raise OSError(errno.EMFILE, "too many open files")
        return read(path, *args, **told)

    monkeypatch.setattr(Path, "open", open_)
    beside = Sidecar(tmp_path, raw(tmp_path, 3))
    try:
        assert beside.check(pay()).json()["reason"] == "no_policy"
        assert "too many open files" in beside.refused
        hindered = False
        beside.until(lambda: "has the number 3, and 5" in beside.refused)
        assert beside.check(pay(call_id="c2")).json()["effect"] == "deny"
        beside.mount(raw(tmp_path, 6, STRICT))
        beside.until(lambda: beside.digest == strict)
    finally:
        beside.close()


def test_a_bundle_that_was_refused_for_a_passing_reason_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that was wrong and a full disk are mended, and nobody signs the bundle anew."""
    beside = Sidecar(tmp_path, raw(tmp_path, 5))
    try:
        beside.until((beside.settings.data / KEPT).exists)
        first = beside.digest
        beside.later(-600)
        beside.mount(raw(tmp_path, 6, STRICT))
        beside.until(lambda: "from the future" in beside.refused)
        beside.later(2 * 86_400)
        beside.until(lambda: "expired" in beside.refused)
        beside.later(0)
        beside.until(lambda: beside.digest != first)

        write, full = Path.write_bytes, True

        def write_(path: Path, content: bytes) -> int:
            if full and path.suffix == ".bar":
                raise OSError(errno.ENOSPC, "no space left on device")
            return write(path, content)

        monkeypatch.setattr(Path, "write_bytes", write_)
        strict = beside.digest
        beside.mount(raw(tmp_path, 7))
        beside.until(lambda: "no space left" in beside.refused)
        full = False
        beside.until(lambda: beside.digest != strict)
        assert beside.refused == ""
    finally:
        beside.close()


def test_old_policies_decide_nothing(tmp_path: Path) -> None:
    """Beyond its limit, what nobody confirms allows nothing: no call, no result, and it shows."""
    beside = Sidecar(tmp_path, raw(tmp_path, 5), stale_s=600)
    try:
        session = {"session": "s1"}
        assert beside.check(pay(**session)).json()["effect"] == "allow"
        beside.mounted.unlink()
        beside.later(500)
        assert beside.check(pay(call_id="c2", **session)).json()["effect"] == "allow"
        beside.later(700)
        said = beside.check(pay(call_id="c3", **session)).json()
        assert (said["effect"], said["reason"]) == ("deny", "stale_policy")
        event = {"id": "e1", "type": "result", "call_id": "c2", "result": "done", "is_error": False}
        seen = beside.request("POST", "/v1/observe", json={"session": "s1", "events": [event]})
        assert [one["effect"] for one in seen.json()["events"]] == ["deny"], seen.text
        ready = beside.request("GET", "/readyz")
        assert (ready.status_code, ready.json()["faults"]) == (503, ["stale_policy"])
        assert (
            'drawbar_not_ready{fault="stale_policy"} 1.0' in beside.request("GET", "/metrics").text
        )

        beside.mount(raw(tmp_path, 5, lasts=timedelta(days=2)))
        beside.until(lambda: not beside.gateway.live.current.is_stale(beside.gateway.now()))
        assert beside.check(pay(call_id="c4", **session)).json()["effect"] == "allow"
    finally:
        beside.close()


def test_a_refused_bundle_does_not_keep_the_old_one_fresh(tmp_path: Path) -> None:
    """What is in force is the newest no more once another one is there, believed or not."""
    beside = Sidecar(tmp_path, raw(tmp_path, 5), stale_s=600)
    try:
        beside.mount(b"nonsense")
        beside.until(lambda: "not a bundle" in beside.refused)
        beside.later(700)
        looks = beside.gateway.metrics.bundles.labels("same")
        before = looks._value.get()
        beside.until(lambda: looks._value.get() > before + 2)
        assert beside.check(pay()).json()["reason"] == "stale_policy"
    finally:
        beside.close()


def test_a_bundle_ends_at_its_end(tmp_path: Path) -> None:
    """However often it is seen again: after its end a bundle allows nothing."""
    beside = Sidecar(tmp_path, raw(tmp_path, 5, lasts=timedelta(seconds=300)))
    try:
        assert beside.check(pay()).json()["effect"] == "allow"
        beside.later(301)
        assert beside.check(pay(call_id="c2")).json()["reason"] == "stale_policy"
    finally:
        beside.close()


def test_an_old_kept_bundle_is_stale_from_the_start(tmp_path: Path) -> None:
    """The age of what is kept counts over restarts; a time in the future makes nothing fresh."""
    first = Sidecar(tmp_path, raw(tmp_path, 5))
    kept = first.settings.data / KEPT
    first.until(kept.exists)
    first.close()
    first.mounted.unlink()
    for shift in (-4_000, 4_000):
        at = kept.stat().st_mtime + shift
        os.utime(kept, (at, at))
        again = Sidecar(tmp_path)
        try:
            assert again.check(pay(call_id=f"c{shift}")).json()["reason"] == "stale_policy"
        finally:
            again.close()
        at -= shift
        os.utime(kept, (at, at))


def test_a_config_map_is_followed(tmp_path: Path) -> None:
    """A file behind links that are swapped, as Kubernetes mounts it, is read anew."""
    volume = tmp_path / "volume"
    for name, number, policy in (("..1", 1, None), ("..2", 2, STRICT)):
        (volume / name).mkdir(parents=True)
        made = raw(tmp_path, number) if policy is None else raw(tmp_path, number, policy)
        (volume / name / "bank.bundle").write_bytes(made)
    (volume / "..data").symlink_to("..1")
    (volume / "bank.bundle").symlink_to("..data/bank.bundle")
    beside = Sidecar(tmp_path, bundle=volume / "bank.bundle")
    try:
        first = beside.digest
        (volume / "..new").symlink_to("..2")
        (volume / "..new").replace(volume / "..data")
        beside.until(lambda: beside.digest != first)
    finally:
        beside.close()


def test_bundles_are_whole_folders(tmp_path: Path) -> None:
    """Tools files and bindings go along, and hold where the sidecar is."""
    source = folder(tmp_path / "source")
    day = (datetime.now(UTC) + timedelta(days=100)).date()
    observing = f'[[bind]]\npolicy = "bank"\nobserve_until = {day}\n'
    (source / "bindings.toml").write_text(observing, "utf-8")
    beside = Sidecar(tmp_path, raw(tmp_path, 1, STRICT))
    try:
        said = beside.check(pay()).json()
        assert (said["effect"], said["reason"]) == ("allow", "observe")
    finally:
        beside.close()
