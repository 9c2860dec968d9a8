"""The command line of the data gatherer."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.eval_data.fetch import Fetcher
from bench.eval_data.files import FolderError
from bench.eval_data.gather import DONE, REFUSED, Report, check, gather
from bench.eval_data.manifest import Manifest, load_manifest

HELP = """\
Gathers the public data sets that Drawbar's tests and benches use.

Files are downloaded from public repositories at pinned commits and kept only when their
sha256 is the one in the manifest. Running it again skips what is already right. Some
files are derived and cannot be rebuilt from here; they are named and left out.
"""
EPILOG = """\
examples:
  python -m bench.eval_data ~/eval-data                  gather
  python -m bench.eval_data ~/eval-data --allow-partial  gather; absent derived files are fine
  python -m bench.eval_data ~/eval-data --check          compare a folder, download nothing
  python -m bench.eval_data --list                       sets, origins and licences

then: export DRAWBAR_EVAL_DATA=~/eval-data

exit codes: 0 all there and right, 1 something is wrong or failed, 2 wrong usage,
3 partial: all that is there is right, but files are not there
"""


def main(argv: Sequence[str] | None = None, *, manifest: Manifest | None = None) -> int:
    """Run the tool and return its exit code."""
    parser = _parser()
    args = parser.parse_args(argv)
    manifest = load_manifest() if manifest is None else manifest
    if args.list:
        print(listing(manifest))
        return DONE
    if args.folder is None:
        parser.error("name the output folder, or use --list")
    try:
        report = _run(args, manifest)
    except FolderError as error:
        print(f"error: {error}", file=sys.stderr)
        return REFUSED
    return _conclude(report, allow_partial=args.allow_partial)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.eval_data",
        description=HELP,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("folder", nargs="?", type=Path, metavar="OUT_DIR", help="where the sets stand or go")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="only verify what is there")
    mode.add_argument("--list", action="store_true", help="print sets, origins and licences")
    add("--allow-partial", action="store_true", help="exit 0 although files are not there")
    add("--host", metavar="URL", type=_host, help="a mirror with the layout of the raw file host")
    add(
        "--api-host", metavar="URL", type=_host, help="a mirror of the host that spells out commits"
    )
    return parser


def _host(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise argparse.ArgumentTypeError(f"{text} is not a web address")
    return text.rstrip("/")


def _run(args: argparse.Namespace, manifest: Manifest) -> Report:
    if args.check:
        if not args.folder.is_dir():
            raise FolderError(f"there is no folder {args.folder}")
        report = check(manifest, args.folder)
        for sentence in report.absent:
            print(sentence)
        return report
    raw, api = args.host or manifest.raw_host, args.api_host or manifest.api_host
    return gather(manifest, args.folder, Fetcher(raw, api), lambda line: print(line, flush=True))


def _conclude(report: Report, *, allow_partial: bool) -> int:
    for sentence in report.wrong:
        print(f"error: {sentence}", file=sys.stderr)
    print(report.summary())
    return report.exit_code(allow_partial=allow_partial)


def listing(manifest: Manifest) -> str:
    """Describe every set with its origins, licence and number of files."""
    blocks = []
    for data_set in manifest.sets:
        derived = sum(entry.how is not None for entry in data_set.files)
        origins = "\n           ".join(origin.label for origin in data_set.origins)
        blocks.append(
            f"{data_set.name}: {data_set.what}\n"
            f"  origin   {origins}\n"
            f"  licence  {data_set.licence}\n"
            f"  files    {len(data_set.files)}, of them {derived} derived and not gathered"
        )
    return "\n".join(blocks)
