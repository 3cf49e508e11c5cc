"""What each source of a school said last, kept to prove the roster by."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.change import Action
from services.importer.domain.reconciliation import Cause, Write
from services.importer.domain.run import RunState, Source
from services.importer.store.baseline_content import Content, Erased, said_of, without
from services.importer.store.reconciliation_tables import reconciliation_difference, source_baseline
from services.importer.store.run_table import import_run

_kept = source_baseline.c
_run = import_run.c
# By the roster's version, not by a clock: a plan that was made later was made from a later one.
_IMPORTED = text("""
    SELECT c.subject_id, r.source, c.action, c.after - c.kept AS fields, r.applied_at AS at,
        r.id = :run_id AS is_own
    FROM import_run r JOIN import_change c ON c.run_id = r.id
    WHERE r.school_id = :school_id AND r.state = 'applied' AND r.roster_version >= :version
      AND c.outcome = 'applied' AND c.subject_id = ANY(:ids)
""")
_SKIPPED = text("""
    SELECT subject_id FROM import_change
    WHERE run_id = :run_id AND outcome = 'skipped' AND subject_id = ANY(:ids)
""")
_BY_HAND = text("""
    SELECT h.person_id, h.field, h.after, h.changed_at AS at
    FROM hand_change h JOIN person p ON p.id = h.person_id
    WHERE h.school_id = :school_id AND h.person_id = ANY(:ids) AND NOT h.released
      AND (h.changed_at >= :planned_at OR h.field = ANY(p.held_fields))
    ORDER BY h.id
""")
# As `baseline_content` writes the keys of a record.
_KEYS = text("""
    SELECT k.name || ':' || lower(k.value)
    FROM person p CROSS JOIN LATERAL (VALUES
        ('key', p.source_key), ('eck_id', p.eck_id), ('real_id', p.real_id),
        (p.role, ltrim(CASE p.role WHEN 'pupil' THEN p.pupil_number ELSE p.employee_code END, '0')))
        AS k (name, value)
    WHERE p.id = ANY(:ids) AND k.value <> ''
""")
_CAUSES = {Source.UNDO: Cause.UNDONE, Source.SOMTODAY: Cause.OTHER_SOURCE}
_CAUSES[Source.CSV] = Cause.OTHER_SOURCE
_WAITING = {RunState.REQUESTED, RunState.FETCHING, RunState.PLANNED, RunState.APPLYING}


@dataclass(frozen=True)
class Baseline:
    """What a source said last, and the run that heard it."""

    source: str
    run_id: UUID
    said_at: datetime
    planned_at: datetime
    digest: str
    content: bytes
    state: RunState
    roster_version: int

    @property
    def unapplied(self) -> Cause:
        """Why what its plan offered and did not write was not written."""
        if self.state is RunState.APPLIED:
            return Cause.LEFT_OUT
        return Cause.WAITING if self.state in _WAITING else Cause.NOT_APPLIED


async def keep_baseline(
    connection: AsyncConnection,
    school_id: UUID,
    source: Source,
    run_id: UUID,
    *,
    said_at: datetime,
    planned_at: datetime,
    content: Content,
) -> None:
    """Put what a source says now in the place of what it said; the same is not written again."""
    values = {"run_id": run_id, "said_at": said_at, "planned_at": planned_at}
    mine = (_kept.school_id == school_id, _kept.source == source)
    same = update(source_baseline).where(*mine, _kept.digest == content.digest).values(**values)
    if (await connection.execute(same)).rowcount:
        return
    values |= {"digest": content.digest, "content": content.packed}
    row = insert(source_baseline).values(school_id=school_id, source=source, **values)
    await connection.execute(
        row.on_conflict_do_update(index_elements=["school_id", "source"], set_=values)
    )


async def read_baselines(connection: AsyncConnection, school_id: UUID) -> list[Baseline]:
    """What each source of a school said last, the newest first."""
    columns = [
        *(_kept.source, _kept.run_id, _kept.said_at, _kept.planned_at, _kept.digest),
        *(_kept.content, _run.state, _run.roster_version),
    ]
    statement = select(*columns).join(import_run, _run.id == _kept.run_id)
    rows = await connection.execute(
        statement.where(_kept.school_id == school_id).order_by(_kept.said_at.desc())
    )
    return [
        Baseline(**{**row, "content": bytes(row["content"]), "state": RunState(row["state"])})
        for row in rows.mappings()
    ]


async def read_writes(
    connection: AsyncConnection, school_id: UUID, baseline: Baseline, ids: Sequence[UUID]
) -> list[Write]:
    """What was recorded of these rows since a baseline's plan was made, oldest first."""
    facts = {"school_id": school_id, "ids": list(ids)}
    since = {"run_id": baseline.run_id, "version": baseline.roster_version}
    found: list[tuple[datetime, Write]] = []
    for row in (await connection.execute(_IMPORTED, {**facts, **since})).mappings():
        cause = None if row["is_own"] else _CAUSES.get(row["source"], Cause.BY_PLAN)
        write = Write(row["subject_id"], cause, Action(row["action"]), row["fields"])
        found.append((row["at"], write))
    by_hand = {**facts, "planned_at": baseline.planned_at}
    for row in (await connection.execute(_BY_HAND, by_hand)).mappings():
        write = Write(row["person_id"], Cause.BY_HAND, None, {row["field"]: row["after"]})
        found.append((row["at"], write))
    return [write for _, write in sorted(found, key=lambda one: one[0])]


async def read_skipped(
    connection: AsyncConnection, baseline: Baseline, ids: Sequence[UUID]
) -> frozenset[UUID]:
    """Of these rows those whose change was chosen and could not be applied."""
    facts = {"run_id": baseline.run_id, "ids": list(ids)}
    return frozenset((await connection.execute(_SKIPPED, facts)).scalars())


async def remove_baseline(connection: AsyncConnection, school_id: UUID, source: Source) -> None:
    """Forget what a source said, and how the roster differs from it."""
    for table in (source_baseline, reconciliation_difference):
        mine = (table.c.school_id == school_id, table.c.source == source)
        await connection.execute(delete(table).where(*mine))


async def said_of_people(
    connection: AsyncConnection, school_id: UUID, ids: Sequence[UUID]
) -> list[dict[str, Any]]:
    """What each source of the school said last of these people: source, moment and fields."""
    keys = set((await connection.execute(_KEYS, {"ids": list(ids)})).scalars())
    columns = (_kept.source, _kept.said_at, _kept.content)
    rows = await connection.execute(select(*columns).where(_kept.school_id == school_id))
    return [
        {"source": source, "said_at": said_at, "fields": fields}
        for source, said_at, content in rows.all()
        for fields in await asyncio.to_thread(said_of, bytes(content), keys)
    ]


async def erase_from_baselines(
    connection: AsyncConnection, school_id: UUID, ids: Sequence[UUID]
) -> None:
    """Take people out of what the school's sources said; they still have their keys."""
    statement = select(_kept.source, _kept.content).where(_kept.school_id == school_id)
    baselines = (await connection.execute(statement.with_for_update())).all()
    if not baselines:
        return
    keys = frozenset((await connection.execute(_KEYS, {"ids": list(ids)})).scalars())
    for source, content in baselines:
        erased = Erased(keys, frozenset(ids))
        left = await asyncio.to_thread(without, bytes(content), erased)
        if left is not None:
            mine = (_kept.school_id == school_id, _kept.source == source)
            values = {"digest": left.digest, "content": left.packed}
            await connection.execute(update(source_baseline).where(*mine).values(**values))
