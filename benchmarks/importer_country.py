"""A country by night: every school imported from Somtoday, once with changes and once without.

Real processes end to end: sandbox, connector, queue, importer's workers, Postgres that waits for
the disk. Each school's changes are compared with what the sandbox says that it changed, and its
pupils and their classes with the sandbox's own export. The connector's pace is taken off: at 50
calls a second the calls alone take as long as the last row says.
"""

import asyncio
import csv
import io
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from pydantic import SecretStr

from benchmarks.cpu_time import counted
from benchmarks.download import UNPACED
from benchmarks.importer_country_stage import Reader, import_all, make_schools
from benchmarks.report import Row
from deploy.demo.peers import Peers, answer_of
from deploy.local.environment import Environment, local_environment
from services.connector.settings import ConnectorSettings
from services.importer.application.choose_changes import NewChoice, choose_changes
from services.importer.application.request_apply import Verder, request_apply
from services.importer.application.start_import import ImportOrder, start_import
from services.importer.settings import ImporterSettings
from shared.auth.api_keys import create_api_key
from shared.database import Database
from shared.queue import JobQueue

_SCHOOLS, _PUPILS = 1_000, 1_000
_WORKERS = 2
# As a schedule spreads them: so many under way at once, and the next when one is done.
_AT_ONCE = 12
_POLL_SECONDS = 0.1
_CHANGED_SECONDS, _UNCHANGED_SECONDS = 600.0, 120.0
_PACE: int = ConnectorSettings.model_fields["somtoday_calls_per_second"].default
_STATES = "SELECT id, state, digest, summary, problem FROM import_run WHERE id = ANY(%s)"
_ROSTER = """
    SELECT p.pupil_number, p.given_name, p.prefix, p.family_name, g.name FROM person p
    LEFT JOIN membership m ON m.person_id = p.id AND m.state = 'active' AND m.role = 'pupil'
        AND m.group_id IN (SELECT id FROM roster_group WHERE school_id = %s AND kind = 'stamgroep')
    LEFT JOIN roster_group g ON g.id = m.group_id
    WHERE p.school_id = %s AND p.role = 'pupil' AND p.state = 'active'
"""


@dataclass
class Night:
    """What a night took, and what each school's plan said."""

    seconds: float = 0.0
    calls: int = 0
    used: dict[str, float] = field(default_factory=dict)
    found: dict[str, Counter[str]] = field(default_factory=dict)


def nights(scale: float = 1.0) -> list[Row]:
    """A night in which 1 % of every school's pupils leave, join and move; and one without."""
    number = max(1, round(_SCHOOLS * scale))
    with (
        local_environment(durable=True, calls_per_second=UNPACED) as environment,
        Peers(environment) as peers,
    ):
        for nth in range(2, _WORKERS + 1):
            environment.processes.start_another("importer-worker", f"importer-worker-{nth}")
        schools = make_schools(peers, number, _PUPILS)
        import_all(_reader(environment), schools.values())
        reports = {brin: _next_week(peers, brin) for brin in schools}
        changed = _night(peers, schools, "changed")
        for brin, report in reports.items():
            _check_changes(brin, changed.found[brin], report)
        _check_rosters(peers, schools)
        same = _night(peers, schools, "unchanged")
        for brin, found in same.found.items():
            _insist(not found, brin, f"changes were found where nothing changed: {found}")
        _check_rosters(peers, schools)
    title = f"{number:,} schools x {_PUPILS:,} pupils"
    return [
        *_rows(f"{title}, 1 % changed", changed, _CHANGED_SECONDS * number / _SCHOOLS),
        *_rows(f"{title}, nothing changed", same, _UNCHANGED_SECONDS * number / _SCHOOLS),
    ]


def _rows(title: str, night: Night, goal: float) -> list[Row]:
    used = sorted(night.used.items(), key=lambda item: -item[1])
    return [
        Row(title, night.seconds, "s", goal, at_least=False),
        *(Row(f"  processor: {name}", seconds, "s") for name, seconds in used if seconds > 0),
        Row("  calls to Somtoday", night.calls, "calls"),
        Row(f"  those calls at the pace of {_PACE} a second", night.calls / _PACE, "s"),
    ]


def _reader(environment: Environment) -> Reader:
    key = create_api_key(
        environment.databases.owner, name="bench", scopes=["roster:read"], product="numo"
    )
    return Reader(environment.connector, asyncio.run(key), environment.databases.owner)


def _next_week(peers: Peers, brin: str) -> dict[str, Any]:
    return dict(answer_of(peers.sandbox.post(f"/sandbox/schools/{brin}/next-week")))


def _night(peers: Peers, schools: dict[str, UUID], name: str) -> Night:
    night = Night()
    peers.sandbox.delete("/sandbox/calls")
    with counted(peers.environment) as used:
        began = time.perf_counter()
        asyncio.run(_import_everyone(peers.environment, schools, night, name))
        night.seconds = time.perf_counter() - began
    night.used = used
    night.calls = int(answer_of(peers.sandbox.get("/sandbox/calls"))["count"])
    return night


