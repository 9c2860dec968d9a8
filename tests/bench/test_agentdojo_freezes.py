"""A policy is measured only as it was frozen, and a reported figure is never taken back."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bench.agentdojo import freezes
from bench.agentdojo.freezes import Broken, Freeze, NotFrozen
from bench.agentdojo.suites import SUITES, Suite
from bench.reporting import ROOT, git

ONE = Freeze("shop", "2026-03-02", "a" * 64, "b" * 64, "c" * 40, "the tools")


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Return a suite with a policy and tools of its own."""
    monkeypatch.setattr("bench.agentdojo.suites.POLICIES", tmp_path)
    found = replace(SUITES[0], name="shop")
    found.policy.write_text("policy shop version 1;", "utf-8")
    found.tools.write_text("{}", "utf-8")
    return found


def test_a_frozen_policy_may_be_measured(suite: Suite) -> None:
    """What was frozen and not touched since is found, with what its author had seen."""
    one = freezes.freeze(suite, "the tools alone")

    assert freezes.frozen(suite, [ONE, one]) == one
    assert one.seen == "the tools alone"


@pytest.mark.parametrize("touched", ["policy", "tools"])
def test_an_edit_after_the_freeze_refuses_the_suite(suite: Suite, touched: str) -> None:
    """One byte more in the policy or its tools, and it is another policy."""
    one = freezes.freeze(suite, "")
    path: Path = getattr(suite, touched)
    path.write_text(path.read_text("utf-8") + " ", "utf-8")

    with pytest.raises(NotFrozen, match="shop"):
        freezes.frozen(suite, [one])


def test_the_freeze_of_another_suite_is_none(suite: Suite) -> None:
    """Equal files of another suite do not count."""
    with pytest.raises(NotFrozen):
        freezes.frozen(suite, [replace(freezes.freeze(suite, ""), suite="other")])


def test_a_revision_never_takes_the_place_of_the_first_measurement() -> None:
    """Of each freeze the first measurement is reported, whatever was measured later."""
    later = replace(ONE, at="2026-03-03", policy_sha256="d" * 64)
    text = ""
    for of, hits in ((ONE, 7), (ONE, 1), (later, 2), (later, 0)):
        nth = freezes.revision(of, [ONE, later])
        text = freezes.entered(text, "shop", of, nth, {"attacks": hits})
    told = freezes.reported(freezes.entries(text))

    assert [(one.revision, one.counts["attacks"]) for one in told] == [(0, 7), (1, 2)]


def _ledger() -> str:
    text = ""
    for hits in (7, 1, 0):
        text = freezes.entered(text, "shop", ONE, 0, {"attacks": hits})
    return text


@pytest.mark.parametrize("edit", ["change", "drop", "swap", "insert"])
def test_an_edited_ledger_is_refused(edit: str) -> None:
    """A line that is changed, taken out, moved or put in breaks what follows."""
    first, second, third = _ledger().splitlines(keepends=True)
    edited = {
        "change": first.replace('"attacks":7', '"attacks":0') + second + third,
        "drop": first + third,
        "swap": second + first + third,
        "insert": first + first + second + third,
    }[edit]

    with pytest.raises(Broken):
        freezes.entries(edited)


@pytest.mark.parametrize("path", [freezes.FREEZES, freezes.LEDGER], ids=lambda one: one.name)
def test_what_was_committed_once_stays(path: Path) -> None:
    """The files of freezes and measurements only grow: each committed form is how they begin."""
    now = freezes.read(path)
    name = path.relative_to(ROOT).as_posix()
    commits = git("log", "--format=%H", "--", name).split()

    assert all(freezes.grown(git("show", f"{one}:{name}"), now) for one in commits)


def test_a_file_that_lost_a_line_would_be_seen() -> None:
    """The law above can fail."""
    text = _ledger()

    assert freezes.grown(text[:20], text)
    assert not freezes.grown(text, text.partition("\n")[2])


def test_the_ledger_and_the_freezes_can_be_read() -> None:
    """Both files are whole, and each measurement names a freeze that stands there."""
    known = freezes.freezes(freezes.read(freezes.FREEZES))
    ledger = freezes.entries(freezes.read(freezes.LEDGER))

    assert {one.freeze for one in ledger} <= {one.digest for one in known}
    assert all(one.seen and one.suite in {each.name for each in SUITES} for one in known)


@pytest.mark.parametrize("suite", [one for one in SUITES if one.written], ids=lambda one: one.name)
def test_each_policy_is_frozen_as_it_stands(suite: Suite) -> None:
    """Whoever edits a policy freezes it again: `python -m bench.agentdojo freeze`.

    One that was never frozen is measured by nobody.
    """
    known = freezes.freezes(freezes.read(freezes.FREEZES))
    if suite.role == "reported" and suite.name not in {one.suite for one in known}:
        pytest.skip(f"{suite.name} was never frozen")

    assert freezes.frozen(suite, known).suite == suite.name


def test_a_freeze_is_read_as_it_was_written() -> None:
    """A line holds all of a freeze."""
    assert freezes.freezes(freezes.line(asdict(ONE))) == [ONE]
