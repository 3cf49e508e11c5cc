"""`koppeling demo` and `koppeling serve` as a newcomer runs them: they end, and leave nothing."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from deploy.local.folders import private_folder
from deploy.local.programs import inherited

_PROGRAM = Path(sys.executable).parent / "koppeling"
_STEPS = ("0", "1", "2", "3", "4", "5", "6", "6b", "7", "8", "9")


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A TMPDIR of its own: whatever the command makes is in it.

    Not below pytest's: whoever else begins a pytest closes that folder to other accounts, and
    Postgres, which is one when we are root, does not get over it.
    """
    with private_folder("scratch", to_pass=True) as outer:
        folder = outer / "of-the-command"
        folder.mkdir(mode=0o711)
        yield folder
        assert list(folder.iterdir()) == []
        assert _using(folder) == []


def _using(folder: Path) -> list[str]:
    """Processes that were told of a folder, or hold a file in it."""
    found = []
    for process in psutil.process_iter():
        try:
            held = [file.path for file in process.open_files()]
            if any(str(folder) in text for text in (*process.cmdline(), *held)):
                found.append(process.name())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def _start(folder: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [_PROGRAM, *words],
        env={**inherited(), "TMPDIR": str(folder), "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A suite that runs in the background of a shell has Ctrl-C ignored, and hands that down.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads
    )


def test_the_demo_plays_every_step_and_leaves_nothing(scratch: Path) -> None:
    demo = _start(scratch, "demo")
    told, _ = demo.communicate(timeout=120)
    assert demo.returncode == 0, told
    lines = told.splitlines()
    assert [step for step in _STEPS if not any(f"✔ {step} " in line for line in lines)] == []
    assert "1 used" in told
    assert "total" in lines[-3]
    assert lines[-1].startswith("Nothing is left running")


def test_an_interrupted_demo_leaves_nothing(scratch: Path) -> None:
    demo = _start(scratch, "demo")
    assert demo.stdout is not None
    for line in demo.stdout:
        if "✔ 1 " in line:
            break
    _is_stopped_by(signal.SIGINT, demo)


def test_a_demo_that_is_stopped_while_it_starts_leaves_nothing(scratch: Path) -> None:
    demo = _start(scratch, "demo")
    while not _runs(demo, "postgres"):
        assert demo.poll() is None
        time.sleep(0.05)
    _is_stopped_by(signal.SIGTERM, demo)


def _runs(demo: "subprocess.Popen[str]", program: str) -> bool:
    for child in psutil.Process(demo.pid).children():
        # Those that only help to start it come and go meanwhile.
        with suppress(psutil.NoSuchProcess):
            if child.name() == program:
                return True
    return False


def _is_stopped_by(number: signal.Signals, demo: "subprocess.Popen[str]") -> None:
    demo.send_signal(number)
    told, _ = demo.communicate(timeout=120)
    assert demo.returncode == 130
    assert "Traceback" not in told


def test_serve_stays_until_it_is_told_to_stop(scratch: Path) -> None:
    serve = _start(scratch, "serve")
    assert serve.stdout is not None
    told = []
    for line in serve.stdout:
        told.append(line)
        if "Ctrl-C" in line:
            break
    for shown in ("/docs", "/sandbox/", "inbox", "KOPPELING_API_KEY=kpl_"):
        assert any(shown in line for line in told)
    time.sleep(0.5)
    assert serve.poll() is None
    serve.send_signal(signal.SIGINT)
    rest, _ = serve.communicate(timeout=120)
    assert serve.returncode == 0, rest
    assert "Traceback" not in rest
