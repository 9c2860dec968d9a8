"""Measures the Python client: `python -m bench.sdk`."""

import sys

from bench.sdk.measure import main

sys.exit(main())
