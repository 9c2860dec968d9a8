"""Runs the bench: `python -m bench.agentdojo`."""

import sys

from bench.agentdojo.cli import main

sys.exit(main())
