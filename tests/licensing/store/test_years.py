"""What the function does with starts that no caller may send any more, or in two schooljaren."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.licensing.domain.start import (
    ActivityKind,
    Caller,
    KeyedStart,
    Start,
    UseOutcome,
    UseRecord,
)
from services.licensing.store.uses import record_starts
from shared.clock import AMSTERDAM
from shared.database import Database
from tests.licensing.conftest import PRODUCT, School

Make = Callable[[int], Awaitable[School]]
JULY = datetime(2026, 7, 31, 21, 59, 59, 999000, tzinfo=UTC)
AUGUST = datetime(2026, 7, 31, 22, 0, tzinfo=UTC)


async def _record(
    database: Database, school: School, pupil: UUID, moment: datetime, *, late: timedelta
) -> UseRecord:
    start = Start(pupil, PRODUCT, ActivityKind.OEFENING, "a", moment)
    keyed = KeyedStart(start, start.key(None), Caller(school.id))
    found = await record_starts(database, [keyed], waits=True, moment=moment + late)
    return found[0]


@pytest.mark.parametrize("zone", [UTC, AMSTERDAM])
async def test_each_schooljaar_has_a_license_of_its_own(
    school_with: Make, licensing: Database, zone: object
) -> None:
    school = await school_with(0)
    pupil = await school.person()
    for year in ("2025/2026", "2026-2027"):
        assert (await school.grant(1, schooljaar=year)).status_code == 201
    turn = [moment.astimezone(zone) for moment in (JULY, AUGUST)]  # type: ignore[arg-type]
    old, new = [
        await _record(licensing, school, pupil, moment, late=timedelta()) for moment in turn
    ]
    assert (old.license_used_now, new.license_used_now) == (True, True)
    assert old.license_id != new.license_id
    assert (await school.pool("2025-2026"))["left"] == 0
    assert (await school.pool("2026-2027"))["left"] == 0


async def test_a_repeat_gets_its_first_answer_however_late_it_comes(
    school_with: Make, licensing: Database
) -> None:
    school = await school_with(0)
    pupil, other = await school.person(), await school.person()
    await school.grant(5, schooljaar="2025-2026")
    first = await _record(licensing, school, pupil, JULY, late=timedelta(days=31))
    years = timedelta(days=700)
    assert await _record(licensing, school, pupil, JULY, late=years) == first
    late = await _record(licensing, school, other, JULY, late=years)
    assert late.outcome is UseOutcome.IMPLAUSIBLE
    assert (await school.pool("2025-2026"))["used"] == 1
