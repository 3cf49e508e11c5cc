"""A school's first import over real processes: click to controlescherm, and VERDER to done.

Every time is another school of the same size, on processes that have worked before. It is looked at
every few milliseconds, so that what is measured is the import and not the looking.
"""

import time
from collections import defaultdict
from statistics import median
from typing import Any

from benchmarks.download import UNPACED, bare_download
from benchmarks.report import Row
from deploy.demo.peers import Peers, PlayFailedError, answer_of
from deploy.demo.steps import Play
from deploy.local.environment import local_environment

_PUPILS = 1700
# The first warms the processes up.
_BRINS = tuple(f"99Y{letter}" for letter in "ABCDEFGH")
_LOOK_SECONDS = 0.005
_LONGEST_SECONDS = 120.0
_MOST_TO_PLAN, _MOST_TO_DONE = 2.0, 1.0
_WAITS, _FETCHES, _COMPARES = "waits for a worker", "fetches and stages", "compares and writes"


def firsts(scale: float) -> list[Row]:
    """Medians of the whole and of its parts."""
    pupils = max(round(_PUPILS * scale), 1)
    spent: dict[str, list[float]] = defaultdict(list)
    with (
        local_environment(durable=True, calls_per_second=UNPACED) as environment,
        Peers(environment) as peers,
    ):
        for turn, brin in enumerate(_BRINS):
            found = _import(_school(peers, brin, pupils))
            if turn:
                for name, seconds in found.items():
                    spent[name].append(seconds)
    middle = {name: median(seconds) for name, seconds in spent.items()}
    title = f"first import of {pupils:,} pupils"
    to_plan, to_done = middle.pop("plan"), middle.pop("done")
    return [
        Row(f"{title}: click to controlescherm", to_plan, "s", _MOST_TO_PLAN, at_least=False),
        Row(f"{title}: VERDER to done", to_done, "s", _MOST_TO_DONE, at_least=False),
        *(Row(f"{title}: {name}", seconds, "s") for name, seconds in middle.items()),
    ]


def _school(peers: Peers, brin: str, pupils: int) -> Play:
    """A school with an active koppeling, whose pages the sandbox has made before."""
    made = {"naam": f"School {brin}", "brin": brin, "pupils": pupils}
    answer_of(peers.sandbox.post("/sandbox/schools", json=made))
    play = Play(peers, brin, f"School {brin}")
    play.create_connectkoppeling()
    play.activate()
    bare_download(peers, brin)
    return play


def _import(play: Play) -> dict[str, float]:
    administrator = play.peers.administrator(play.school_id)
    spent: dict[str, float] = {}
    began = time.perf_counter()
    run = answer_of(administrator.post("/v1/imports", json={"source": "somtoday"}))
    path = f"/v1/imports/{run['id']}"

    def follow(state: str) -> dict[str, Any]:
        seen, phase = time.perf_counter(), _WAITS
        while seen - began < _LONGEST_SECONDS:
            found: dict[str, Any] = answer_of(administrator.get(path))
            moment = time.perf_counter()
            if state == "planned":
                spent[phase] = spent.get(phase, 0.0) + moment - seen
            if found["state"] == state:
                return found
            if found["state"] not in {"requested", "fetching", "applying"}:
                break
            phase = {"fetch": _FETCHES, "compare": _COMPARES}.get(
                found["progress"]["phase"] or "", _WAITS
            )
            seen = moment
            time.sleep(_LOOK_SECONDS)
        msg = f"the import of {play.brin} did not become {state}"
        raise PlayFailedError(msg)

    planned = follow("planned")
    spent["plan"] = time.perf_counter() - began
    began = time.perf_counter()
    order, seen = {"digest": planned["digest"]}, {"If-Match": "*"}
    answer_of(administrator.post(f"{path}/apply", json=order, headers=seen))
    follow("applied")
    spent["done"] = time.perf_counter() - began
    return spent
