"""`python -m app.cli` is `drawbar`."""

from app.cli.main import main

main()
