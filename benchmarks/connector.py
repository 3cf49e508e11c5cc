"""The connector: its stream's speed against a bare download, its first byte, and its memory.

The limit is measured in the same run and takes turns with the stream: the same pages of the same
sandbox, read in a plain loop that does nothing with them. Memory is the resident size that the
connector itself reports, the highest of many samples while it streams.

Then its worker: whether it keeps the pace of the calls to Somtoday, and keeps to it.
"""

import re
import time
from collections.abc import Callable

import httpx

from benchmarks.download import UNPACED, bare_download, roster_reader
from benchmarks.report import Row
from benchmarks.verification import verification
from deploy.demo.peers import Peers
from deploy.demo.steps import Play
from deploy.local.environment import local_environment

_MEDIUM = (2_500, "99ZY", "Waterkant College")
_LARGE = (50_000, "99ZW", "Stichting Rivierenland")
_TURNS = 5
_SPEED_SHARE = 0.5
_MEMORY_SHARE = 1.2
_CHUNKS_PER_SAMPLE = 40
_RESIDENT = re.compile(r"^process_resident_memory_bytes (\S+)$", re.MULTILINE)


def measure() -> list[Row]:
    """Stream a school of 2,500 pupils for speed, one of 50,000 for memory; verify 1,000."""
    sizes = f"30,{_MEDIUM[0]},{_LARGE[0]}"
    with (
        local_environment(schools=sizes, calls_per_second=UNPACED) as environment,
        Peers(environment) as peers,
    ):
        reader = roster_reader(peers)
        medium, large = (_opened(peers, *school[1:]) for school in (_MEDIUM, _LARGE))
        rows = _speed(reader, medium)
        peaks = [_peak_megabytes(reader, play) for play in (medium, large)]
    with local_environment() as environment, Peers(environment) as peers:
        verified = verification(peers)
    return [
        *rows,
        Row(f"memory while {_MEDIUM[0]} pupils stream", peaks[0], "MB"),
        Row(f"memory while {_LARGE[0]} pupils stream", peaks[1], "MB"),
        Row("memory, large to small", peaks[1] / peaks[0], "ratio", _MEMORY_SHARE, at_least=False),
        *verified,
    ]


def _opened(peers: Peers, brin: str, name: str) -> Play:
    play = Play(peers, brin, name)
    play.create_connectkoppeling()
    play.activate()
    return play


def _speed(reader: httpx.Client, play: Play) -> list[Row]:
    # The sandbox answers the first reader of a school slower than every later one.
    bare_download(play.peers, play.brin)
    bare, streams, firsts = [], [], []
    for _ in range(_TURNS):
        began = time.perf_counter()
        bare_download(play.peers, play.brin)
        bare.append(time.perf_counter() - began)
        first, whole = _stream(reader, play, lambda: None)
        firsts.append(first)
        streams.append(whole)
    share = min(bare) / min(streams)
    return [
        Row("bare download, best", min(bare), "s"),
        Row("the connector's stream, best", min(streams), "s"),
        Row("time to first byte, best", min(firsts), "s"),
        Row("pupils streamed", _MEDIUM[0] / min(streams), "pupils/s"),
        Row("speed against the bare download", share, "ratio", _SPEED_SHARE),
    ]


def _stream(reader: httpx.Client, play: Play, now_and_then: Callable[[], None]) -> list[float]:
    """Read a document to its trailer; seconds to the first byte and to the last."""
    began = time.perf_counter()
    times: list[float] = []
    # As the importer asks for it: on one machine compressing costs more than it saves.
    plain = {"Accept-Encoding": "identity"}
    with reader.stream("GET", f"/v1/schools/{play.school_id}/roster", headers=plain) as answer:
        answer.raise_for_status()
        last = b""
        for number, chunk in enumerate(answer.iter_raw()):
            if not times:
                times.append(time.perf_counter() - began)
            if number % _CHUNKS_PER_SAMPLE == 0:
                now_and_then()
            last = (last + chunk)[-1000:]
    if b'"kind":"trailer"' not in last:
        msg = "the document ended without its trailer"
        raise RuntimeError(msg)
    return [*times, time.perf_counter() - began]


def _peak_megabytes(reader: httpx.Client, play: Play) -> float:
    samples: list[float] = []
    _stream(reader, play, lambda: samples.append(_resident_megabytes(play.peers)))
    return max(samples)


def _resident_megabytes(peers: Peers) -> float:
    text = peers.connector.get("/metrics").text
    found = _RESIDENT.search(text)
    return float(found[1]) / 1e6 if found else 0.0
