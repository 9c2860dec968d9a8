"""`drawbar guard`."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from app.cli.exits import ExitCode
from app.cli.guard_cases import cases as cases_to_label
from dsl.errors import DrawbarError

URL: Final = click.argument("url", metavar="URL|WEIGHTS|own:ENTRY")
OWN: Final = "own:"
FAMILY: Final = click.option(
    "--family", help="How a server is asked; `drawbar guard families` lists them."
)
MODEL: Final = click.option("--model", help="The name that a server serves it by.")
FOLDER: Final = click.option(
    "--folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where what is found is put: the `folder` of the guard's settings.",
)
HEADER: Final = click.option(
    "--header",
    multiple=True,
    metavar="NAME=VARIABLE",
    help="A header whose value an environment variable holds; may be repeated.",
)
PLAIN_HTTP: Final = click.option(
    "--plain-http",
    is_flag=True,
    help="Allow `http://` to another machine, where anybody on the way can read headers and "
    "labels and change what the guard says.",
)
# What a person can do about it, by what the guard did.
_ADVICE: Final = {
    "connect": "is the server running at this address?",
    "timeout": "the server did not answer in time; a first start takes a minute and more",
    "bad_status": "it lacks a route of this family or does not serve this model; "
    "look at its `/openapi.json` and `/v1/models`",
    "bad_shape": "what it answers is not what this family is asked for; "
    "is it the right family, and is the server new enough?",
    "not_a_label": "it answers with other labels than this family has, or two labels begin alike",
    "low_label_mass": "it mostly answers with other words than the labels; is it the right family?",
    "input_too_long": "start the server with a larger `--max-model-len`",
    "engine_dead": "the engine died; restart it and look at its log",
    "guard_canary": "it is not the guard that was verified, or does not answer the same twice; "
    "run `drawbar guard verify`",
}


class GuardFault(DrawbarError):
    """A guard that cannot be used, and what to do about it."""


@click.group()
def guard() -> None:
    """Verify, calibrate and list served guards, which answer `judge` rules (docs/guard.md)."""


guard.add_command(cases_to_label)


@guard.command()
def families() -> None:
    """List the ways in which guards are asked."""
    from guards.classifier.vllm.families import FAMILIES

    for name, one in FAMILIES.items():
        answers = ", ".join(sorted(one.answers)) or "nothing: a content guard judges no policy"
        tried = "" if one.verified else "; written after its card, not tried on the weights"
        click.echo(f"{name}: {one.route}, answers {answers}{tried}")


@guard.command()
@URL
@FAMILY
@MODEL
@FOLDER
@HEADER
@PLAIN_HTTP
def verify(
    url: str,
    family: str | None,
    model: str | None,
    folder: Path,
    header: tuple[str, ...],
    *,
    plain_http: bool,
) -> None:
    """Try a guard and record what it is: of a server routes, model and labels, and what it says.

    URL is where a server serves it; WEIGHTS the folder of an encoder (docs/train.md); ENTRY the
    entry point of a guard of your own (docs/own-guard.md).

    It is asked eight known questions, twice. The gateway asks the same again and again, and does
    not believe a guard that answers otherwise. Without this record it asks the guard nothing.

    Exits with 0 when it was recorded and 1 when the guard cannot be used.
    """
    from guards.classifier.vllm.families import FAMILIES
    from guards.judgement import NoJudgement
    from guards.skill.reading import Key

    chosen = _chosen(url, family, model, header, plain_http=plain_http)
    try:
        made = asyncio.run(chosen.verify(folder, _tell))
    except NoJudgement as error:
        raise _fault(error.cause) from None
    except OSError as error:
        raise _unwritten(folder, error) from None
    click.echo(f"recorded in {folder} (server {made.server}, {made.at})")
    _say_of_older(folder, Key(made.model, made.prompt, made.family, chosen.backend, made.digest))
    if made.family in FAMILIES and not FAMILIES[made.family].answers:
        click.echo("it may judge nothing: content guards do not judge policies")
    else:
        click.echo("it may serve rules in shadow; `drawbar guard calibrate` makes it enforceable")


@guard.command()
@URL
@FAMILY
@MODEL
@FOLDER
@HEADER
@PLAIN_HTTP
@click.option(
    "--labels",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Cases labelled by people, one JSON object a line (docs/guard.md).",
)
def calibrate(
    url: str,
    family: str | None,
    model: str | None,
    folder: Path,
    header: tuple[str, ...],
    labels: Path,
    *,
    plain_http: bool,
) -> None:
    """Ask a verified guard about labelled cases; say what it may enforce and what is missing.

    Writes `skill.json`, which the gateway reads at its start, and `card.md` with every figure.
    The labels must be of people and not what the guard was trained on: nobody can check that
    here.

    Exits with 0 when something may enforce, 3 when nothing may, and 1 when it could not run.
    """
    from app.cli.guard_said import say
    from guards.skill.labels import NotALabel, parted

    guarding = _chosen(url, family, model, header, plain_http=plain_http).guard(folder)
    if not guarding.answers:
        raise GuardFault(f"`{family}` is a content guard: it judges no policy")
    try:
        cases, waiting = parted(labels)
    except NotALabel as error:
        raise GuardFault(str(error)) from error
    left = f"; {waiting} cases have no answer yet and are left out" if waiting else ""
    click.echo(f"{len(cases)} labels, {sum(one.truth for one in cases)} of them violations{left}")
    found = _measured(guarding, folder, cases, labels)
    say(found)
    enabled = any(one.entry.is_enabled for one in found)
    raise SystemExit(ExitCode.CLEAN if enabled else ExitCode.FINDINGS)


def _measured(guarding: Any, folder: Path, cases: Any, labels: Path) -> Any:
    """Ask about every case, and write down what came of it."""
    from guards.classifier.vllm.calibrate import answered
    from guards.judgement import NoJudgement
    from guards.skill import manifest
    from guards.skill.card import card
    from guards.skill.measure import measured

    try:
        with click.progressbar(length=len(cases), label="asking the guard") as bar:
            asked = answered(guarding, cases, lambda _done: bar.update(1))
            answers, unknowns = asyncio.run(asked)
    except NoJudgement as error:
        raise _fault(error.cause) from None
    for cause, number in sorted(unknowns.items()):
        click.echo(f"not answered: {number} ({cause}: {_ADVICE.get(cause, 'see docs/guard.md')})")
    if not answers:
        raise GuardFault("the guard answered none of the questions")
    found = measured(answers)
    key = guarding.key
    about = {"labels": labels.name, "unknown": dict(unknowns)}
    try:
        manifest.write(folder / manifest.FILE, key, [one.entry for one in found], about)
        (folder / "card.md").write_text(card(key, found, unknowns, labels.name), "utf-8")
    except OSError as error:
        raise _unwritten(folder, error) from None
    click.echo(f"wrote {folder / manifest.FILE} and {folder / 'card.md'}")
    return found


def _say_of_older(folder: Path, key: Any) -> None:
    """Say what becomes of an older calibration: that of other weights counts no more."""
    from guards.skill import manifest

    try:
        of = manifest.read(folder / manifest.FILE).of
    except manifest.NotASkill as error:
        click.echo(f"{error}: run `drawbar guard calibrate`")
        return
    if of == key:
        click.echo(f"{folder / manifest.FILE} is of this guard and still counts")
    elif of is not None:
        click.echo(
            f"{folder / manifest.FILE} is of another model, way to ask or verification and "
            "counts no more: run `drawbar guard calibrate`"
        )


def _chosen(
    where: str, family: str | None, model: str | None, header: tuple[str, ...], *, plain_http: bool
) -> Any:
    """Return the guard that is meant: code, of a folder that is there, or of a server."""
    from app.cli import guard_head
    from app.cli.guard_chosen import Code, Here, Served

    code, folder = where.startswith(OWN), "://" not in where and Path(where).is_dir()
    if (code or folder) and (family or model or header):
        raise GuardFault("`--family`, `--model` and `--header` are for guards that are served")
    if code:
        return Code(where.removeprefix(OWN))
    if folder:
        return guard_head.chosen(Path(where)) or Here(Path(where))
    if family is None or model is None:
        raise GuardFault("a guard that is served needs `--family` and `--model`")
    row = _family(family)
    _refuse_address(where, plain_http=plain_http)
    return Served(where, model, row, lambda: _headers(header))


def _family(name: str) -> Any:
    from guards.classifier.vllm.families import FAMILIES

    if name not in FAMILIES:
        raise GuardFault(f"there is no family `{name}`; there are {', '.join(FAMILIES)}")
    return FAMILIES[name]


def _refuse_address(url: str, *, plain_http: bool) -> None:
    """Refuse an address that the gateway would not ask at either: headers go there."""
    from app.guarding.address import refused

    unless = "`--plain-http` must be given"
    why = refused(url, plain_http=plain_http, unless=unless, secrets="`--header`")
    if why is not None:
        raise GuardFault(why)


def _headers(written: tuple[str, ...]) -> Mapping[str, str]:
    """Return headers with values of the environment: a secret on the command line would be seen."""
    found = {}
    for one in written:
        name, is_given, variable = one.partition("=")
        if not is_given or not name or variable not in os.environ:
            raise GuardFault(f"`--header {name}` must name a variable that the environment has")
        found[name] = os.environ[variable]
    return found


def _tell(words: str) -> None:
    click.echo(words)


def _fault(cause: str) -> GuardFault:
    advice = _ADVICE.get(str(cause), "see docs/guard.md")
    return GuardFault(f"the guard cannot be used ({cause}): {advice}")


def _unwritten(folder: Path, error: OSError) -> GuardFault:
    return GuardFault(f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}")
