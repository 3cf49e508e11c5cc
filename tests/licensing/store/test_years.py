"""What the function does with starts that no caller may send any more, or in two schooljaren."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import SecretStr

from services.licensing.domain.start import ActivityKind, Start, UseOutcome, UseRecord
from services.licensing.store.uses import record_use
from shared.database import Database
from tests.fixtures.servers import LocalUrls
from tests.licensing.conftest import PRODUCT, School

Make = Callable[[int], Awaitable[School]]
JULY = datetime(2026, 7, 31, 21, 59, 59, 999000, tzinfo=UTC)
AUGUST = datetime(2026, 7, 31, 22, 0, tzinfo=UTC)


@pytest.fixture
async def database(urls: LocalUrls) -> AsyncIterator[Database]:
    made = Database(SecretStr(urls.licensing.replace("postgresql://", "postgresql+psycopg://")))
    yield made
    await made.close()


async def _record(
    database: Database, school: School, pupil: UUID, moment: datetime, *, is_plausible: bool = True
) -> UseRecord:
    start = Start(pupil, PRODUCT, ActivityKind.OEFENING, "a", moment)
    async with database.transaction(school.id) as connection:
        return await record_use(
            connection, school.id, start, start.key(None), is_plausible=is_plausible
        )


async def test_each_schooljaar_has_a_license_of_its_own(
    school_with: Make, database: Database
) -> None:
    school = await school_with(0)
    pupil = await school.person()
    for year in ("2025/2026", "2026-2027"):
        assert (await school.grant(1, schooljaar=year)).status_code == 201
    old = await _record(database, school, pupil, JULY)
    new = await _record(database, school, pupil, AUGUST)
    assert (old.license_used_now, new.license_used_now) == (True, True)
    assert old.license_id != new.license_id
    assert (await school.pool("2025-2026"))["left"] == 0
    assert (await school.pool("2026-2027"))["left"] == 0


async def test_a_repeat_gets_its_first_answer_however_late_it_comes(
    school_with: Make, database: Database
) -> None:
    school = await school_with(0)
    pupil, other = await school.person(), await school.person()
    await school.grant(5, schooljaar="2025-2026")
    first = await _record(database, school, pupil, JULY)
    assert await _record(database, school, pupil, JULY, is_plausible=False) == first
    late = await _record(database, school, other, JULY, is_plausible=False)
    assert late.outcome is UseOutcome.IMPLAUSIBLE
    assert (await school.pool("2025-2026"))["used"] == 1
