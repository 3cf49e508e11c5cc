"""One night of a country: every school's import to its end, a few at a time.

As the importer's schedule does it, but for two things. A schedule spreads schools over hours, so
that a night through it would measure its window. And it archives only who was absent twice, twelve
hours apart: here what a plan proposes is applied in the same night, so that the roster can be
compared with Somtoday's.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from pydantic import SecretStr

from benchmarks.cpu_time import counted
from deploy.demo.peers import Peers, answer_of
from deploy.local.environment import Environment
from services.importer.application.choose_changes import NewChoice, choose_changes
from services.importer.application.request_apply import Verder, request_apply
from services.importer.application.start_import import ImportOrder, start_import
from services.importer.settings import ImporterSettings
from shared.database import Database
from shared.queue import JobQueue

# As a schedule spreads them: so many under way at once, and the next when one is done.
_AT_ONCE = 12
_POLL_SECONDS = 0.1
_SHOWN_EVERY = 50
_STATES = "SELECT id, state, digest, summary, problem FROM import_run WHERE id = ANY(%s)"


@dataclass
class Night:
    """What a night took, and what each school's plan said, by BRIN."""

    name: str
    seconds: float = 0.0
    calls: int = 0
    used: dict[str, float] = field(default_factory=dict)
    found: dict[str, Counter[str]] = field(default_factory=dict)


def spend_night(peers: Peers, schools: Mapping[str, UUID], name: str) -> Night:
    """Import every school once, and tell how long all of them took."""
    night = Night(name)
    peers.sandbox.delete("/sandbox/calls")
    with counted(peers.environment) as used:
        began = time.perf_counter()
        asyncio.run(_import_everyone(peers.environment, schools, night))
        night.seconds = time.perf_counter() - began
    night.used = used
    night.calls = int(answer_of(peers.sandbox.get("/sandbox/calls"))["count"])
    print(f"the night {name}: {night.seconds:.1f} s for {len(schools)} schools", flush=True)
    return night


def insist(holds: bool, brin: str, message: str) -> None:  # noqa: FBT001 - reads as it is meant
    """Raise when something does not hold of a school: then no number is worth anything."""
    if not holds:
        msg = f"school {brin}: {message}"
        raise RuntimeError(msg)


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
            insist(problem is None, str(school_id), f"the import became {state}: {problem}")
            return dict(summary or {})
        everything = NewChoice(add=True, update=True, archive=True)
        await choose_changes(self._database, school_id, run.id, everything)
        verder = Verder(run.id, digest)
        await request_apply(self._database, self._queue, self._seconds, order, verder)
        state = (await self._rested(run.id))[1]
        insist(state == "applied", str(school_id), f"the plan became {state}")
        return dict(summary)

    async def _rested(self, run_id: UUID) -> tuple[Any, ...]:
        self._waiting[run_id] = asyncio.get_running_loop().create_future()
        return await self._waiting[run_id]


async def _import_everyone(
    environment: Environment, schools: Mapping[str, UUID], night: Night
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
                if len(night.found) % _SHOWN_EVERY == 0:
                    print(f"{night.name}: {len(night.found)} of {len(schools)}", flush=True)

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
