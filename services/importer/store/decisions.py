"""What a school decided of ambiguous matches."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.change import ChangeKind
from services.importer.domain.decisions import Decision, Verdict
from services.importer.store.plan_tables import match_decision
from services.importer.store.roster_tables import bare_number_of, person, roster_group
from shared.clock import now
from shared.ids import new_id

_held = match_decision.c
_HOLDS = text("revoked_at IS NULL")
# Also by how a source may have named these people, as `source_identity` of the domain writes it.
ON_PEOPLE = f"""
    school_id = :school_id AND (person_id = ANY(:ids) OR source_identity IN (
    SELECT concat_ws(':', p.role, k.name, lower(k.value))
    FROM person p CROSS JOIN LATERAL (VALUES
        ('key', p.source_key), ('eck_id', p.eck_id), ('real_id', p.real_id),
        ('number', CASE p.role WHEN 'pupil' THEN {bare_number_of("p.pupil_number")}
            ELSE p.employee_code END)) AS k (name, value)
    WHERE p.id = ANY(:ids) AND k.value IS NOT NULL))
"""  # noqa: S608 - only a constant
# Who was left out is in no other table: their names and keys would stay for ever.
_ABOUT_NOBODY = text("""
    SELECT id, source_identity FROM match_decision
    WHERE school_id = :school_id AND person_id IS NULL AND group_id IS NULL
      AND split_part(source_identity, ':', 1) IN ('pupil', 'employee')
      AND greatest(decided_at, revoked_at, last_met_at) < :before
""")
_IDS_ON_PEOPLE = text(f"SELECT id FROM match_decision WHERE {ON_PEOPLE}")  # noqa: S608
_FORGET = text("""
    UPDATE match_decision SET label = '', source_identity = 'erased:' || id,
        revoked_by = coalesce(revoked_by, :caller), revoked_at = coalesce(revoked_at, :now)
    WHERE id = ANY(:ids)
""")
# Once a day, so that a school that imports often does not write the same again and again.
_MET = text("""
    UPDATE match_decision SET last_met_at = :now
    WHERE school_id = :school_id AND source_identity = ANY(:met) AND revoked_at IS NULL
      AND last_met_at < CAST(:now AS timestamptz) - interval '1 day'
""")
_ROWS = {ChangeKind.PERSON: person, ChangeKind.GROUP: roster_group}
_SUBJECTS = {ChangeKind.PERSON: "person_id", ChangeKind.GROUP: "group_id"}


async def read_decisions(connection: AsyncConnection, school_id: UUID) -> dict[str, Decision]:
    """Every decision that holds, by the source's identity."""
    wanted = (_held.school_id == school_id, _held.revoked_at.is_(None))
    subject = func.coalesce(_held.person_id, _held.group_id)
    columns = (_held.source_identity, _held.verdict, subject, _held.label)
    rows = await connection.execute(select(*columns).where(*wanted))
    return {row[0]: Decision(Verdict(row[1]), row[2], row[3]) for row in rows}


async def put_decision(
    connection: AsyncConnection,
    school_id: UUID,
    *,
    kind: ChangeKind,
    identity: str,
    decision: Decision,
    label: str,
    caller: str,
) -> None:
    """Remember a decision on a person or group; an earlier one on that identity gives way."""
    values = {
        "verdict": decision.verdict,
        **dict.fromkeys(_SUBJECTS.values()),
        _SUBJECTS[kind]: decision.subject_id,
        "label": label,
        "decided_by": caller,
        "decided_at": now(),
        "last_met_at": now(),
    }
    row = {"id": new_id(), "school_id": school_id, "source_identity": identity, **values}
    statement = insert(match_decision).values(row)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["school_id", "source_identity"], index_where=_HOLDS, set_=values
        )
    )


async def list_decisions(
    connection: AsyncConnection, school_id: UUID, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The decisions that hold, newest first."""
    wanted = [_held.school_id == school_id, _held.revoked_at.is_(None)]
    if before is not None:
        wanted.append(_held.id < before)
    statement = select(match_decision).where(*wanted).order_by(_held.id.desc()).limit(limit)
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def revoke_decision(
    connection: AsyncConnection, school_id: UUID, decision_id: UUID, caller: str
) -> bool:
    """Take a decision back; False when none such holds."""
    wanted = (
        _held.id == decision_id,
        _held.school_id == school_id,
        _held.revoked_at.is_(None),
    )
    statement = update(match_decision).where(*wanted)
    done = await connection.execute(statement.values(revoked_by=caller, revoked_at=now()))
    return done.rowcount == 1


async def decisions_without_row(
    connection: AsyncConnection, school_id: UUID, before: datetime
) -> dict[UUID, str]:
    """How the source named whom a decision made nobody of, by the decision's id.

    Of those that were changed or met by an import last before a moment, and still name somebody.
    """
    rows = await connection.execute(_ABOUT_NOBODY, {"school_id": school_id, "before": before})
    return {row[0]: row[1] for row in rows}


async def decisions_on_people(
    connection: AsyncConnection, school_id: UUID, ids: Collection[UUID]
) -> list[UUID]:
    """The decisions on these people, also those that left them out; they still have their keys."""
    facts = {"school_id": school_id, "ids": list(ids)}
    return list((await connection.execute(_IDS_ON_PEOPLE, facts)).scalars())


async def forget_decisions(
    connection: AsyncConnection, ids: Collection[UUID], caller: str, moment: datetime
) -> None:
    """Take out of decisions whom they name, and let them hold no more.

    That it was decided, and by whom, stays.
    """
    facts = {"ids": list(ids), "caller": caller, "now": moment}
    await connection.execute(_FORGET, facts)


async def note_met(
    connection: AsyncConnection, school_id: UUID, met: Collection[str], moment: datetime
) -> None:
    """Note that a source names these: who is left out stays so for as long as any does."""
    if met:
        facts = {"school_id": school_id, "met": list(met), "now": moment}
        await connection.execute(_MET, facts)


async def taken_back_since(
    connection: AsyncConnection, school_id: UUID, moment: datetime
) -> frozenset[str]:
    """Of whom, as the source names them, a decision was taken back at a moment or later."""
    wanted = (_held.school_id == school_id, _held.revoked_at >= moment)
    rows = await connection.execute(select(_held.source_identity).where(*wanted))
    return frozenset(rows.scalars())


async def key_is_held(
    connection: AsyncConnection, school_id: UUID, kind: ChangeKind, key: str
) -> bool:
    """Whether somebody, or some group, in Numo has this key of the source."""
    row = _ROWS[kind].c
    wanted = (row.school_id == school_id, row.source_key == key)
    return (await connection.execute(select(row.id).where(*wanted))).first() is not None
