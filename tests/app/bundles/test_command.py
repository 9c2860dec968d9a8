"""Laws of `drawbar bundle`."""

import json
from pathlib import Path

from tests.app.bundles.making import folder
from tests.command import drawbar
from tests.harness import POLICY


def test_from_a_folder_to_a_bundle_that_is_believed(tmp_path: Path) -> None:
    """What was built and signed is verified with the public half of the key, and no other."""
    folder(tmp_path / "policies")
    for name in ("first", "second"):
        made = drawbar("bundle", "keygen", name, cwd=tmp_path)
        assert made.returncode == 0, made.stderr
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    for step in (
        ("build", "policies", "-o", "bank.bundle"),
        ("sign", "bank.bundle", "--key", "first", "--number", "3", "--expires", "7d"),
        ("verify", "bank.bundle", "--key", "second.pub", "--key", "first.pub"),
    ):
        assert (ran := drawbar("bundle", *step, cwd=tmp_path)).returncode == 0, ran.stderr

    refused = drawbar("bundle", "verify", "bank.bundle", "--key", "second.pub", cwd=tmp_path)
    shown = drawbar("bundle", "show", "bank.bundle", "--format", "json", cwd=tmp_path)

    assert (refused.returncode, refused.stdout) == (
        3,
        "the bundle is not signed by a key that is trusted\n",
    )
    told = json.loads(shown.stdout)
    assert (told["number"], told["signed"], told["files"]) == (3, True, ["bank.bar"])
    assert "number  3" in drawbar("bundle", "show", "bank.bundle", cwd=tmp_path).stdout


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    """Where a folder lies, and when its files were written, is no part of a bundle."""
    for name in ("here", "there/deep"):
        folder(tmp_path / name)
        drawbar("bundle", "build", name, "-o", f"{Path(name).parts[0]}.bundle", cwd=tmp_path)

    assert (tmp_path / "here.bundle").read_bytes() == (tmp_path / "there.bundle").read_bytes()


def test_what_cannot_be_used_is_not_bundled(tmp_path: Path) -> None:
    """A broken policy, or a folder without one, becomes no bundle."""
    folder(tmp_path / "broken", POLICY + "rule ;")
    (tmp_path / "empty").mkdir()
    for name in ("broken", "empty", "absent"):
        ran = drawbar("bundle", "build", name, "-o", "made.bundle", cwd=tmp_path)
        assert ran.returncode == 1
    assert not (tmp_path / "made.bundle").exists()


def test_keys_are_kept_apart(tmp_path: Path) -> None:
    """No key is written over, none that all may read is used, and a public one signs nothing."""
    folder(tmp_path / "policies")
    drawbar("bundle", "keygen", "key", cwd=tmp_path)
    drawbar("bundle", "build", "policies", "-o", "bank.bundle", cwd=tmp_path)

    again = drawbar("bundle", "keygen", "key", cwd=tmp_path)
    public = drawbar("bundle", "sign", "bank.bundle", "--key", "key.pub", cwd=tmp_path)
    (tmp_path / "key").chmod(0o644)
    loose = drawbar("bundle", "sign", "bank.bundle", "--key", "key", cwd=tmp_path)

    assert (again.returncode, public.returncode, loose.returncode) == (1, 1, 1)
    assert "chmod 600" in loose.stderr
