"""The tests of a live server are there where `make vllm-test` says where vLLM is installed."""

import os

collect_ignore = [] if os.environ.get("LIVE_VLLM") else ["test_live.py"]
