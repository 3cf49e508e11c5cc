"""Whom the keys of a login name: one look through the people of one school.

No index serves it: row-level security lets only leakproof functions choose an index (PostgreSQL
manual, 5.9), and lower() is none. A school of two thousand is read in about a millisecond.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.identity import Candidate, Login
from shared.roster.document import PersonRole

_SCHOOLS = text("SELECT school_id, is_own FROM school_of_brin WHERE brin = :brin")
_IS_KNOWN = text("SELECT FROM roster_version WHERE school_id = :school_id")
# The keys of who was merged are those of who they turned out to be.
_COLUMNS = """coalesce(merged_into, id) AS id, role, eck_id, real_id, pupil_number,
    merged_into IS NOT NULL AS is_led,
    coalesce((SELECT s.state FROM person s WHERE s.id = person.merged_into), state) AS state"""
_WHERE = {
    "eck_id": "lower(eck_id) = lower(:eck_id)",
    "real_id": "lower(real_id) = lower(:real_id)",
    # Somtoday has 123 where Magister has 00123.
    "pupil_number": "role = 'pupil' AND ltrim(pupil_number, '0') = ltrim(:pupil_number, '0')",
}


async def schools_of_brin(connection: AsyncConnection, brin: str) -> set[UUID]:
    """Whose BRIN4 it is; where it is a school's own, that school alone."""
    rows = list(await connection.execute(_SCHOOLS, {"brin": brin}))
    own = {row.school_id for row in rows if row.is_own}
    return own or {row.school_id for row in rows}


async def has_roster(connection: AsyncConnection, school_id: UUID) -> bool:
    """Whether Numo ever read this school's roster."""
    found = await connection.execute(_IS_KNOWN, {"school_id": school_id})
    return found.one_or_none() is not None


async def find_candidates(
    connection: AsyncConnection, school_id: UUID, login: Login
) -> list[Candidate]:
    """Everybody of the school whom a key of the login names."""
    keys = {name: getattr(login, name) for name in _WHERE}
    given = {name: value.strip() for name, value in keys.items() if value}
    if not given:
        return []
    named = " OR ".join(f"({_WHERE[name]})" for name in given)
    statement = (
        f"SELECT {_COLUMNS} FROM person "  # noqa: S608 - only constants of this file
        f"WHERE school_id = :school_id AND state <> 'erased' AND ({named})"
    )
    rows = await connection.execute(text(statement), {"school_id": school_id, **given})
    return [
        Candidate(
            row.id,
            PersonRole(row.role),
            row.state == "active",
            row.eck_id,
            row.real_id,
            row.pupil_number,
            row.is_led,
        )
        for row in rows
    ]
