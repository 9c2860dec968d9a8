"""`python -m bench.requirements [--check]`: writes the page, or fails where it is out of date."""

import sys

from bench.requirements.listing import listings
from bench.requirements.page import PAGE, page


def main(arguments: list[str]) -> int:
    """Write the page; exit codes: 0 clean, 3 with `--check` where it would change."""
    text = page(listings())
    if "--check" not in arguments:
        PAGE.write_text(text, "utf-8")
        return 0
    return 0 if PAGE.is_file() and PAGE.read_text("utf-8") == text else 3


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
