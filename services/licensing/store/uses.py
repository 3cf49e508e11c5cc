"""Record starts: one call of the database function that holds the whole rule."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.licensing.domain.start import KeyedStart, UseOutcome, UseRecord
from shared.database import Database
from shared.ids import new_id

# How a repeat that runs at the same moment shows itself; asked again, it finds the first answer.
KEY_CONSTRAINT = "pk_license_answer"
_START = """
    SELECT outcome, use_id, license_id, license_product, used_now, licenses_left
    FROM start_license_uses(%s, %s) ORDER BY place
"""


async def record_starts(
    database: Database, starts: Sequence[KeyedStart], *, waits: bool, moment: datetime
) -> list[UseRecord]:
    """Record starts of any schools, or find what was recorded under their keys; all or nothing.

    The records come in the order of the starts, no two of which may have one scope. A start that
    is not plausible at `moment` is only looked up: its first answer stays its answer for ever.
    Without `waits` no start waits for a pool that somebody else draws on: its record says so.

    Raises:
        psycopg.errors.UniqueViolation: of KEY_CONSTRAINT, when one of the starts is recorded by
            another transaction at this moment.
        psycopg.OperationalError: the database is away, or a lock was not had in time.

    """
    rows = [_row(place, keyed, moment) for place, keyed in enumerate(starts)]
    found = await database.run_alone(_START, (json.dumps(rows), waits))
    return [UseRecord(UseOutcome(row[0]), *row[1:]) for row in found]


def _row(place: int, keyed: KeyedStart, moment: datetime) -> dict[str, Any]:
    start = keyed.start
    return {
        "place": place,
        "school_id": str(keyed.caller.school_id),
        "only_product": keyed.caller.only_product,
        "person_id": str(start.person_id),
        "license_product": start.license_product,
        "product": start.product,
        "leergebied": start.leergebied,
        "schooljaar": str(start.schooljaar),
        "activity_kind": start.activity_kind.value,
        "activity_id": start.activity_id,
        "started_at": start.started_at.isoformat(),
        "key": keyed.key,
        "fingerprint": start.fingerprint.hex(),
        "is_plausible": start.is_plausible(moment),
        "use_id": str(new_id()),
        "license_id": str(new_id()),
        "entry_id": str(new_id()),
    }
