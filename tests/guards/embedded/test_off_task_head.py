"""The head that tells whether a call is what the user asked for: its file, and what it says."""

import hashlib
import io
import json
import zipfile
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.model import Cause
from guards.classifier.embedded.off_task import head, npz
from guards.classifier.embedded.off_task.trees import LEAF, Trees, trees
from guards.judgement import Form, NoJudgement
from guards.question import Question, Step, shown

# One tree that asks the share of values from nowhere, and one that always says a little.
MADE = Trees(
    0.25, (0, 3), (5, LEAF, LEAF, LEAF), (0.5, 0, 0, 0), (1, -1, -1, -1), (2, -1, -1, -1),
    (0.0, -1.5, 2.0, 0.125),
)  # fmt: skip
ASKED = Step("user", "pay 50 to Bob")


def question(args: dict[str, Any], *, changes: bool = True) -> Question:
    return Question(Form.CLASSIFY, "off_task", shown("pay", args), (ASKED,), changes=changes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    head.write(tmp_path, MADE, {"bound": 0.9})
    return tmp_path


def test_what_is_written_is_read_and_says_the_same_to_the_bit(folder: Path) -> None:
    """Two readings of one file give equal scores, and equal trees give equal bytes."""
    one, other = head.read(folder), head.read(folder)
    wanted, foreign = question({"to": "Bob", "amount": 50}), question({"to": "Eve", "amount": 7})

    assert one.logit(wanted) == other.logit(wanted) == 0.25 - 1.5 + 0.125
    assert one.logit(foreign) == 0.25 + 2.0 + 0.125
    assert npz.written(MADE.arrays()) == (folder / head.FILE).read_bytes()
    assert one.model == other.model


def test_it_speaks_only_of_tools_that_are_declared_to_change_something(folder: Path) -> None:
    """Of a tool that reads, or of which the operator says nothing, it is not known."""
    with pytest.raises(NoJudgement) as raised:
        head.read(folder).logit(question({"to": "Eve"}, changes=False))
    assert raised.value.cause is Cause.FACTS_MISSING


def changed(folder: Path, **told: Any) -> None:
    about = json.loads((folder / head.ABOUT).read_text("utf-8"))
    (folder / head.ABOUT).write_text(json.dumps(about | told), "utf-8")


def other_content(folder: Path, content: bytes) -> None:
    (folder / head.FILE).write_bytes(content)
    changed(folder, sha256=hashlib.sha256(content).hexdigest())


def test_a_folder_that_is_not_whole_holds_no_head(folder: Path, tmp_path: Path) -> None:
    """Other bytes than were written, other facts and missing files are refused in words."""
    for change, words in (
        (lambda: other_content(folder, b"PK"), "cannot be used"),
        (lambda: (folder / head.FILE).write_bytes(b"x"), "is not what"),
        (lambda: changed(folder, version=0), "other facts"),
        (lambda: changed(folder, features=["step"]), "other facts"),
        (lambda: (folder / head.FILE).write_bytes(b"x" * (npz.LARGEST + 1)), "larger than 1 MB"),
        ((folder / head.FILE).unlink, "there is no"),
        (lambda: (folder / head.ABOUT).write_text("{", "utf-8"), "is no JSON"),
        (lambda: (folder / head.ABOUT).write_text("[]", "utf-8"), "is no object"),
        ((folder / head.ABOUT).unlink, "there is no"),
    ):
        head.write(folder, MADE, {})
        change()
        with pytest.raises(head.NotAHead, match=words):
            head.read(folder)
    assert head.told(tmp_path / "elsewhere") is None


BAD: dict[str, dict[str, Any]] = {
    "a child before its parent": {"low": array("i", [0, -1, -1, -1])},
    "a child beyond the end": {"high": array("i", [9, -1, -1, -1])},
    "a number that no row has": {"feature": array("i", [10, -1, -1, -1])},
    "a root beyond the end": {"roots": array("i", [0, 4])},
    "no root": {"roots": array("i")},
    "a value that is none": {"value": array("d", [0, float("nan"), 0, 0])},
    "no start": {"start": array("d")},
    "a column that is too short": {"at_most": array("d", [0.5])},
    "places as real numbers": {"roots": array("d", [0, 3])},
    "values as whole numbers": {"value": array("i", [0, 1, 2, 3])},
    "an array too many": {"more": array("d", [1])},
}


@pytest.mark.parametrize("name", BAD)
def test_trees_that_lead_astray_are_refused(name: str) -> None:
    """Whatever stands in a file, walking its trees ends, and never looks where nothing is."""
    with pytest.raises(npz.NotArrays):
        trees({**MADE.arrays(), **BAD[name]}, features=10)


REALS = st.lists(st.floats(allow_nan=False, allow_infinity=False))
WHOLES = st.lists(st.integers(-(2**31), 2**31 - 1))


@given(reals=REALS, wholes=WHOLES)
def test_arrays_come_back_as_they_were(reals: list[float], wholes: list[int]) -> None:
    """Each number comes back to the bit."""
    found = npz.read(npz.written({"r": array("d", reals), "w": array("i", wholes)}))

    assert (list(found["r"]), list(found["w"])) == (reals, wholes)


def test_a_file_that_unpacks_to_far_more_than_it_is_is_refused() -> None:
    """What all arrays come to is bounded before any is unpacked, and not each by itself."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name in "abc":
            file.writestr(f"{name}.npy", npz._npy(array("d", bytes(4 << 20))))

    with pytest.raises(npz.NotArrays, match="too long"):
        npz.read(packed.getvalue())


def test_a_file_that_is_damaged_anywhere_is_refused_or_read() -> None:
    """Whatever byte is another one, or wherever the file ends: no other error comes out of it."""
    whole = npz.written({"value": array("d", [1.5, 2.5] * 100)})
    flipped = [
        bytes((*whole[:at], whole[at] ^ by, *whole[at + 1 :]))
        for at in range(len(whole))
        for by in (0x01, 0x80, 0xFF)
    ]
    refused = 0
    for content in (*flipped, *(whole[:end] for end in range(len(whole)))):
        try:
            npz.read(content)
        except npz.NotArrays:
            refused += 1

    assert refused > len(whole)


def test_numpy_reads_and_writes_the_same_files(tmp_path: Path) -> None:
    """NumPy reads our files without objects of Python, and we read its own."""
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed: files are not compared")
    path = tmp_path / "a.npz"
    path.write_bytes(npz.written({"r": array("d", [0.1, 2.5]), "w": array("i", [1, -1])}))
    with numpy.load(path, allow_pickle=False) as read:
        assert (read["r"].tolist(), read["w"].tolist()) == ([0.1, 2.5], [1, -1])
    numpy.savez(path, r=numpy.array([0.1, 2.5]), w=numpy.array([1, -1], dtype="int32"))
    found = npz.read(path.read_bytes())
    assert (list(found["r"]), list(found["w"])) == ([0.1, 2.5], [1, -1])
    numpy.savez(path, r=numpy.array([object()], dtype=object))
    with pytest.raises(npz.NotArrays):
        npz.read(path.read_bytes())
