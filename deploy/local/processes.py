"""The processes of a local environment: started, waited for, and stopped together."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import Self

import httpx

from deploy.local.programs import start, stop, tail

ROOT = Path(__file__).parents[2]
_READY_SECONDS = 60.0
# What a process of ours may know of the machine it runs on; nothing else is passed on.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


@dataclass
class _Process:
    module: Sequence[str]
    environment: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes]


class NotReadyError(Exception):
    """A process did not become ready; the message has the end of its log."""


class Processes:
    """Named Python processes that end when the block ends, or when this process does."""

    def __init__(self) -> None:
        """Begin with none."""
        self._all: dict[str, _Process] = {}
        self._logs = Path(tempfile.mkdtemp(prefix="koppeling-logs-"))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        """Stop every process, the last one first."""
        for process in reversed(self._all.values()):
            stop(process.running)
        rmtree(self._logs, ignore_errors=True)

    def start(self, name: str, *module: str, environment: Mapping[str, str]) -> None:
        """Run `python -m <module> …` with this environment."""
        inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
        given = {**inherited, "PYTHONPATH": str(ROOT), **environment}
        log = self._logs / f"{name}.log"
        self._all[name] = _Process(module, given, log, self._run(module, given, log))

    def wait_until_ready(self, name: str, url: str) -> None:
        """Wait until a URL answers with success.

        Raises:
            NotReadyError: the process ended, or took more than a minute.

        """
        process = self._all[name]
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and process.running.poll() is None:
            try:
                if httpx.get(url, timeout=5.0).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        msg = f"{name} did not become ready:\n{tail(process.log)}"
        raise NotReadyError(msg)

    def kill(self, name: str) -> None:
        """End a process as a power cut would (SIGKILL)."""
        process = self._all[name].running
        process.kill()
        process.wait()

    def restart(self, name: str) -> None:
        """Run a killed process again, with the same environment."""
        process = self._all[name]
        stop(process.running)
        process.running = self._run(process.module, process.environment, process.log)

    def is_running(self, name: str) -> bool:
        """Whether a process is alive."""
        return self._all[name].running.poll() is None

    def log_of(self, name: str, lines: int = 40) -> str:
        """The end of what a process wrote."""
        return tail(self._all[name].log, lines)

    @staticmethod
    def _run(
        module: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        return start([sys.executable, "-m", *module], log=log, environment=environment)
