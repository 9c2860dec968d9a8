"""The data gatherer keeps only bytes whose digest is the pinned one."""

import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.eval_data.cli import main
from bench.eval_data.files import sha256
from bench.eval_data.manifest import Manifest, load_manifest
from tests.bench.file_host import FileHost, serving

COMMIT = "a" * 40
PLAIN, POLICY = b"plain bytes\n" * 50, b"# Policy\n\nBe kind."
CONVERTED = (
    json.dumps(
        {"domain": "mock", "path": "domains/mock/policy.md", "text": POLICY.decode()},
        separators=(",", ":"),
    )
    + "\n"
).encode()
DERIVED = b"made by hand\n"
PACKED = gzip.compress(b"a line\n", mtime=0)
PLAIN_URL = f"/owner/data/{COMMIT}/in/plain%20file.txt"
POLICY_URL = f"/owner/data/{COMMIT}/domains/mock/policy.md"

PLAIN_ROW = f"""
[[sets.files]]
path = "first/plain.txt"
size = {len(PLAIN)}
sha256 = "{sha256(PLAIN)}"
sources = [{{ origin = "data", path = "in/plain file.txt" }}]
"""
CONVERTED_ROW = f"""
[[sets.files]]
path = "first/policies.jsonl"
size = {len(CONVERTED)}
sha256 = "{sha256(CONVERTED)}"
convert = "tau2_policies"
sources = [{{ origin = "data", path = "domains/mock/policy.md", sha256 = "{sha256(POLICY)}" }}]
"""
DERIVED_ROW = f"""
[[sets.files]]
path = "first/derived.gz"
size = {len(DERIVED)}
sha256 = "{sha256(DERIVED)}"
derived = true
how = "by hand"
"""
PACKED_ROW = f"""
[[sets.files]]
path = "first/packed.gz"
size = 1
sha256 = "{"0" * 64}"
content_sha256 = "{sha256(gzip.decompress(PACKED))}"
sources = [{{ origin = "data", path = "packed.gz" }}]
"""
BOTH = PLAIN_ROW + CONVERTED_ROW


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileHost]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with serving() as served:
        served.files |= {PLAIN_URL: PLAIN, POLICY_URL: POLICY}
        yield served


def _manifest(tmp_path: Path, rows: str, commit: str = COMMIT) -> Manifest:
    path = tmp_path / "manifest.toml"
    head = f"""
raw_host = "http://127.0.0.1:9"
api_host = "http://127.0.0.1:9"
[origins.data]
repository = "owner/data"
commit = "{commit}"
[[sets]]
name = "first"
what = "words"
licence = "MIT"
origins = ["data"]
"""
    path.write_text(head + rows, encoding="utf-8")
    return load_manifest(path)


def _run(host: FileHost, manifest: Manifest, folder: Path, *flags: str) -> int:
    hosts = ("--host", host.url, "--api-host", host.url)
    return main([str(folder), *hosts, *flags], manifest=manifest)


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_right_bytes_are_written(host: FileHost, tmp_path: Path) -> None:
    """Taken and converted files stand with the pinned bytes, and nothing else stands."""
    out = tmp_path / "out"
    assert _run(host, _manifest(tmp_path, BOTH), out) == 0
    assert (out / "first/plain.txt").read_bytes() == PLAIN
    assert (out / "first/policies.jsonl").read_bytes() == CONVERTED
    assert _names(out) == {"first/plain.txt", "first/policies.jsonl"}


