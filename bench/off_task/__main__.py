"""Runs the bench: `python -m bench.off_task`."""

import sys

from bench.off_task.cli import main

sys.exit(main())
