"""Gathers or checks a folder against the manifest and counts what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.eval_data.convert import ConvertError, convert
from bench.eval_data.fetch import AbsentError, Fetcher, FetchError
from bench.eval_data.files import State, mismatch, prepare_folder, state_of, write_atomically
from bench.eval_data.manifest import DataFile, Manifest

Say = Callable[[str], None]

DONE, REFUSED, PARTIAL = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Report:
    """What stands, what is wrong and what is not there, in sentences."""

    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    def exit_code(self, *, allow_partial: bool) -> int:
        """Wrong beats absent; absent is forgiven on request."""
        if self.wrong:
            return REFUSED
        return PARTIAL if self.absent and not allow_partial else DONE

    def summary(self) -> str:
        """Count the three kinds in one line."""
        return f"{len(self.right)} right, {len(self.wrong)} wrong, {len(self.absent)} not there"


def check(manifest: Manifest, folder: Path) -> Report:
    """Compare every file of the folder with the manifest and touch nothing."""
    report = Report()
    for entry in manifest.files():
        state, words = state_of(folder, entry)
        if state is State.RIGHT:
            report.right.append(entry.path)
        elif state is State.WRONG:
            report.wrong.append(words)
        else:
            report.absent.append(words)
    return report


def gather(manifest: Manifest, folder: Path, fetcher: Fetcher, say: Say) -> Report:
    """Bring the folder as near to the manifest as the public origins allow."""
    prepare_folder(folder)
    report = Report()
    entries = list(manifest.files())
    for number, entry in enumerate(entries, start=1):
        step = f"[{number}/{len(entries)}]"
        say(f"{step} {_gather_one(entry, folder, fetcher, report)}")
    return report


def _gather_one(entry: DataFile, folder: Path, fetcher: Fetcher, report: Report) -> str:
    state, words = state_of(folder, entry)
    if state is State.RIGHT:
        report.right.append(entry.path)
        return f"{entry.path}: already right"
    if entry.how is not None:
        return _derived(entry, state, words, report)
    try:
        data = _bytes_of(entry, fetcher)
    except (FetchError, ConvertError) as error:
        return _refuse(report, f"{entry.path}: {error}{_doubt(entry, error)}")
    refusal = mismatch(entry, data)
    if refusal is not None:
        return _refuse(report, refusal)
    write_atomically(folder, entry.path, data)
    report.right.append(entry.path)
    return f"{entry.path}: {len(data)} bytes"


def _derived(entry: DataFile, state: State, words: str, report: Report) -> str:
    if state is State.WRONG:
        return _refuse(report, words)
    sentence = f"{entry.path}: not gathered: derived, {entry.how}"
    report.absent.append(sentence)
    return sentence


def _refuse(report: Report, sentence: str) -> str:
    report.wrong.append(sentence)
    return sentence


def _bytes_of(entry: DataFile, fetcher: Fetcher) -> bytes:
    fetched = [(source.path, fetcher.source(source)) for source in entry.sources]
    return fetched[0][1] if entry.convert is None else convert(entry.convert, fetched)


def _doubt(entry: DataFile, error: Exception) -> str:
    if entry.unconfirmed and isinstance(error, AbsentError):
        return " (the path inside this origin was inferred and never confirmed)"
    return ""