def test_wrong_checksum_is_refused(
    host: FileHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other bytes are never written; one sentence names the file and both digests."""
    host.files[PLAIN_URL] = b"tampered"
    assert _run(host, _manifest(tmp_path, BOTH), tmp_path / "out") == 1
    assert _names(tmp_path / "out") == {"first/policies.jsonl"}
    assert capsys.readouterr().err == (
        f"error: first/plain.txt: wrong checksum, expected sha256 {sha256(PLAIN)}, "
        f"found {sha256(b'tampered')}\n"
    )


def test_wrong_source_of_a_converted_file_is_refused(
    host: FileHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source with a known digest is checked before it is converted."""
    host.files[POLICY_URL] = b"tampered"
    assert _run(host, _manifest(tmp_path, CONVERTED_ROW), tmp_path / "out") == 1
    assert _names(tmp_path / "out") == set()
    assert f"expected sha256 {sha256(POLICY)}" in capsys.readouterr().err


def test_cut_download_leaves_nothing(
    host: FileHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A download that is cut at every attempt fails in words and leaves no file."""
    host.cuts[PLAIN_URL] = 3
    assert _run(host, _manifest(tmp_path, PLAIN_ROW), tmp_path / "out") == 1
    assert _names(tmp_path / "out") == set()
    assert f"cut after {len(PLAIN) // 2} of {len(PLAIN)} bytes" in capsys.readouterr().err
    assert host.asked == [PLAIN_URL] * 3


def test_cut_download_is_tried_again(host: FileHost, tmp_path: Path) -> None:
    """One cut does not fail the run."""
    host.cuts[PLAIN_URL] = 1
    assert _run(host, _manifest(tmp_path, PLAIN_ROW), tmp_path / "out") == 0
    assert (tmp_path / "out/first/plain.txt").read_bytes() == PLAIN


def test_resume_asks_only_for_what_is_not_right(host: FileHost, tmp_path: Path) -> None:
    """A right file is never asked for again; a damaged one is replaced."""
    manifest, out = _manifest(tmp_path, BOTH), tmp_path / "out"
    _run(host, manifest, out)
    host.asked.clear()
    assert _run(host, manifest, out) == 0
    assert host.asked == []
    (out / "first/plain.txt").write_bytes(PLAIN[:10])
    assert _run(host, manifest, out) == 0
    assert host.asked == [PLAIN_URL]
    assert (out / "first/plain.txt").read_bytes() == PLAIN


def test_check_only_looks(
    host: FileHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Check tells right, wrong and missing apart, asks no host and changes no file."""
    manifest, out = _manifest(tmp_path, BOTH), tmp_path / "out"
    _run(host, manifest, out)
    host.asked.clear()
    assert _run(host, manifest, out, "--check") == 0
    (out / "first/plain.txt").unlink()
    assert _run(host, manifest, out, "--check") == 3
    assert _run(host, manifest, out, "--check", "--allow-partial") == 0
    assert "first/plain.txt: missing" in capsys.readouterr().out
    (out / "first/plain.txt").write_bytes(b"x")
    assert _run(host, manifest, out, "--check", "--allow-partial") == 1
    assert (out / "first/plain.txt").read_bytes() == b"x"
    assert host.asked == []


def test_check_of_no_folder_is_an_error(
    host: FileHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that does not exist is named, not reported as a list of missing files."""
    assert _run(host, _manifest(tmp_path, BOTH), tmp_path / "none", "--check") == 1
    assert capsys.readouterr().err == f"error: there is no folder {tmp_path / 'none'}\n"


def test_unwritable_folder_is_named(
    host: FileHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that cannot be written to fails at once and before any download."""
    (tmp_path / "blocked").write_text("a file, no folder", encoding="utf-8")
    out = tmp_path / "blocked" / "out"
    assert _run(host, _manifest(tmp_path, BOTH), out) == 1
    assert capsys.readouterr().err == f"error: cannot write to {out}: Not a directory\n"
    assert host.asked == []


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_read_only_folder_is_named(
    host: FileHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A read-only folder fails before any download."""
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    assert _run(host, _manifest(tmp_path, BOTH), out) == 1
    assert capsys.readouterr().err == f"error: cannot write to {out}: Permission denied\n"
    assert host.asked == []


def test_derived_files_make_it_partial(
    host: FileHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A derived file is named as not gathered, exit 3, unless partial is allowed or it is there."""
    manifest, out = _manifest(tmp_path, PLAIN_ROW + DERIVED_ROW), tmp_path / "out"
    assert _run(host, manifest, out) == 3
    assert "first/derived.gz: not gathered: derived, by hand" in capsys.readouterr().out
    assert _run(host, manifest, out, "--allow-partial") == 0
    (out / "first/derived.gz").write_bytes(DERIVED)
    assert _run(host, manifest, out) == 0
    (out / "first/derived.gz").write_bytes(b"other")
    assert _run(host, manifest, out, "--allow-partial") == 1


def test_packed_files_are_judged_by_their_content(host: FileHost, tmp_path: Path) -> None:
    """Other packing of the pinned content is right; a broken pack is wrong."""
    manifest, url = _manifest(tmp_path, PACKED_ROW), f"/owner/data/{COMMIT}/packed.gz"
    host.files[url] = PACKED[:-4]
    assert _run(host, manifest, tmp_path / "out") == 1
    host.files[url] = PACKED
    assert _run(host, manifest, tmp_path / "out") == 0


def test_short_commit_is_spelled_out_once(host: FileHost, tmp_path: Path) -> None:
    """An abbreviated commit is asked for once and used in full."""
    host.files["/repos/owner/data/commits/aaaaaaa"] = COMMIT.encode()
    assert _run(host, _manifest(tmp_path, BOTH, commit="aaaaaaa"), tmp_path / "out") == 0
    assert host.asked == ["/repos/owner/data/commits/aaaaaaa", PLAIN_URL, POLICY_URL]


@pytest.mark.parametrize("answer", [b"b" * 40, b"a" * 39, b"a" * 7 + b"z" * 33, b'{"sha": 1}'])
def test_another_commit_is_refused(host: FileHost, tmp_path: Path, answer: bytes) -> None:
    """An answer that is no full form of the pinned commit is never used."""
    host.files["/repos/owner/data/commits/aaaaaaa"] = answer
    assert _run(host, _manifest(tmp_path, PLAIN_ROW, commit="aaaaaaa"), tmp_path / "out") == 1
    assert PLAIN_URL not in host.asked


def test_absent_file_is_not_asked_for_twice(
    host: FileHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A 404 ends the attempts, and an unconfirmed path is admitted."""
    del host.files[PLAIN_URL]
    rows = PLAIN_ROW + "unconfirmed = true\n"
    assert _run(host, _manifest(tmp_path, rows), tmp_path / "out") == 1
    words = capsys.readouterr().err
    assert "the host answered 404" in words
    assert "inferred and never confirmed" in words
    assert host.asked == [PLAIN_URL]


def test_dead_host_fails_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A host that does not answer ends in a sentence and exit 1, not in a traceback."""
    manifest = _manifest(tmp_path, PLAIN_ROW)
    with serving() as gone, pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "127.0.0.1")
        patch.setattr(time, "sleep", lambda _: None)
        url = gone.url
    assert _run(FileHost(url=url), manifest, tmp_path / "out") == 1
    assert "could not be downloaded" in capsys.readouterr().err
