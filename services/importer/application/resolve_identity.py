"""Match a login to exactly one person: first the school, then only among its people."""

from dataclasses import dataclass
from uuid import UUID

from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.identity import Found, Login, Resolution, resolve
from services.importer.store.audit import write_audit
from services.importer.store.identities import find_candidates, has_roster, schools_of_brin
from shared.database import Database
from shared.ids import normalise_brin

_BRIN_LENGTH = 4


@dataclass(frozen=True)
class Resolved:
    """What came of a login; the school as soon as that is known."""

    found: Found
    school_id: UUID | None = None


async def resolve_identity(
    database: Database, caller: str, organisation: str, login: Login
) -> Resolved:
    """Whom a login is; `organisation` is a BRIN4 or BRIN6 (nlEduPersonHomeOrganizationId).

    The last two digits of a BRIN6 say where somebody goes to school this year, and decide
    nothing. Once the school is found the transaction is that school's, so that row-level
    security keeps the search inside it. Who was found is noted in the audit.
    """
    school_id = await _school(database, organisation)
    if school_id is None:
        return Resolved(Found(Resolution.SCHOOL_UNKNOWN))
    async with database.transaction(school_id) as connection:
        if not await has_roster(connection, school_id):
            return Resolved(Found(Resolution.SCHOOL_UNKNOWN))
        found = resolve(login, await find_candidates(connection, school_id, login))
        if found.person is not None:
            entry = AuditEntry(caller, AuditAction.RESOLVE, "login", (found.person.id,))
            await write_audit(connection, school_id, entry)
    return Resolved(found, school_id)


async def _school(database: Database, organisation: str) -> UUID | None:
    try:
        brin = normalise_brin(organisation.strip()[:_BRIN_LENGTH])
    except ValueError:
        return None
    async with database.transaction() as connection:
        schools = await schools_of_brin(connection, brin)
    return schools.pop() if len(schools) == 1 else None
