"""What needs PyTorch is collected where PyTorch is: `make test-train` installs it."""

from importlib.util import find_spec

NEED_TORCH = ["test_training.py", "test_agreement.py"]
collect_ignore = [] if find_spec("torch") else NEED_TORCH
