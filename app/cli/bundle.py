"""`drawbar bundle`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.exits import ExitCode
from app.cli.options import FORMAT
from app.cli.output import Output, dump
from app.cli.times import span
from dsl.errors import DrawbarError, printable

if TYPE_CHECKING:
    from app.bundles.bundle import Bundle

_PATH = click.Path(path_type=Path)
_FILE = click.argument("file", type=_PATH)


@click.group()
def bundle() -> None:
    """Make and check signed bundles: policies in one file, as sidecars get them.

    docs/sidecar.md says how they are used.
    """


@bundle.command()
@click.argument("name", type=_PATH)
def keygen(name: Path) -> None:
    """Make a key that bundles are signed with: NAME, for its owner alone, and NAME.pub.

    Whoever has NAME decides what every sidecar enforces that trusts NAME.pub. Exit codes:
    0 clean, 1 could not run, 2 usage.
    """
    from app.bundles.making import new_key
    from app.cli.writing import new_file

    private, public = new_key()
    shown = name.with_name(f"{name.name}.pub")
    if shown.exists():
        raise DrawbarError(f"`{shown}` is there already")
    with new_file(name) as file:
        file.write(private)
    shown.write_text(public, "utf-8")
    click.echo(f"wrote {name} and {shown}")


@bundle.command()
@click.argument("folder", type=_PATH)
@click.option("-o", "--output", "to", type=_PATH, required=True, help="Where to write it.")
def build(folder: Path, to: Path) -> None:
    """Put the policies of a folder into one file, not signed yet.

    The same files give the same bytes. Policies that cannot be used are not put into a bundle.
    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    from app.bundles.bundle import written
    from app.bundles.making import built

    made = built(folder)
    _write(to, written(made))
    click.echo(f"wrote {to}: {made.digest}, {len(made.texts.files)} files")


@bundle.command()
@_FILE
@click.option("--key", type=_PATH, required=True, help="What `drawbar bundle keygen` made.")
@click.option("--number", type=int, help="Which bundle it is (default: milliseconds since 1970).")
@click.option("--expires", default="30d", show_default=True, help="How long it may be used.")
@click.option("-o", "--output", "to", type=_PATH, help="Where to write it (default: FILE itself).")
def sign(file: Path, key: Path, number: int | None, expires: str, to: Path | None) -> None:
    """Sign a bundle, with a number and the time at which it ends.

    A sidecar takes no bundle with a smaller number than the one it has. Exit codes: 0 clean,
    1 could not run, 2 usage.
    """
    from app.bundles.bundle import Stamp
    from app.bundles.making import number_of, signed, signing_key
    from app.bundles.reading import read

    now = datetime.now(UTC)
    signer = signing_key(key)
    made, _ = read(_content(file))
    stamp = Stamp(
        number_of(now) if number is None else number, now, now + span(expires, "--expires")
    )
    _write(to or file, signed(made, signer, stamp))
    click.echo(f"wrote {to or file}: number {stamp.number}, until {stamp.expires_at.isoformat()}")


@bundle.command()
@_FILE
@click.option(
    "--key", "keys", type=_PATH, multiple=True, required=True, help="A public key; may be repeated."
)
def verify(file: Path, keys: tuple[Path, ...]) -> None:
    """Say whether a bundle is whole, signed by one of the keys, and still to be used.

    Exit codes: 0 it is, 1 could not run, 2 usage, 3 it is not.
    """
    from app.bundles.bundle import BundleFault
    from app.bundles.opening import policies_of
    from app.bundles.reading import verified
    from memory.records.signer import public_key

    trusted, raw = [public_key(one) for one in keys], _content(file)
    try:
        found = verified(raw, trusted, datetime.now(UTC))
        policies_of(found)
    except BundleFault as fault:
        click.echo(printable(str(fault)))
        raise SystemExit(ExitCode.FINDINGS) from None
    click.echo(f"{found.digest} is as it was signed")


@bundle.command()
@_FILE
@FORMAT
def show(file: Path, output: str) -> None:
    """Show what a bundle holds; nothing is held against a key.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    from app.bundles.reading import read

    found, signature = read(_content(file))
    told = _told(found, signature)
    if output == Output.JSON:
        click.echo(dump(told))
        return
    for name, value in told.items():
        words = (", ".join(value) or "none") if isinstance(value, list) else value
        click.echo(printable(f"{name:>10}  {words}"))


def _told(found: "Bundle", signature: str) -> dict[str, Any]:
    stamp = found.stamp
    named = {"digest": found.digest, "files": [one.name for one in found.texts.files]}
    if (interventions := found.interventions) is not None:  # as a gateway offers it
        glass = [one.id for one in interventions.broken.glass]
        named |= {"frozen": sorted(interventions.frozen.ids.values()), "glass": glass}
    if stamp is None:
        return {**named, "signed": False}
    ends = {"issued_at": stamp.issued_at.isoformat(), "expires_at": stamp.expires_at.isoformat()}
    return {**named, "signed": bool(signature), "number": stamp.number, **ends}


def _content(file: Path) -> bytes:
    from app.bundles.opening import file_content

    return file_content(file)


def _write(path: Path, raw: bytes) -> None:
    from app.bundles.opening import put_file

    put_file(path, raw, 0o644)
