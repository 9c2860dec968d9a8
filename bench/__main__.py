"""Runs every measure: `python -m bench`."""

import sys

from bench.parts import main

sys.exit(main())
