"""The processes of a local environment: started, waited for, and stopped together."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx

from deploy.local.folders import private_folder
from deploy.local.interruption import held, raise_if_told
from deploy.local.plain_http import NO_AUTHORITIES
from deploy.local.programs import inherited, reap, start, stop, tail, wait_until

ROOT = Path(__file__).parents[2]
_READY_SECONDS = 60.0
_STOP_SECONDS = 10.0


@dataclass
class _Process:
    module: Sequence[str]
    environment: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes]
    ready: Callable[[], bool] | None = None


class Processes:
    """Named Python processes that end when the block ends, or when this process does.

    Enter the block in a thread that stays: on Linux a child ends with the thread that began it.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._all: dict[str, _Process] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make the folder of logs."""
        self._logs = self._stack.enter_context(private_folder("logs"))
        client = httpx.Client(verify=NO_AUTHORITIES, trust_env=False, timeout=5.0)
        self._client = self._stack.enter_context(client)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop every process, the last one first, and remove the logs."""
        with self._stack:
            alive = [item.running for item in self._all.values() if item.running.poll() is None]
            for process in reversed(alive):
                process.terminate()
            deadline = time.monotonic() + _STOP_SECONDS
            for process in reversed(alive):
                reap(process, max(0.1, deadline - time.monotonic()))

    def start(self, name: str, *module: str, environment: Mapping[str, str]) -> None:
        """Run `python -m <module> …` with this environment; does not wait for it."""
        raise_if_told()
        found = inherited()
        paths = [str(ROOT), *filter(None, [found.get("PYTHONPATH")])]
        ours = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
        given = {**found, **ours, **environment}
        log = self._logs / f"{name}.log"
        # A process that nobody knows of would not be stopped.
        with held():
            self._all[name] = _Process(module, given, log, self._run(module, given, log))

    def start_another(self, name: str, another: str) -> None:
        """Run one more process like `name`, e.g. a second worker of one queue."""
        process = self._all[name]
        self.start(another, *process.module, environment=process.environment)

    def settings_of(self, name: str, prefix: str) -> dict[str, str]:
        """The settings that a process was given, by their names in lower case."""
        given = self._all[name].environment.items()
        return {key[len(prefix) :].lower(): value for key, value in given if key.startswith(prefix)}

    def wait_until_ready(self, name: str, ready: str | Callable[[], bool]) -> None:
        """Wait until a URL answers with success, or a condition holds.

        Raises:
            NotReadyError: the process ended, or took more than a minute.

        """
        process = self._all[name]
        process.ready = (lambda: self._answers(ready)) if isinstance(ready, str) else ready
        self._wait(name)

    def kill(self, name: str) -> None:
        """End a process as a power cut would (SIGKILL)."""
        process = self._all[name].running
        process.kill()
        process.wait()

    def restart(self, name: str) -> None:
        """Run a process again, with the same environment, and wait until it is ready as before.

        Raises:
            NotReadyError: the process ended, or took more than a minute.

        """
        process = self._all[name]
        stop(process.running)
        with held():
            process.running = self._run(process.module, process.environment, process.log)
        self._wait(name)

    def is_running(self, name: str) -> bool:
        """Whether a process is alive."""
        return self._all[name].running.poll() is None

    def pid(self, name: str) -> int:
        """The process id, e.g. to measure its memory."""
        return self._all[name].running.pid

    def names(self) -> list[str]:
        """Every process, in the order they were started."""
        return list(self._all)

    def log_of(self, name: str, lines: int = 40) -> str:
        """The end of what a process wrote."""
        return tail(self._all[name].log, lines)

    def _wait(self, name: str) -> None:
        process = self._all[name]
        if process.ready is not None:
            wait_until(
                process.ready, process.running, name=name, log=process.log, seconds=_READY_SECONDS
            )

    def _answers(self, url: str) -> bool:
        try:
            return self._client.get(url).is_success
        except httpx.HTTPError:
            return False

    @staticmethod
    def _run(
        module: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        # Python looks for modules where it runs before all else, so that is the project.
        return start([sys.executable, "-m", *module], log=log, environment=environment, folder=ROOT)
