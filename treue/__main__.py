"""``python -m treue`` is the command ``treue``."""

from treue.cli import main

main(prog_name="treue")
