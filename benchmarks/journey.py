"""The seven steps at 30, 300 and 2,500 pupils: seconds per step, and import rows per second.

The limit is a bare download: the same pages of the same sandbox, read in a plain loop that does
nothing with them. It is measured in the same run, on the same processes.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from benchmarks.download import UNPACED, bare_download, roster_reader, roster_stream
from benchmarks.report import Row
from deploy.demo.peers import Peers
from deploy.demo.steps import Play
from deploy.local.environment import local_environment

_SCHOOLS = (
    (30, "99ZX", "De Kleine Kade"),
    (300, "99ZY", "Waterkant College"),
    (2500, "99ZW", "Stichting Rivierenland"),
)
_LICENSES = 3000
_FETCH_SHARE = 0.5
Result = TypeVar("Result")


def measure() -> list[Row]:
    """Play each school once on one environment, with fsync on."""
    rows: list[Row] = []
    with (
        local_environment(durable=True, calls_per_second=UNPACED) as environment,
        Peers(environment) as peers,
    ):
        for pupils, brin, name in _SCHOOLS:
            rows += _school(Play(peers, brin, name), pupils)
    return rows


def _school(play: Play, pupils: int) -> list[Row]:
    steps: dict[str, float] = {}

    def timed(step: str, act: Callable[[], Result]) -> Result:
        began = time.perf_counter()
        result = act()
        steps[step] = time.perf_counter() - began
        return result

    timed("1 create Connectkoppeling", play.create_connectkoppeling)
    timed("2 activate", play.activate)
    # The sandbox answers the first reader of a school slower than every later one.
    bare_download(play.peers, play.brin)
    timed("limit: bare download of the same pages", lambda: bare_download(play.peers, play.brin))
    reader = roster_reader(play.peers)
    timed("fetch: the connector's stream", lambda: roster_stream(reader, play.school_id))
    run = timed("3+4 fetch and diff", play.import_plan)
    timed("5 controlescherm and choice", lambda: (play.changes(run), play.choose(run)))
    timed("6 apply", lambda: play.apply(run))
    timed("6b fetch and diff again, nothing changed", play.import_plan)
    play.grant_licenses(_LICENSES)
    pupil = play.people("pupil")[0]["id"]
    timed("7 first start", lambda: play.start(pupil, "sprongtoets"))
    return _rows(pupils, steps, _changes(run))


def _changes(run: dict[str, Any]) -> int:
    return sum(counts.get("add", 0) for counts in run["summary"].values())


def _rows(pupils: int, steps: dict[str, float], changes: int) -> list[Row]:
    spent = steps["3+4 fetch and diff"] + steps["6 apply"]
    share = steps["limit: bare download of the same pages"] / steps["fetch: the connector's stream"]
    return [
        *(Row(f"{pupils}: {step}", seconds, "s") for step, seconds in steps.items()),
        Row(f"{pupils}: rows imported", changes, "rows"),
        Row(f"{pupils}: import rows per second", changes / spent, "rows/s"),
        Row(f"{pupils}: speed of the fetch against its limit", share, "ratio", _FETCH_SHARE),
    ]
