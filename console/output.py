"""How the command speaks: tables that fit a terminal, and are wide when nobody folds them."""

import sys

from rich.console import Console

_PIPED_WIDTH = 200


def terminal() -> Console:
    """Standard output; wide where it is a pipe or a file, so that no cell is cut.

    Without markup: a school may be called anything, [bold] too.
    """
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    return Console(width=width, markup=False, highlight=False)


def say(message: str) -> None:
    """One sentence on standard output, never folded by us."""
    terminal().print(message, soft_wrap=True)


def complain(message: str) -> None:
    """One sentence on standard error, never folded by us."""
    Console(stderr=True, markup=False, highlight=False).print(
        f"koppeling: {message}", soft_wrap=True
    )
