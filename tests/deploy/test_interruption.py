"""A signal at any moment interrupts, is never lost, and leaves nothing open."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from deploy.local import folders, interruption, programs
from deploy.local.folders import private_folder
from deploy.local.interruption import (
    held,
    interruptible,
    raise_if_told,
    stopped_as_interrupted,
    wait_until_told,
)
from deploy.local.programs import running, start, wait_until

_DEFAULTS = {
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
    signal.SIGINT: signal.default_int_handler,
}
_TRACED = {module.__file__ for module in (contextlib, folders, interruption, programs)} | {__file__}
_WITHIN_ONE_STEP = {"<dictcomp>", "<listcomp>"}


@pytest.fixture(autouse=True)
def as_in_a_new_program(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process may hold an environment, with its handlers, for all journeys."""
    monkeypatch.setattr(interruption, "_state", interruption._State())
    found = {number: signal.getsignal(number) for number in _DEFAULTS}
    for number, default in _DEFAULTS.items():
        signal.signal(number, default)
    yield
    assert {number: signal.getsignal(number) for number in _DEFAULTS} == _DEFAULTS
    for number, handler in found.items():
        signal.signal(number, handler)


class _ToldAtLine:
    """Send SIGTERM at the nth line, of those that run while the signal is taken."""

    def __init__(self, nth: int) -> None:
        self._nth = nth
        self.lines = 0

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        if code.co_filename not in _TRACED or code.co_name in _WITHIN_ONE_STEP:
            return None
        if event == "line" and _counts(code.co_filename):
            self.lines += 1
            if self.lines == self._nth:
                signal.raise_signal(signal.SIGTERM)
        return self


def _counts(file: str) -> bool:
    if file == contextlib.__file__:
        # While it waits, what is between two lines of ours is like the second of them.
        return interruption._state.at_once
    return signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL


@contextmanager
def _something_open(started: "list[subprocess.Popen[bytes]]") -> Iterator[None]:
    with stopped_as_interrupted(), private_folder("told") as folder:
        log = folder / "log"
        started.append(start(["sleep", "60"], log=log))
        with running(started[0]):
            wait_until(log.exists, started[0], name="sleep", log=log, seconds=5)
            with interruptible():
                yield


def _is_interrupted(nth: int, place: Path) -> tuple[bool, int]:
    """Whether a program that is told at its nth line is interrupted, and how many it ran."""
    started: list[subprocess.Popen[bytes]] = []
    tracer, before = _ToldAtLine(nth), sys.gettrace()
    interrupted = False
    sys.settrace(tracer)
    try:
        with _something_open(started):
            _work()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        sys.settrace(before)
    assert [process.returncode for process in started if process.returncode is None] == [], nth
    assert list(place.iterdir()) == [], nth
    return interrupted, tracer.lines


def _work() -> None:
    with held():
        os.getpid()
    os.getpid()


def test_a_signal_at_any_line_interrupts_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "temporary_place", lambda: tmp_path)
    interrupted, lines = _is_interrupted(0, tmp_path)
    assert not interrupted
    assert lines > 50
    assert [nth for nth in range(1, lines + 1) if not _is_interrupted(nth, tmp_path)[0]] == []


class _Deaf:
    """Python drops what is raised in here."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("look", [raise_if_told, wait_until_told, lambda: None])
def test_an_interruption_that_python_drops_comes_at_the_next_look_or_at_the_end(
    look: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: dropped.append(found.exc_type))
    with pytest.raises(KeyboardInterrupt), stopped_as_interrupted(), interruptible():
        _Deaf()
        assert dropped == [KeyboardInterrupt]
        look()
    assert dropped == [KeyboardInterrupt]


@pytest.mark.parametrize("number", list(_DEFAULTS))
def test_what_is_held_is_done_to_its_end(number: signal.Signals) -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), stopped_as_interrupted():
        signal.raise_signal(number)
        done.append("set up")
        with interruptible():
            done.append("never")
    with pytest.raises(KeyboardInterrupt), stopped_as_interrupted(), interruptible():
        with held():
            signal.raise_signal(number)
            done.append("held")
        done.append("never")
    assert done == ["set up", "held"]


def test_ctrl_c_a_second_time_interrupts_whatever_is_done() -> None:
    with pytest.raises(KeyboardInterrupt), stopped_as_interrupted():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGHUP)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_outermost_block_forgets() -> None:
    with pytest.raises(KeyboardInterrupt), stopped_as_interrupted():
        with pytest.raises(KeyboardInterrupt), stopped_as_interrupted():
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            raise_if_told()
    with stopped_as_interrupted(), interruptible():
        raise_if_told()


def test_a_failure_is_shown_though_we_were_told_to_stop() -> None:
    with pytest.raises(ZeroDivisionError), stopped_as_interrupted():
        signal.raise_signal(signal.SIGTERM)
        raise ZeroDivisionError


def test_a_programs_own_handler_stays() -> None:
    heard = []
    signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with stopped_as_interrupted(), interruptible():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert heard == [signal.SIGTERM]
