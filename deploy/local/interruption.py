"""Being told to stop is being interrupted, whenever it comes: what is open gets closed.

An exception that comes between any two steps can be lost (Python drops one that is raised in a
finalizer or a callback) and can leave open what was made the step before. So that we were told is
remembered, and it interrupts where that harms nothing: at once while a block is `interruptible`,
elsewhere at the next `raise_if_told`, and at the latest when all is closed.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)
_LOOK_SECONDS = 0.5


@dataclass
class _State:
    told: bool = False
    at_once: bool = False


_state = _State()


@contextmanager
def stopped_as_interrupted() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP interrupt the block, and none of them be lost in it.

    The default of the last two ends Python at once, without one `finally`. A program's own
    handlers stay. Ctrl-C a second time interrupts whatever is being done, also the closing.

    Raises:
        KeyboardInterrupt: we were told to stop, if only while the block was left.

    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    found = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = {number: handler for number, handler in found.items() if handler in _DEFAULTS}
    for number in taken:
        signal.signal(number, _tell)
    try:
        with held():
            yield
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)
        told = _state.told
        # Of blocks in each other the outermost has taken the signals, and forgets.
        _state.told = told and not taken
    if told:
        raise KeyboardInterrupt


@contextmanager
def held() -> Iterator[None]:
    """Do the block to its end, then be interrupted."""
    with _interrupted(at_once=False):
        yield
    if _state.at_once:
        raise_if_told()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let it interrupt the block at any point: all that is open is known to whoever closes it.

    Raises:
        KeyboardInterrupt: we were told to stop, before or within the block.

    """
    with _interrupted(at_once=True):
        raise_if_told()
        yield


@contextmanager
def _interrupted(*, at_once: bool) -> Iterator[None]:
    before, _state.at_once = _state.at_once, at_once
    try:
        yield
    finally:
        _state.at_once = before


def raise_if_told() -> None:
    """Raise KeyboardInterrupt when we were told to stop."""
    if _state.told:
        raise KeyboardInterrupt


def wait_until_told() -> NoReturn:
    """Raise KeyboardInterrupt once we are told to stop."""
    while True:
        raise_if_told()
        time.sleep(_LOOK_SECONDS)


def _tell(number: int, _: FrameType | None) -> None:
    first, _state.told = not _state.told, True
    if _state.at_once if first else number == signal.SIGINT:
        raise KeyboardInterrupt
