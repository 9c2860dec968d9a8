"""Runs the bench: `python -m bench.lifelong`."""

import sys

from bench.lifelong.cli import main

sys.exit(main())
