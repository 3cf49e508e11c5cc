"""A country by night: every school imported from Somtoday, once with changes and once without.

Real processes end to end: sandbox, connector, queue, importer's workers, Postgres that waits for
the disk. Each school's changes are compared with what the sandbox says that it changed, and its
pupils and their classes with the sandbox's own export. The connector's pace is taken off: at 50
calls a second the calls alone take as long as the last row says. Rosters are proven later in the
morning, so not here (`make bench NAME=reconciliation`). A few schools are imported for the first
time in the same way, the others are put there in bulk.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from benchmarks.download import UNPACED
from benchmarks.importer_country_checks import (
    check_changes,
    check_rosters,
    check_untouched,
    last_changes,
)
from benchmarks.importer_country_night import Night, spend_night
from benchmarks.importer_country_stage import Reader, import_all, make_schools, settle
from benchmarks.report import Row
from deploy.demo.peers import Peers, answer_of
from deploy.local.environment import Environment, local_environment
from services.connector.settings import ConnectorSettings
from shared.auth.api_keys import create_api_key

_SCHOOLS, _PUPILS = 1_000, 1_000
_WORKERS = 2
_FIRST_SHARE = 50
_CHANGED_SECONDS, _UNCHANGED_SECONDS = 600.0, 120.0
_PACE: int = ConnectorSettings.model_fields["somtoday_calls_per_second"].default


def nights(scale: float = 1.0) -> Iterator[Row]:
    """A night in which 1 % of every school's pupils leave, join and move; and one without."""
    number = max(2, round(_SCHOOLS * scale))
    with (
        local_environment(
            durable=True, calls_per_second=UNPACED, proves_rosters=False
        ) as environment,
        Peers(environment) as peers,
    ):
        for nth in range(2, _WORKERS + 1):
            environment.processes.start_another("importer-worker", f"importer-worker-{nth}")
        with _told("schools with a koppeling"):
            schools = make_schools(peers, number, _PUPILS)
        few = dict(list(schools.items())[: max(1, number // _FIRST_SHARE)])
        yield from _rows(spend_night(peers, few, "first"), len(few), None)
        with _told("the other schools in the roster"):
            rest = [school_id for brin, school_id in schools.items() if brin not in few]
            import_all(_reader(environment), rest)
        with _told("a week of changes at every school"):
            reports = {brin: _next_week(peers, brin) for brin in schools}
        settle(environment.databases.owner)
        asked: set[str] = set()
        yield from _changed(peers, schools, reports, asked)
        yield from _unchanged(peers, schools, asked)


def _changed(
    peers: Peers,
    schools: Mapping[str, UUID],
    reports: Mapping[str, dict[str, Any]],
    asked: set[str],
) -> Iterator[Row]:
    night = spend_night(peers, schools, "1 % changed")
    asked |= {brin for brin in reports if check_changes(brin, night.found[brin], reports[brin])}
    yield from _rows(night, len(schools), _CHANGED_SECONDS)
    with _told(f"every roster compared with the sandbox's export, but of {len(asked)} that ask"):
        check_rosters(peers, {brin: schools[brin] for brin in schools if brin not in asked})


def _unchanged(peers: Peers, schools: Mapping[str, UUID], asked: set[str]) -> Iterator[Row]:
    before = last_changes(peers)
    night = spend_night(peers, schools, "nothing changed")
    check_untouched(before, last_changes(peers), night, asked)
    yield from _rows(night, len(schools), _UNCHANGED_SECONDS)


def _rows(night: Night, number: int, goal: float | None) -> Iterator[Row]:
    scaled = None if goal is None else goal * number / _SCHOOLS
    title = f"{number:,} schools x {_PUPILS:,} pupils, {night.name}"
    used = sorted(night.used.items(), key=lambda item: -item[1])
    yield Row(title, night.seconds, "s", scaled, at_least=False)
    for name, seconds in used:
        if seconds > 0:
            yield Row(f"  processor: {name}", seconds, "s")
    yield Row("  calls to Somtoday", night.calls, "calls")
    yield Row(f"  those calls at the pace of {_PACE} a second", night.calls / _PACE, "s")


def _reader(environment: Environment) -> Reader:
    key = create_api_key(
        environment.databases.owner, name="bench", scopes=["roster:read"], product="numo"
    )
    return Reader(environment.connector, asyncio.run(key), environment.databases.owner)


def _next_week(peers: Peers, brin: str) -> dict[str, Any]:
    return dict(answer_of(peers.sandbox.post(f"/sandbox/schools/{brin}/next-week")))


@contextmanager
def _told(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:.0f} s", flush=True)
