"""Looks at the files of a draft as a gateway would that takes them up, and harder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.binding import bindings
from app.binding import told as bindings_told
from app.binding.bindings import Binding
from app.policy import policies
from app.policy.policies import PolicySet
from app.policy.revising import texts_of
from dsl.errors import DrawbarError, Source, render
from dsl.lint.run import LintReport
from dsl.lint.run import run as run_lint
from dsl.testing.run import run as run_tests
from memory.publishing.draft import BINDINGS, refuse_odd
from memory.revisions.revision import File, Texts

MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that is to be said of a draft: where, how grave, and in words."""

    file: str | None
    line: int | None
    level: str
    code: str | None
    message: str
    shown: str


@dataclass(frozen=True, slots=True)
class TestSaid:
    """What came of one test."""

    __test__ = False  # a noun of ours, not a test class of pytest

    policy: str
    name: str
    passed: bool
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sound:
    """What a draft comes to that may be published."""

    policies: PolicySet
    texts: Texts


class Unfit(DrawbarError):
    """A draft that cannot be published, with what is wrong."""

    def __init__(self, words: str, said: Sequence[Said] = ()) -> None:
        super().__init__(words)
        self.said = tuple(said)


def loaded(files: Sequence[File]) -> Sound:
    """Return the policies that files come to, or raise `Unfit`."""
    with TemporaryDirectory() as made:
        return _loaded(_laid_out(Path(made), files))


def _loaded(folder: Path) -> Sound:
    try:
        found = policies.load([folder])
    except (DrawbarError, OSError, ValueError) as error:
        raise Unfit(_without(str(error), folder)) from error
    if found.read is None:
        raise Unfit("what the policies were read from is not known")
    return Sound(_named(found, folder), texts_of(found.read, folder))


def lint(files: Sequence[File], now: datetime) -> list[Said]:
    """Return what the linter says of each file, and why the files cannot be used together."""
    return looked(files, now)[0]


def looked(files: Sequence[File], now: datetime) -> tuple[list[Said], Sound | None]:
    """Return what is to be said of files, and what they come to where they can be used."""
    with TemporaryDirectory() as made:
        folder = _laid_out(Path(made), files)
        units = [policies.unit(path, now) for path in policies.find([folder])]
        said = list(_findings(run_lint(units), folder))
        try:
            sound = _loaded(folder)
        except Unfit as error:
            if not any(one.level == "error" for one in said):
                said.append(_fault(str(error)))
            return said, None
    return said + list(_of_bindings(files, sound.policies.bindings, now)), sound


def _of_bindings(files: Sequence[File], bound: Sequence[Binding], now: datetime) -> Iterator[Said]:
    text = next((one.text for one in files if one.name == BINDINGS), None)
    if text is None or not bound:
        return
    source = Source(BINDINGS, text)
    for finding in bindings_told.findings(source, tuple(bound), now):
        line = source.position(finding.span.start)[0]
        shown = render(source, finding)
        yield Said(BINDINGS, line, finding.level, finding.code, finding.message, shown)


def tested(files: Sequence[File]) -> list[TestSaid]:
    """Run the tests that live with the policies of some files."""
    return tests(loaded(files).policies)


def tests(found: PolicySet) -> list[TestSaid]:
    """Run the tests that live with policies."""
    sources = {one.policy.name: one.source for one in found.units if one.policy is not None}
    said = []
    for one in found.bound:
        report, source = run_tests(one), sources[one.policy.name]
        for result in report.results:
            failures = tuple(render(source, failure) for failure in result.failures)
            said.append(TestSaid(report.policy, result.name, result.passed, failures))
    return said


def fit(files: Sequence[File], before: Sequence[Binding] | None, now: datetime) -> Sound:
    """Return what may be published, or raise `Unfit` with what stands against it."""
    said, sound = looked(files, now)
    if errors := [one for one in said if one.level == "error"]:
        found = "the linter finds errors" if errors[0].code else errors[0].message
        raise Unfit(found, errors)
    if sound is None:
        raise Unfit("the policies cannot be used together")
    if not sound.policies.decides:
        raise Unfit("there is no policy in it: overlays alone allow nothing")
    refuse_times(sound.policies, before, now)
    failed = [one for one in tests(sound.policies) if not one.passed]
    if failed:
        raise Unfit("tests fail", [_failed(one) for one in failed])
    return sound


def refuse_times(found: PolicySet, before: Sequence[Binding] | None, now: datetime) -> None:
    """Refuse times in bindings that no gateway would take up."""
    try:
        bindings.refuse_meaningless(found.bindings, before, now)
    except DrawbarError as error:
        raise Unfit(str(error)) from error


def _failed(one: TestSaid) -> Said:
    message = f"{one.policy}: {one.name}"
    return Said(None, None, "error", None, message, "\n".join(one.failures))


def _fault(words: str) -> Said:
    return Said(None, None, "error", None, words, words)


def _findings(report: LintReport, folder: Path) -> Iterator[Said]:
    for file in report.files:
        source = Source(_without(file.source.name, folder), file.source.text)
        for one in file.findings:
            line = source.position(one.span.start)[0]
            yield Said(source.name, line, one.level, one.code, one.message, render(source, one))


def _laid_out(folder: Path, files: Sequence[File]) -> Path:
    refuse_odd(files)  # also what somebody wrote into the store by hand
    for one in files:
        place = folder / one.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(one.text.encode())
    return folder


def _named(found: PolicySet, folder: Path) -> PolicySet:
    """Name the sources as the draft does, and not by where they lay for a moment."""
    units = tuple(
        replace(one, source=Source(_without(one.source.name, folder), one.source.text))
        for one in found.units
    )
    return replace(found, units=units, read=None)


def _without(words: str, folder: Path) -> str:
    return words.replace(f"{folder}/", "")
