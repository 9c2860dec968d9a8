"""`drawbar feedback import`: what people said of many decisions, out of a file."""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import click

from app.cli.calling import Api, Refused, as_json
from app.cli.exits import ExitCode
from app.cli.feedback_file import COLUMNS, Flaw, Form, Reports, Row, read
from app.cli.options import FORMAT
from app.cli.output import Output
from app.cli.reaching import calling
from app.cli.waiting import EVERY_S
from dsl.errors import DrawbarError, printable

AT_ONCE: Final = 100
_SHOWN: Final = 50
_STDIN: Final = "-"
_ENDINGS: Final = {
    ".csv": Form.CSV,
    ".json": Form.JSON,
    ".jsonl": Form.JSONL,
    ".ndjson": Form.JSONL,
}
_REMEDY: Final = "see `drawbar decisions`, with a key of the same tenant"


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--input",
    "form",
    type=click.Choice([str(one) for one in Form]),
    help="How it is written; else the ending of its name says so.",
)
@click.option("--ignore", "ignored", multiple=True, help="A column to leave out; may be repeated.")
@click.option("--skip-flawed", is_flag=True, help="Send what is right, whatever else is wrong.")
@click.option("--dry-run", is_flag=True, help="Say what would be kept, and keep nothing.")
@FORMAT
@calling("`feedback`")
def import_(
    api: Api,
    file: Path,
    form: str | None,
    ignored: tuple[str, ...],
    skip_flawed: bool,
    dry_run: bool,
    output: str,
) -> None:
    """Report on many decisions: a file with `decision_id`, `label` and `comment`, or `-`.

    CSV with a line of names, a JSON object in each line, or a JSON array. All reports are those of
    the key's own subject. What was imported before is not kept twice, and where no more count on
    this day the import ends: run it again tomorrow. Lines without a label are left out.

    Exit codes: 0 all are kept, 1 could not run, 2 usage, 3 some are not: the list says why.
    """
    written = _form(file, form)
    found = read(_text(file), written, frozenset(ignored))
    sent = Sent(dry_run=dry_run)
    if found.rows and (skip_flawed or not found.flaws):
        try:
            _send(api, found.rows, sent)
        except DrawbarError as error:
            sent.stopped = str(error)
            sent.is_sure = (
                isinstance(error, Refused) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR
            )
    flaws = [*found.flaws, *sent.refused]
    if output == Output.JSON:
        click.echo(as_json(_told(found, flaws, sent)))
    else:
        for line in _lines(found, flaws, sent):
            click.echo(printable(line))
    if sent.stopped is not None:
        raise SystemExit(ExitCode.COULD_NOT_RUN)
    whole = not flaws and not sent.left(found.rows)
    raise SystemExit(ExitCode.CLEAN if whole else ExitCode.FINDINGS)


@dataclass(slots=True)
class Sent:
    """What became of what was sent."""

    dry_run: bool
    outcomes: Counter[str] = field(default_factory=Counter)
    not_counted: Counter[str] = field(default_factory=Counter)
    refused: list[Flaw] = field(default_factory=list)
    stopped: str | None = None
    is_sure: bool = False  # that nothing was kept of what was sent last

    def take(self, row: Row, said: Mapping[str, Any]) -> None:
        """Count what became of one line."""
        outcome = str(said["outcome"])
        self.outcomes[outcome] += 1
        if outcome == "refused":
            self.refused.append(Flaw(row.line, str(said["detail"]), _REMEDY))
        elif outcome == "kept" and not said["counted"]:
            self.not_counted[str(said["reason"])] += 1

    def left(self, rows: Sequence[Row]) -> int:
        """Return how many lines are neither kept nor refused."""
        return len(rows) - sum(self.outcomes[one] for one in ("kept", "already", "refused"))


