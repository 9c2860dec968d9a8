"""What `drawbar lint` says of bindings: that a policy observes, or that they cannot be read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from app.binding import bindings
from app.binding import told as bindings_told
from app.binding.bindings import NAME
from app.policy import policies
from dsl.errors import DrawbarError
from dsl.lint.run import FileReport, LintReport


def with_bindings(
    report: LintReport, paths: Sequence[Path], now: datetime
) -> tuple[LintReport, list[str]]:
    """Add what is to be said of the bindings of some folders, and return what cannot be read."""
    files, faults = list(report.files), []
    for folder in (path for path in paths if path.is_dir()):
        try:
            files += _of(folder, now)
        except DrawbarError as error:
            faults.append(str(error))
    return replace(report, files=tuple(files)), faults


def _of(folder: Path, now: datetime) -> list[FileReport]:
    bound = policies.read_bindings(folder)
    if not bound:
        return []
    files = policies.find([folder])
    found = (policies.unit(path).policy for path in files)
    names = [policy.name for policy in found if policy is not None]
    if len(names) == len(files):  # what a broken file is named, nobody can tell
        bindings.refuse_unknown(bound, names)
    source = policies.read_source(folder / NAME)
    return [FileReport(source, tuple(bindings_told.findings(source, bound, now)))]
