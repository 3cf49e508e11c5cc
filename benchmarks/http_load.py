"""A load generator in a process of its own: keeps connections busy, or keeps to a timetable.

`python -m benchmarks.http_load <requests file> <results file> <options as JSON>`. The requests are
lines of JSON [offset in seconds or null, path, token, key, body]; the results are lines of
[sent, answered, status, key, answer]. It speaks just enough HTTP/1.1 to cost little beside what it
measures (RFC 9112). A request whose connection breaks is sent again, as a frontend would.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RETRY_SECONDS = 0.05
_SERVER_ERRORS = 500


@dataclass(frozen=True)
class Load:
    """How to send: to where, over how many connections, for how long at most.

    Without a timetable each connection sends its next request as soon as it has an answer; with
    one a request's time counts from when it was due, so that a slow answer is not hidden by the
    requests that it held up.
    """

    port: int
    connections: int
    seconds: float = 3600.0
    keep_answers: bool = False
    retry: bool = False


@dataclass(frozen=True)
class Sent:
    """One request and its answer; times are seconds since the load began."""

    due: float
    answered: float
    status: int
    key: str | None
    answer: dict[str, Any] | None

    @property
    def seconds(self) -> float:
        """How long its caller waited."""
        return self.answered - self.due


def request(
    path: str, token: str, key: str | None, body: dict[str, Any], due: float | None = None
) -> list[Any]:
    """One line of the requests file."""
    return [due, path, token, key, json.dumps(body, separators=(",", ":"))]


def send_all(requests: Sequence[list[Any]], load: Load) -> list[Sent]:
    """Run the load in another process, and return what came of it."""
    with RunningLoad(requests, load) as running:
        return running.results()


class RunningLoad:
    """A load under way, in a process of its own, while this one does something else."""

    def __init__(self, requests: Sequence[list[Any]], load: Load) -> None:
        """Begin to send."""
        self._folder = TemporaryDirectory()
        path = Path(self._folder.name)
        self._results = path / "results"
        with (path / "requests").open("w") as file:
            file.writelines(json.dumps(line) + "\n" for line in requests)
        command = [sys.executable, "-m", "benchmarks.http_load", str(path / "requests")]
        command += [str(self._results), json.dumps(asdict(load))]
        self._process = subprocess.Popen(command)  # noqa: S603 - this module itself

    def __enter__(self) -> Self:
        """Do something else meanwhile."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, whatever was left to send."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    @property
    def is_over(self) -> bool:
        """Whether every request was answered, or the time is up."""
        return self._process.poll() is not None

    def results(self) -> list[Sent]:
        """Wait for the end, and return what came of each request."""
        if self._process.wait() != 0:
            msg = "the load generator failed"
            raise RuntimeError(msg)
        with self._results.open() as file:
            return [Sent(*json.loads(line)) for line in file]


class _Generator:
    def __init__(self, requests: Iterator[list[Any]], load: Load) -> None:
        self._requests = requests
        self._load = load
        self._began = time.perf_counter()
        self.results: list[Any] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._load.connections):
                group.create_task(self._send_some(_Connection(self._load.port)))

    async def _send_some(self, connection: _Connection) -> None:
        for due, *what in self._requests:
            elapsed = time.perf_counter() - self._began
            if elapsed > self._load.seconds:
                return
            if due is not None and due > elapsed:
                await asyncio.sleep(due - elapsed)
            status, answer = await self._send(connection, what)
            kept = json.loads(answer) if self._load.keep_answers and answer else None
            ended = time.perf_counter() - self._began
            self.results.append((elapsed if due is None else due, ended, status, what[2], kept))

    async def _send(self, connection: _Connection, what: list[str]) -> tuple[int, bytes]:
        while True:
            status, answer = await connection.exchange(what)
            if not self._load.retry or 0 < status < _SERVER_ERRORS:
                return status, answer
            await asyncio.sleep(_RETRY_SECONDS)


class _Connection:
    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def exchange(self, what: list[str]) -> tuple[int, bytes]:
        """Send one request; status 0 when the connection broke."""
        path, token, key, body = what
        named = f"Idempotency-Key: {key}\r\n" if key else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{named}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            writer.write(head.encode() + body.encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            at = answer.lower().index(b"content-length:") + 15
            length = int(answer[at : answer.index(b"\r\n", at)])
            return int(answer[9:12]), await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            self._streams = None
            return 0, b""


def main() -> None:
    """Read requests, send them, write results."""
    requests, results, options = sys.argv[1:]
    with Path(requests).open() as file:
        lines = [json.loads(line) for line in file]
    generator = _Generator(iter(lines), Load(**json.loads(options)))
    asyncio.run(generator.run())
    with Path(results).open("w") as file:
        file.writelines(json.dumps(result) + "\n" for result in generator.results)


if __name__ == "__main__":
    main()