class _Schedule:
    """Starts imports and applies them, as whoever keeps a schedule would: a few at a time."""

    def __init__(self, environment: Environment, owner: psycopg.AsyncConnection[Any]) -> None:
        settings = ImporterSettings.model_validate(
            {
                **environment.processes.settings_of("importer-worker", "IMPORTER_"),
                "connector_api_key": SecretStr("not used here"),
            }
        )
        self._seconds = settings.lease_seconds
        self._database = Database(settings.database_url, _AT_ONCE)
        self._queue = JobQueue(settings, "importer")
        self._owner = owner
        self._waiting: dict[UUID, asyncio.Future[tuple[Any, ...]]] = {}

    async def close(self) -> None:
        await self._queue.close()
        await self._database.close()

    async def watch(self) -> None:
        """Tell whoever waits for an import that it rests."""
        while True:
            rows = await self._owner.execute(_STATES, [list(self._waiting)])
            async for row in rows:
                if row[1] not in {"requested", "fetching", "applying"}:
                    self._waiting.pop(row[0]).set_result(row)
            await asyncio.sleep(_POLL_SECONDS)

    async def bring(self, school_id: UUID) -> dict[str, Any]:
        """Import one school to its end; what its plan said."""
        order = ImportOrder(school_id, "schedule")
        run = await start_import(self._database, self._queue, self._seconds, order)
        _, state, digest, summary, problem = await self._rested(run.id)
        if state != "planned":
            # Nothing changed, so there was nothing to plan.
            _insist(problem is None, str(school_id), f"the import became {state}: {problem}")
            return dict(summary or {})
        everything = NewChoice(add=True, update=True, archive=True)
        await choose_changes(self._database, school_id, run.id, everything)
        verder = Verder(run.id, digest)
        await request_apply(self._database, self._queue, self._seconds, order, verder)
        state = (await self._rested(run.id))[1]
        _insist(state == "applied", str(school_id), f"the plan became {state}")
        return dict(summary)

    async def _rested(self, run_id: UUID) -> tuple[Any, ...]:
        self._waiting[run_id] = asyncio.get_running_loop().create_future()
        return await self._waiting[run_id]


async def _import_everyone(
    environment: Environment, schools: dict[str, UUID], night: Night, name: str
) -> None:
    url = environment.databases.owner
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as owner:
        schedule = _Schedule(environment, owner)
        watching = asyncio.create_task(schedule.watch())
        left = iter(schools.items())

        async def some() -> None:
            for brin, school_id in left:
                summary = await schedule.bring(school_id)
                night.found[brin] = _counts(summary)
                if len(night.found) % 50 == 0:
                    print(f"{name}: {len(night.found)} of {len(schools)} schools", flush=True)

        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(some())
        watching.cancel()
        await schedule.close()


def _counts(summary: dict[str, dict[str, int]]) -> Counter[str]:
    found = {
        f"{kind} {action}": number
        for kind, actions in summary.items()
        for action, number in actions.items()
        if number
    }
    return Counter(found)


def _check_changes(brin: str, found: Counter[str], report: dict[str, Any]) -> None:
    """The plan says of everybody what the sandbox says that it changed."""
    other_year = [one for one in report["moved"] if one["from"][:-1] != one["to"][:-1]]
    expected = {
        "pupils add": len(report["joined"]),
        "pupils update": len(report["renamed"]) + len(other_year),
        "pupils archive": len(report["left"]),
        "employees add": len(report["teachers_joined"]),
        "employees archive": len(report["teachers_left"]),
        "groups add": len(report["lesgroepen_new"]),
    }
    people = {name: found[name] for name in expected}
    _insist(people == expected, brin, f"found {dict(found)}, expected {expected}")


def _check_rosters(peers: Peers, schools: dict[str, UUID]) -> None:
    """Every pupil is there, in the class of the sandbox's own export, and nobody else is."""
    with psycopg.connect(peers.environment.databases.owner, autocommit=True) as owner:
        for brin, school_id in schools.items():
            export = peers.sandbox.get(f"/sandbox/schools/{brin}/export.csv").content
            held = owner.execute(_ROSTER, [school_id, school_id]).fetchall()
            _insist(sorted(_pupils(export)) == sorted(_texts(held)), brin, "the rosters differ")


def _pupils(export: bytes) -> Iterator[tuple[str, ...]]:
    names = ("leerlingnummer", "roepnaam", "tussenvoegsel", "achternaam", "klas")
    for row in csv.DictReader(io.StringIO(export.decode("utf-8-sig")), delimiter=";"):
        if row["rol"] == "leerling":
            yield tuple(row[name] for name in names)


def _texts(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[str, ...]]:
    return (tuple(value or "" for value in row) for row in rows)


def _insist(holds: bool, brin: str, message: str) -> None:  # noqa: FBT001 - reads as it is meant
    if not holds:
        msg = f"school {brin}: {message}"
        raise RuntimeError(msg)
