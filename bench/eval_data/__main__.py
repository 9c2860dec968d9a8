"""Lets the tool run as ``python -m bench.eval_data``."""

import sys

from bench.eval_data.cli import main

if __name__ == "__main__":
    sys.exit(main())
