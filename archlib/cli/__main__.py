"""``python -m archlib.cli``."""

from archlib.cli.main import main

main()
