"""The nightly proofs of rosters, what they found, and what of it is accepted."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.reconciliation import Difference
from services.importer.store.bulk import copy_rows
from services.importer.store.leases import start_sweeping
from services.importer.store.reconciliation_tables import (
    reconciliation,
    reconciliation_difference,
    reconciliation_exception,
)
from shared.ids import new_id

_proof, _row = reconciliation.c, reconciliation_difference.c
_accepted = reconciliation_exception.c
_COLUMNS = (
    *("id", "school_id", "position", "fingerprint", "source", "cause", "kind", "action"),
    *("reason", "role", "subject_id", "person_id", "group_id", "candidate_ids", "label"),
    *("before", "after"),
)
_UNPROVEN = text("""
    SELECT school_id FROM roster_version WHERE reconciled_on IS NULL OR reconciled_on < :day
""")
_NOTE_DAY = text("""
    UPDATE roster_version SET reconciled_on = :day WHERE school_id = :school_id
      AND version = :version AND (reconciled_on IS NULL OR reconciled_on < :day)
    RETURNING version
""")
# All that a proof follows from, small enough to look at each night.
_GROUND = text("""
    SELECT v.version AS roster_version,
        (SELECT count(*) FROM person WHERE school_id = :school_id) AS people,
        (SELECT count(*) FROM roster_group WHERE school_id = :school_id) AS groups,
        (SELECT count(*) FROM membership WHERE school_id = :school_id) AS memberships,
        (SELECT coalesce(jsonb_object_agg(b.source,
            jsonb_build_array(b.digest, r.state, r.roster_version)), '{}')
         FROM source_baseline b JOIN import_run r ON r.id = b.run_id
         WHERE b.school_id = :school_id) AS sources,
        (SELECT concat(count(*), ' ', max(greatest(decided_at, revoked_at)))
         FROM match_decision WHERE school_id = :school_id) AS decisions
    FROM roster_version v WHERE v.school_id = :school_id
      AND (v.reconciled_on IS NULL OR v.reconciled_on < :day)
""")


@dataclass(frozen=True)
class Ground:
    """What a proof follows from, in numbers and digests."""

    roster_version: int
    people: int
    groups: int
    memberships: int
    sources: dict[str, list[Any]]


async def unproven_schools(connection: AsyncConnection, day: date) -> list[UUID]:
    """Schools, of all, whose roster was not compared on a day."""
    await start_sweeping(connection)
    return list((await connection.execute(_UNPROVEN, {"day": day})).scalars())


async def read_ground(connection: AsyncConnection, school_id: UUID, day: date) -> Ground | None:
    """What a proof of a day would follow from; None when there is one already."""
    facts = {"school_id": school_id, "day": day}
    row = (await connection.execute(_GROUND, facts)).mappings().one_or_none()
    if row is None:
        return None
    names = ("roster_version", "people", "groups", "memberships")
    sources = row["sources"]
    if sources:
        sources = {**sources, "decisions": [row["decisions"]]}
    return Ground(**{name: row[name] for name in names}, sources=sources)


async def note_day(
    connection: AsyncConnection, school_id: UUID, day: date, roster_version: int
) -> bool:
    """Claim a school's proof of a day; False when it is claimed, or the roster moved on.

    The version holds until the transaction ends.
    """
    facts = {"school_id": school_id, "day": day, "version": roster_version}
    return (await connection.execute(_NOTE_DAY, facts)).one_or_none() is not None


async def last_proof(connection: AsyncConnection, school_id: UUID) -> RowMapping | None:
    """The newest proof of a school."""
    statement = select(reconciliation).where(_proof.school_id == school_id)
    newest = await connection.execute(statement.order_by(_proof.id.desc()).limit(1))
    return newest.mappings().one_or_none()


async def list_proofs(
    connection: AsyncConnection, school_id: UUID, before: UUID | None, limit: int
) -> list[RowMapping]:
    """A school's proofs, newest first."""
    statement = select(reconciliation).where(_proof.school_id == school_id)
    if before is not None:
        statement = statement.where(_proof.id < before)
    rows = await connection.execute(statement.order_by(_proof.id.desc()).limit(limit))
    return list(rows.mappings())


async def add_proof(
    connection: AsyncConnection, school_id: UUID, ground: Ground, values: dict[str, Any]
) -> None:
    """Write a proof."""
    row = {"id": new_id(), "school_id": school_id, **asdict(ground), **values}
    await connection.execute(insert(reconciliation).values(row))


async def put_differences(
    connection: AsyncConnection, school_id: UUID, differences: Iterable[Difference]
) -> None:
    """Put what a proof found in the place of what the one before found."""
    mine = _row.school_id == school_id
    await connection.execute(delete(reconciliation_difference).where(mine))
    rows = (
        (new_id(), school_id, position, *_facts(one)) for position, one in enumerate(differences)
    )
    await copy_rows(connection, reconciliation_difference, _COLUMNS, rows)


def _facts(difference: Difference) -> Sequence[Any]:
    change = difference.change
    return (
        *(difference.fingerprint, difference.source, difference.cause.value),
        *(change.kind.value, change.action.value, change.reason.value, str(change.role)),
        *(change.subject_id, change.person_id, change.group_id, list(change.candidate_ids)),
        *(change.label, json.dumps(dict(change.before)), json.dumps(dict(change.after))),
    )


async def count_causes(
    connection: AsyncConnection, school_id: UUID, day: date
) -> tuple[dict[str, int], dict[str, int]]:
    """How many differences have each cause, and how many of them are accepted on a day."""
    statement = (
        select(_row.cause, func.count(), func.count(_accepted.fingerprint))
        .select_from(reconciliation_difference)
        .outerjoin(reconciliation_exception, _holds(day))
        .where(_row.school_id == school_id)
        .group_by(_row.cause)
    )
    rows = (await connection.execute(statement)).all()
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows if row[2]}


async def list_differences(
    connection: AsyncConnection,
    school_id: UUID,
    day: date,
    *,
    cause: str | None,
    after: int | None,
    limit: int,
) -> list[RowMapping]:
    """Part of what the newest proof found, each with until when it is accepted."""
    statement = (
        select(reconciliation_difference, _accepted.until, _accepted.reason.label("accepted_why"))
        .outerjoin(reconciliation_exception, _holds(day))
        .where(_row.school_id == school_id)
    )
    if cause is not None:
        statement = statement.where(_row.cause == cause)
    if after is not None:
        statement = statement.where(_row.position > after)
    rows = await connection.execute(statement.order_by(_row.position).limit(limit))
    return list(rows.mappings())


async def find_differences(
    connection: AsyncConnection, school_id: UUID, ids: Sequence[UUID]
) -> list[RowMapping]:
    """Of these differences those that there are."""
    statement = select(reconciliation_difference).where(_row.school_id == school_id)
    return list((await connection.execute(statement.where(_row.id.in_(ids)))).mappings())


async def put_exception(
    connection: AsyncConnection, school_id: UUID, values: dict[str, Any]
) -> datetime:
    """Accept a difference until a day; a later acceptance takes the place of an earlier one."""
    row = insert(reconciliation_exception).values(school_id=school_id, **values)
    put = row.on_conflict_do_update(
        index_elements=["school_id", "fingerprint"], set_={**values, "accepted_at": func.now()}
    )
    at: datetime = (await connection.execute(put.returning(_accepted.accepted_at))).scalar_one()
    return at


def _holds(day: date) -> Any:  # noqa: ANN401 - a condition of SQL
    return and_(
        _accepted.school_id == _row.school_id,
        _accepted.fingerprint == _row.fingerprint,
        _accepted.until >= day,
    )
