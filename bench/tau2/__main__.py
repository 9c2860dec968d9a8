"""Runs the bench: `python -m bench.tau2`."""

import sys

from bench.tau2.cli import main

sys.exit(main())
