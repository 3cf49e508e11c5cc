"""A plan of a large school of which one change cannot be applied any more."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import text

from services.importer.domain.change import Action, Change, ChangeKind, Choice, Reason
from services.importer.domain.run import Chosen
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.changes import add_changes
from shared.database import Database
from shared.ids import new_id
from shared.roster.document import PersonRole
from tests.importer.store.conftest import NewRun

MANY = 10_000
_TAKE = text("""
    INSERT INTO person (id, school_id, role, pupil_number) VALUES (:id, :school, 'pupil', '777')
""")
_OUTCOMES = text("""
    SELECT outcome, outcome_reason, count(*), min(after ->> 'pupil_number') FROM import_change
    WHERE run_id = :run GROUP BY 1, 2 ORDER BY 1
""")
_PEOPLE = text("""
    SELECT count(*), count(DISTINCT pupil_number), (array_agg(id) FILTER (
        WHERE pupil_number = '777'))[1] FROM person WHERE school_id = :school AND state = 'active'
""")


def _addition(number: int) -> Change:
    return Change(
        kind=ChangeKind.PERSON,
        action=Action.ADD,
        reason=Reason.NEW_IN_SOURCE,
        role=PersonRole.PUPIL,
        label=str(number),
        alias=f"new:{number}",
        subject_id=new_id(),
        choice=Choice.ADD,
        after={"pupil_number": str(number), "source_key": f"k{number}"},
    )


async def test_of_ten_thousand_changes_the_one_that_became_invalid_is_skipped_alone(
    database: Database, new_school: Callable[[], Awaitable[UUID]], new_run: NewRun
) -> None:
    school_id = await new_school()
    run_id, meanwhile = await new_run(school_id), new_id()
    additions = [_addition(number) for number in range(MANY)]
    async with database.transaction(school_id) as connection:
        await add_changes(connection, run_id, school_id, additions, Chosen())
        await connection.execute(_TAKE, {"id": meanwhile, "school": school_id})
    async with database.transaction(school_id) as connection:
        await apply_chosen(connection, run_id)
        outcomes = (await connection.execute(_OUTCOMES, {"run": run_id})).all()
        people = (await connection.execute(_PEOPLE, {"school": school_id})).one()
    assert [tuple(one) for one in outcomes] == [
        ("applied", None, MANY - 1, "0"),
        ("skipped", "pupil_number_taken", 1, "777"),
    ]
    assert tuple(people) == (MANY, MANY, meanwhile)