def _send(api: Api, rows: Sequence[Row], sent: Sent) -> None:
    """Send what was read, so many at once, until no more count today."""
    progress = _Progress(len(rows))
    for at in range(0, len(rows), AT_ONCE):
        some = rows[at : at + AT_ONCE]
        body = {"reports": [one.body for one in some], "dry_run": sent.dry_run}
        told = api.post("/v1/feedback/import", body)["reports"]
        for row, said in zip(some, told, strict=True):
            sent.take(row, said)
        progress.at(at + len(some))
        if sent.outcomes["later"]:
            break
    progress.end()


class _Progress:
    """Says on standard error how far a long file is."""

    def __init__(self, of: int) -> None:
        self._of = of
        self._seen = sys.stderr.isatty()
        self._told = time.monotonic()

    def at(self, number: int) -> None:
        """Say how many lines are sent: on a terminal at once, else now and then."""
        now = time.monotonic()
        if self._of <= AT_ONCE or not (self._seen or now - self._told >= EVERY_S):
            return
        self._told = now
        words = f"{number:,} of {self._of:,} reports"
        click.echo(f"\r{words}" if self._seen else words, err=True, nl=not self._seen)

    def end(self) -> None:
        """End the line that changed."""
        if self._seen and self._of > AT_ONCE:
            click.echo(err=True)


def _form(file: Path, form: str | None) -> Form:
    if form is not None:
        return Form(form)
    found = _ENDINGS.get(file.suffix.lower())
    if found is None:
        raise click.UsageError("say how it is written: --input csv, jsonl or json")
    return found


def _text(file: Path) -> str:
    try:
        raw = sys.stdin.buffer.read() if str(file) == _STDIN else file.read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise DrawbarError(f"the file cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DrawbarError("the file is not UTF-8; save it as UTF-8") from error


def _lines(found: Reports, flaws: Sequence[Flaw], sent: Sent) -> Iterator[str]:
    """Yield what people read: what is wrong, then what was kept, then what to do."""
    for one in flaws[:_SHOWN]:
        where = "the file" if one.line is None else f"line {one.line}"
        yield f"{where}: {one.what}; {one.remedy}"
    if len(flaws) > _SHOWN:
        yield f"and {len(flaws) - _SHOWN:,} more; --format json lists all"
    would = "would be kept" if sent.dry_run else "kept"
    yield f"{sent.outcomes['kept']:,} {would}, {sent.outcomes['already']:,} were there already"
    for reason, number in sorted(sent.not_counted.items()):
        yield f"{number:,} of these do not count: {WHY[reason]}"
    if found.unlabelled:
        yield f"{found.unlabelled:,} lines have no label, and were left out"
    if found.repeated:
        yield f"{found.repeated:,} lines say again what another line says"
    yield from _next(found, sent)


WHY: Final = {  # a report does not count
    "daily_cap": "20 reports of one day count",
    "duplicate": "you said the same of such a call within a day",
    "quarantined": "what is reported now is held until somebody lets it in",
}


def _next(found: Reports, sent: Sent) -> Iterator[str]:
    """Yield what is left to do."""
    left = sent.left(found.rows)
    if sent.stopped is not None:
        yield f"it stopped: {sent.stopped}"
        known = "are not kept" if sent.is_sure else "were not sent, or nobody knows"
        yield f"{left:,} {known}; run it again, nothing is kept twice"
    elif sent.outcomes["later"]:
        yield f"{left:,} wait: no more of you count today (UTC); run it again tomorrow"
    elif left:
        yield f"nothing was sent of {left:,} that are right: mend the file, or say --skip-flawed"


def _told(found: Reports, flaws: Sequence[Flaw], sent: Sent) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "columns": list(COLUMNS),
        "kept": sent.outcomes["kept"],
        "already": sent.outcomes["already"],
        "not_counted": dict(sorted(sent.not_counted.items())),
        "unlabelled": found.unlabelled,
        "repeated": found.repeated,
        "left": sent.left(found.rows),
        "dry_run": sent.dry_run,
        "stopped": sent.stopped,
        "problems": [
            {"line": one.line, "problem": one.what, "remedy": one.remedy} for one in flaws
        ],
    }
