"""Runs the probes: `python -m bench.probes`."""

import sys

from bench.probes.cli import main

sys.exit(main())
