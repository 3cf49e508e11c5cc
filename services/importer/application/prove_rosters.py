"""Each night a proof per school: its roster is what its sources said last, but for what is known.

A night on which nothing changed costs a look at a few numbers: the earlier proof still stands.
"""

import hashlib
import json
import random
import time
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.compare_sources import compare_sources
from services.importer.domain.reconciliation import Difference, Verdict, verdict_of
from services.importer.store.reconciliations import (
    Ground,
    add_proof,
    count_causes,
    last_proof,
    note_day,
    put_differences,
    read_ground,
    unproven_schools,
)
from shared.database import Database
from shared.errors.nameless import NamelessError
from shared.telemetry import get_logger

# Shorter than a minute: the next look goes on, so that no worker holds a whole country's night.
_WORK_SECONDS = 50.0


async def prove_rosters(database: Database, day: date) -> None:
    """Prove every roster that was not proven on a day, as many as fit in most of a minute.

    Can be killed anywhere and run again, and by several workers at once: the day is noted in the
    transaction that writes the proof. Each worker goes its own way through the schools.
    """
    until = time.monotonic() + _WORK_SECONDS
    async with database.transaction() as connection:
        schools = await unproven_schools(connection, day)
    random.shuffle(schools)
    for school_id in schools:
        if time.monotonic() > until:
            return
        try:
            await prove_roster(database, school_id, day)
        except Exception as error:  # noqa: BLE001 - of one school; the others are proven
            told = str(NamelessError(error))
            get_logger().error("roster_not_proven", school=str(school_id), error=told)


async def prove_roster(database: Database, school_id: UUID, day: date) -> None:
    """Prove one roster once on a day; one that changes meanwhile is left to the next look."""
    async with database.transaction(school_id) as connection:
        ground = await read_ground(connection, school_id, day)
        if ground is None:
            return
        last = await last_proof(connection, school_id)
        if last is not None and _still_stands(last, ground):
            if await note_day(connection, school_id, day, ground.roster_version):
                stands_on = last["stands_on"] or last["id"]
                facts = {"stands_on": stands_on, "digest": last["digest"]}
                await _write(connection, school_id, day, ground, facts)
            return
    compared = await compare_sources(partial(database.transaction, school_id), school_id)
    async with database.transaction(school_id) as connection:
        if await read_ground(connection, school_id, day) != ground:
            return
        if not await note_day(connection, school_id, day, compared.roster.version):
            return
        await put_differences(connection, school_id, compared.differences)
        facts = {"digest": _digest(ground, compared.differences)}
        await _write(connection, school_id, day, ground, facts)


def _still_stands(last: RowMapping, ground: Ground) -> bool:
    names = ("roster_version", "people", "groups", "memberships", "sources")
    return all(last[name] == getattr(ground, name) for name in names)


async def _write(
    connection: AsyncConnection, school_id: UUID, day: date, ground: Ground, facts: dict[str, Any]
) -> None:
    causes, accepted = await count_causes(connection, school_id, day)
    verdict = verdict_of(causes, accepted, sources=len(ground.sources))
    counts = {"causes": causes, "accepted": sum(accepted.values()), "verdict": verdict}
    await add_proof(connection, school_id, ground, {**facts, **counts, "day": day})
    tell = get_logger().warning if verdict is Verdict.DIFFERS else get_logger().debug
    tell("roster_proven", school=str(school_id), verdict=verdict.value)


def _digest(ground: Ground, differences: list[Difference]) -> str:
    facts = [
        ground.roster_version,
        sorted(ground.sources.items()),
        sorted((one.fingerprint, one.cause) for one in differences),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
