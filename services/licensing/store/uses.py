"""Record a start: one call of the database function that holds the whole rule."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.domain.start import Start, UseOutcome, UseRecord
from shared.ids import new_id

# How a repeat that runs at the same moment shows itself; asked again, it finds the first answer.
KEY_CONSTRAINT = "uq_license_use_school_id_person_id_idempotency_key"
_USE = text("""
    SELECT outcome, use_id, license, used_now, licenses_left FROM use_license(
        :school_id, :license_product, :schooljaar, :person_id, :activity_kind, :activity_id,
        :started_at, :key, :fingerprint, :is_plausible, :use_id, :license_id, :entry_id)
""")


async def record_use(
    connection: AsyncConnection, school_id: UUID, start: Start, key: str, *, is_plausible: bool
) -> UseRecord:
    """Record a start in the transaction's school, or find what was recorded under its key.

    A start that is not plausible is only looked up: its first answer stays its answer for ever.

    Raises:
        sqlalchemy.exc.IntegrityError: on KEY_CONSTRAINT, when the same start is recorded by
            another transaction at this moment.

    """
    facts = {
        "school_id": school_id,
        "license_product": start.license_product,
        "schooljaar": str(start.schooljaar),
        "person_id": start.person_id,
        "activity_kind": start.activity_kind.value,
        "activity_id": start.activity_id,
        "started_at": start.started_at,
        "key": key,
        "fingerprint": start.fingerprint,
        "is_plausible": is_plausible,
        "use_id": new_id(),
        "license_id": new_id(),
        "entry_id": new_id(),
    }
    row = (await connection.execute(_USE, facts)).one()
    return UseRecord(UseOutcome(row[0]), row[1], row[2], row[3], row[4])
