"""How the command speaks: tables that fit a terminal, and are wide when nobody folds them."""

import sys

from rich.console import Console

_PIPED_WIDTH = 200


def terminal() -> Console:
    """Standard output; wide where it is a pipe or a file, so that no cell is cut."""
    return Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH)
