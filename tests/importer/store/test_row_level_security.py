"""A transaction of one school sees and writes that school's rows only."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.brake import About, Scope
from services.importer.domain.change import ChangeKind
from services.importer.domain.decisions import Decision, Verdict
from services.importer.domain.guard_rails import DEFAULT, GuardRails
from services.importer.domain.hand_changes import FieldChanged
from services.importer.domain.night import Night
from services.importer.domain.reconciliation import Cause, Difference
from services.importer.domain.run import Chosen, Source
from services.importer.domain.schedule import Schedule
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.audit import write_audit
from services.importer.store.baseline_content import pack
from services.importer.store.baselines import keep_baseline
from services.importer.store.changes import add_changes
from services.importer.store.decisions import put_decision
from services.importer.store.erase import set_retention_months, unretained_schools
from services.importer.store.file_rows import StoredRow, add_rows
from services.importer.store.guard_rails import add_confirmations, set_guard_rails
from services.importer.store.hand_changes import write_by_hand
from services.importer.store.koppeling_ends import lock_position
from services.importer.store.leases import requeue_lost
from services.importer.store.problems import SourceProblem, add_problems
from services.importer.store.reconciliations import (
    Ground,
    add_proof,
    put_differences,
    put_exception,
)
from services.importer.store.roster import lock_version
from services.importer.store.schedules import insert_nights, save_schedule
from services.importer.store.staging import add_lines
from services.importer.store.uploads import Upload, add_file, add_upload
from shared.clock import now, today
from shared.database import Database
from shared.ids import new_id
from shared.roster.document import Header
from tests.importer.rosters import ANNA
from tests.importer.store.conftest import NewRun
from tests.importer.store.test_copy import a_change

TABLES = (
    "person",
    "roster_group",
    "membership",
    "roster_version",
    "import_run",
    "import_line",
    "import_file",
    "import_change",
    "koppeling_end",
    "guard_rail",
    "import_confirmation",
    "match_decision",
    "hand_change",
    "source_field",
    *("import_upload", "import_upload_piece", "import_row", "import_problem"),
    "source_baseline",
    "reconciliation_exception",
    *("import_schedule", "import_night"),
)
# Nobody may alter a row of these; what is not granted cannot be guarded.
UNALTERED = (
    *("audit_entry", "erased_key", "reconciliation", "reconciliation_difference"),
    "absence",
)
SEEN = (*TABLES, *UNALTERED, "school_retention")
SWEPT = {
    *("import_run", "import_upload", "roster_version", "koppeling_end"),
    *("import_schedule", "import_night"),
}
PERSONAL = [table for table in SEEN if table not in SWEPT]
# What was confirmed, or changed by hand, cannot be altered at all.
WRITTEN_ONCE = {"import_confirmation", "hand_change"}


@pytest.fixture(scope="module")
async def schools(
    database: Database, new_school: Callable[[], Awaitable[UUID]], new_run: NewRun
) -> list[UUID]:
    """Two schools with a row in every table; what a test writes to them leaves one in each."""
    made = [await new_school(), await new_school()]
    for school_id in made:
        run_id = await new_run(school_id)
        await _fill(database, school_id, run_id)
        await _prove(database, school_id, run_id)
        await _schedule(database, school_id, run_id)
    return made


async def _schedule(database: Database, school_id: UUID, run_id: UUID) -> None:
    """A schedule, a night, and somebody who lacked in it."""
    lacked = text("INSERT INTO absence SELECT school_id, id, now() FROM person")
    async with database.transaction(school_id) as connection:
        await save_schedule(connection, school_id, Schedule(), "test", None)
        await insert_nights(connection, [Night(new_id(), school_id, today(), now(), run_id)])
        await connection.execute(lacked)


async def _prove(database: Database, school_id: UUID, run_id: UUID) -> None:
    """A proof with one difference, which is accepted."""
    found = Difference("csv", a_change("person", "pupil"), Cause.BY_HAND)
    proof = {"day": today(), "verdict": "equal", "causes": {}, "accepted": 0, "digest": ""}
    why = {"reason": "r", "name": "n", "accepted_by": "test"}
    accepted = {"fingerprint": "x", "person_ids": [], "until": today(), **why}
    moments = {"said_at": now(), "planned_at": now()}
    header = Header(source="csv", schooljaar="2026-2027", fetched_at=now(), complete_for=())
    async with database.transaction(school_id) as connection:
        await put_differences(connection, school_id, [found])
        await add_proof(connection, school_id, Ground(1, 1, 1, 1, {}), proof)
        await put_exception(connection, school_id, accepted)
        of_run = (connection, school_id, Source.CSV, run_id)
        await keep_baseline(*of_run, content=pack(header, [], []), **moments)


async def _fill(database: Database, school_id: UUID, run_id: UUID) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a;b"

    person, group = a_change("person", "pupil"), a_change("group", "stamgroep")
    member = a_change("membership", "pupil", person_id=person.subject_id, group_id=group.subject_id)
    async with database.transaction(school_id) as connection:
        await lock_version(connection, school_id)
        await lock_position(connection, school_id)
        await add_lines(connection, run_id, school_id, 0, [ANNA])
        await add_file(connection, run_id, school_id, b"{}", pieces())
        upload = Upload(new_id(), 0, now() + timedelta(hours=1), b"{}")
        await add_upload(connection, upload, school_id, "test")
        await add_rows(connection, run_id, school_id, [StoredRow("pupil:1", 2, "[]")])
        await add_problems(connection, run_id, school_id, 0, [SourceProblem("x", "y", "z")])
        await add_changes(connection, run_id, school_id, [person, group, member], Chosen())
        said = text('UPDATE import_run SET said = \'[["pupil", "", "email"]]\' WHERE id = :id')
        await connection.execute(said, {"id": run_id})
        await apply_chosen(connection, run_id)
        await set_retention_months(connection, school_id, 12, "test", now())
        look = AuditEntry("test", AuditAction.LOOK, "people", (new_id(),))
        await write_audit(connection, school_id, look)
        remember = text("INSERT INTO erased_key SELECT school_id, sha256('x'), id FROM person")
        await connection.execute(remember)
        rails = GuardRails({(Scope.KLAS, About.ARCHIVE): DEFAULT})
        await set_guard_rails(connection, school_id, rails, "test")
        given = {"school_id": school_id, "run_id": run_id, "digest": "0", "confirmed_by": "test"}
        await add_confirmations(connection, ["x"], {**given, "reason": "r", "name": "n"})
        await put_decision(
            connection,
            school_id,
            identity="pupil:key:1",
            kind=ChangeKind.PERSON,
            decision=Decision(Verdict.LEAVE),
            label="Anna",
            caller="test",
        )
        assert person.subject_id is not None
        changed = [FieldChanged("given_name", "x", "y")]
        await write_by_hand(
            connection,
            school_id,
            person.subject_id,
            changed=changed,
            held=["given_name"],
            caller="test",
        )


@pytest.mark.parametrize("table", SEEN)
async def test_only_the_own_schools_rows_are_seen(
    database: Database, schools: list[UUID], table: str
) -> None:
    own, other = schools
    async with database.transaction(own) as connection:
        rows = await connection.execute(text(f"SELECT DISTINCT school_id FROM {table}"))
        assert set(rows.scalars()) == {own}
        count = text(f"SELECT count(*) FROM {table} WHERE school_id = :other")
        assert (await connection.execute(count, {"other": other})).scalar() == 0


@pytest.mark.parametrize("table", SEEN)
async def test_without_a_school_nothing_is_seen(
    database: Database, schools: list[UUID], table: str
) -> None:
    assert schools
    async with database.transaction() as connection:
        assert (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar() == 0


@pytest.mark.parametrize(
    "table", [*(table for table in TABLES if table not in WRITTEN_ONCE), "school_retention"]
)
async def test_no_row_of_another_school_can_be_changed(
    database: Database, schools: list[UUID], table: str
) -> None:
    own, other = schools
    change = text(f"UPDATE {table} SET school_id = school_id WHERE school_id = :other")
    async with database.transaction(own) as connection:
        assert (await connection.execute(change, {"other": other})).rowcount == 0
    give_away = text(f"UPDATE {table} SET school_id = :other")
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with database.transaction(own) as connection:
            await connection.execute(give_away, {"other": other})


async def test_no_row_can_be_made_for_another_school(
    database: Database, schools: list[UUID]
) -> None:
    own, other = schools
    make = text("INSERT INTO person (id, school_id, role) VALUES (:id, :school, 'pupil')")
    for acting in (own, None):
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with database.transaction(acting) as connection:
                await connection.execute(make, {"id": new_id(), "school": other})


async def test_copying_is_no_way_around(
    database: Database, schools: list[UUID], new_run: NewRun
) -> None:
    own, other = schools
    run_id = await new_run(other)
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with database.transaction(own) as connection:
            await add_lines(connection, run_id, other, 0, [ANNA])


async def test_the_sweeper_sees_runs_of_every_school_and_no_personal_data(
    database: Database, schools: list[UUID]
) -> None:
    async with database.transaction() as connection:
        lost = await requeue_lost(connection, 60.0)
        assert {run.school_id for run in lost} >= set(schools)
        for table in PERSONAL:
            count = await connection.execute(text(f"SELECT count(*) FROM {table}"))
            assert count.scalar() == 0
    async with database.transaction() as connection:
        runs = await connection.execute(text("SELECT count(*) FROM import_run"))
        assert runs.scalar() == 0, "it ends with the sweeper's transaction"


@pytest.mark.parametrize("table", sorted(WRITTEN_ONCE))
async def test_what_is_written_once_cannot_be_altered(
    database: Database, schools: list[UUID], table: str
) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.transaction(schools[0]) as connection:
            await connection.execute(text(f"UPDATE {table} SET school_id = school_id"))


@pytest.mark.parametrize(
    "table",
    [
        *("person", "roster_group", "membership", "import_run", "import_schedule", "import_night"),
        *sorted(WRITTEN_ONCE),
    ],
)
async def test_an_import_cannot_delete(database: Database, schools: list[UUID], table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.transaction(schools[0]) as connection:
            await connection.execute(text(f"DELETE FROM {table}"))


async def test_retention_finds_every_school_and_no_personal_data(
    database: Database, schools: list[UUID]
) -> None:
    async with database.transaction() as connection:
        assert set(await unretained_schools(connection, today())) >= set(schools)
        with pytest.raises(ProgrammingError, match="row-level security"):
            await connection.execute(
                text("INSERT INTO roster_version (school_id) VALUES (:id)"), {"id": new_id()}
            )


@pytest.mark.parametrize("table", UNALTERED)
async def test_what_was_noted_is_never_altered(
    database: Database, schools: list[UUID], table: str
) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.transaction(schools[0]) as connection:
            await connection.execute(text(f"UPDATE {table} SET school_id = school_id"))


async def test_a_look_stays_for_two_years_and_an_erasure_for_ever(
    database: Database, schools: list[UUID]
) -> None:
    old = text("""
        INSERT INTO audit_entry (id, school_id, at, actor, action, what, person_ids, request_id)
        SELECT gen_random_uuid(), :school, now() - interval '3 years', 'x', action, 'x', '{}', 'x'
        FROM unnest(ARRAY['look', 'erase']) AS action
    """)
    async with database.transaction(schools[0]) as connection:
        await connection.execute(old, {"school": schools[0]})
        removed = await connection.execute(text("DELETE FROM audit_entry RETURNING action"))
        assert list(removed.scalars()) == ["look"]
