"""Personal data leaves on schedule, once a day, whoever asks and however often."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from services.importer.application.keep_retention import (
    change_retention,
    keep_retention,
    read_retention,
)
from services.importer.domain.retention import (
    AUDIT_DAYS,
    DEFAULT_MONTHS,
    ERASED_KEY_DAYS,
    SAID_DAYS,
    archived_before,
)
from services.importer.domain.run import Source
from services.importer.store.baseline_content import pack
from services.importer.store.baselines import keep_baseline
from shared.clock import now, today
from shared.database import Database
from shared.ids import new_id
from shared.roster.document import Header
from tests.fixtures.servers import LocalUrls
from tests.importer.rosters import pupil

HEADER = Header(
    source="somtoday", schooljaar="2026-2027", fetched_at=now(), complete_for=("pupil",)
)
_ADD = text("""
    INSERT INTO person (id, school_id, role, state, archived_at, source_key, given_name, leerjaar)
    VALUES (:id, :school, 'pupil', 'archived', :at, :key, :name, '3')
""")
_NAMES = text("SELECT coalesce(given_name, state) FROM person WHERE school_id = :id ORDER BY id")
_RUN = text("""
    INSERT INTO import_run (id, school_id, source, state, requested_by, digest, roster_version,
        summary, problems, requested_at, ended_at)
    VALUES (:id, :school, 'csv', 'applied', 'x', 'x', 0, '{}', '[{"place": "regel 2"}]', :at, :at)
""")
_LEFT = text("""
    WITH line AS (INSERT INTO import_line VALUES (:run, :school, 0, '{}'))
    INSERT INTO import_row VALUES (:run, :school, 'x', 1, 'Anna');
""")
_CHANGE = text("""
    INSERT INTO import_change (id, run_id, school_id, position, kind, action, choice, role, reason,
        subject_id, label, before, after, candidate_ids, chosen, outcome)
    SELECT gen_random_uuid(), :run, :school, row_number() OVER (), 'person', 'update', 'update',
        'pupil', 'x', gen_random_uuid(), 'Anna', '{}', '{}', '{}', true, outcome
    FROM unnest(ARRAY['applied', 'not_chosen', 'skipped']) AS outcome
""")
_STATE = text("""
    SELECT (SELECT array_agg(outcome ORDER BY outcome) FROM import_change WHERE run_id = :run),
        (SELECT count(*) FROM import_line WHERE run_id = :run)
            + (SELECT count(*) FROM import_row WHERE run_id = :run),
        (SELECT problems FROM import_run WHERE id = :run)
""")
_ERASURES = text("""
    SELECT actor, facts FROM audit_entry WHERE school_id = :id AND action = 'erase'
""")
_ERASED_KEY = text("""
    INSERT INTO erased_key (school_id, key_hash, person_id, erased_at)
    SELECT school_id, sha256(:key), id, :at FROM person WHERE school_id = :school
""")
_SAID = text("""
    SELECT (SELECT array_agg(source) FROM source_baseline WHERE school_id = :id),
        (SELECT array_agg(key_hash = sha256('recent')) FROM erased_key WHERE school_id = :id)
""")
_MERGE = text("""
    UPDATE person p SET merged_into = s.id FROM person s
    WHERE p.school_id = :school AND s.school_id = :school AND s.given_name = p.given_name || ' 2'
""")
_LEAVE = text("""
    INSERT INTO match_decision (id, school_id, source_identity, verdict, label, decided_by,
        decided_at, last_met_at)
    VALUES (gen_random_uuid(), :school, :identity, 'leave', 'Anna Aalbers', 'user:x', :at, :met)
""")
_LEFT_OUT = text("""
    SELECT label, source_identity LIKE 'erased:%', revoked_by FROM match_decision
    WHERE school_id = :school ORDER BY decided_at
""")
_CONFIRM = text("""
    INSERT INTO import_confirmation (id, school_id, run_id, digest, brake, reason, name,
        confirmed_by, confirmed_at)
    VALUES (gen_random_uuid(), :school, :run, 'x', :at, 'klopt', 'A. de Beheerder', 'user:x', :at)
""")
_AUDIT = text("""
    INSERT INTO audit_entry (id, school_id, at, actor, action, what, person_ids, request_id, facts)
    VALUES (gen_random_uuid(), :school, :at, 'user:x', :action, 'people', '{}', 'x', '{}')
""")
_KEPT = text("SELECT action FROM audit_entry WHERE school_id = :id ORDER BY action")
_NAMED = text("SELECT name FROM import_confirmation WHERE school_id = :id ORDER BY confirmed_at")


@pytest.fixture
async def database(urls: LocalUrls) -> AsyncIterator[Database]:
    """A pool with the importer's role."""
    made = Database(SecretStr(f"postgresql+psycopg{urls.importer.removeprefix('postgresql')}"), 2)
    yield made
    await made.close()


async def _add(database: Database, school: UUID, name: str, archived_at: datetime) -> None:
    row = {"id": new_id(), "school": school, "name": name, "at": archived_at, "key": name}
    async with database.transaction(school) as connection:
        await connection.execute(_ADD, row)


async def _names(database: Database, school: UUID) -> list[str]:
    async with database.transaction(school) as connection:
        return list((await connection.execute(_NAMES, {"id": school})).scalars())


async def _version(database: Database, school: UUID) -> int:
    async with database.transaction(school) as connection:
        found = await connection.execute(text("SELECT version FROM roster_version"))
        return int(found.scalar_one())


async def test_who_left_is_erased_when_the_schools_own_term_is_over(
    database: Database, new_school: Callable[[], Awaitable[UUID]]
) -> None:
    day = today()
    own, other = await new_school(), await new_school()
    bounds = [archived_before(day, months) for months in (DEFAULT_MONTHS, 24)]
    for school in (own, other):
        for name, bound in zip(("Anna", "Bram"), bounds, strict=True):
            await _add(database, school, name, bound - timedelta(seconds=1))
            await _add(database, school, f"{name} 2", bound)
    assert await read_retention(database, own) == DEFAULT_MONTHS
    await change_retention(database, other, "user:x", 24)
    assert await read_retention(database, other) == 24
    await keep_retention(database, day)
    assert await _names(database, own) == ["erased", "Anna 2", "erased", "erased"]
    assert await _names(database, other) == ["Anna", "Anna 2", "erased", "Bram 2"]
    async with database.transaction(own) as connection:
        (row,) = await connection.execute(_ERASURES, {"id": own})
    assert tuple(row) == ("retention", {"ground": "retention", "people": 3})


async def test_who_was_merged_is_kept_as_long_as_who_they_turned_out_to_be(
    database: Database, new_school: Callable[[], Awaitable[UUID]]
) -> None:
    school = await new_school()
    bound = archived_before(today(), DEFAULT_MONTHS)
    for name, days in (("Anna", -1), ("Anna 2", 1), ("Bram", 1), ("Bram 2", -1)):
        await _add(database, school, name, bound + timedelta(days=days))
    async with database.transaction(school) as connection:
        await connection.execute(_MERGE, {"school": school})
    await keep_retention(database, today())
    assert await _names(database, school) == ["Anna", "Anna 2", "erased", "erased"]


async def test_once_a_day_and_without_a_trace_when_nobody_is_due(
    database: Database, new_school: Callable[[], Awaitable[UUID]]
) -> None:
    school, day = await new_school(), today()
    long_ago = archived_before(date(day.year - 5, 1, 1), 0)
    await _add(database, school, "Anna", archived_before(day, 0) + timedelta(days=1))
    version = await _version(database, school)
    await keep_retention(database, day)
    assert await _version(database, school) == version
    await _add(database, school, "Bram", long_ago)
    await keep_retention(database, day)
    assert await _names(database, school) == ["Anna", "Bram"], "its turn is tomorrow"
    version = await _version(database, school)
    await keep_retention(database, day + timedelta(days=1))
    assert await _names(database, school) == ["Anna", "erased"]
    assert await _version(database, school) == version + 1, "a plan made before does not hold"
    await keep_retention(database, day + timedelta(days=2))
    assert await _version(database, school) == version + 1, "who is erased is not erased again"


async def test_what_old_imports_left_behind_goes_and_the_history_stays(
    database: Database, new_school: Callable[[], Awaitable[UUID]]
) -> None:
    school, old, recent = await new_school(), new_id(), new_id()
    moment = archived_before(today(), 0)
    await _add(database, school, "Anna", moment + timedelta(days=1))
    ages = {old: timedelta(days=31), recent: timedelta(days=29)}
    async with database.transaction(school) as connection:
        for run, age in ages.items():
            at = now() - age
            await connection.execute(_RUN, {"id": run, "school": school, "at": at})
            for statement in (_LEFT, _CHANGE):
                await connection.execute(statement, {"run": run, "school": school})
    await keep_retention(database, today())
    async with database.transaction(school) as connection:
        found = {run: (await connection.execute(_STATE, {"run": run})).one() for run in ages}
    assert tuple(found[old]) == (["applied"], 0, [])
    everything = ["applied", "not_chosen", "skipped"]
    assert tuple(found[recent]) == (everything, 0, [{"place": "regel 2"}])


async def test_what_sources_said_and_keys_of_the_erased_go_when_they_serve_nothing_more(
    database: Database, new_school: Callable[[], Awaitable[UUID]]
) -> None:
    school, run, moment = await new_school(), new_id(), now()
    await _add(database, school, "Anna", moment)
    async with database.transaction(school) as connection:
        await connection.execute(_RUN, {"id": run, "school": school, "at": moment})
        for source, key, days in ((Source.SOMTODAY, b"old", 1), (Source.CSV, b"recent", -1)):
            said_at = moment - timedelta(days=SAID_DAYS + days)
            facts = {"said_at": said_at, "planned_at": said_at, "content": pack(HEADER, [], [])}
            await keep_baseline(connection, school, source, run, **facts)
            at = moment - timedelta(days=ERASED_KEY_DAYS + days)
            await connection.execute(_ERASED_KEY, {"school": school, "key": key, "at": at})
    await keep_retention(database, today())
    async with database.transaction(school) as connection:
        left = (await connection.execute(_SAID, {"id": school})).one()
    assert tuple(left) == (["csv"], [True])


async def test_who_was_left_out_is_kept_no_longer_than_who_was_in_unless_a_source_has_them(
    database: Database, new_school: Callable[[], Awaitable[UUID]]
) -> None:
    school, run, moment = await new_school(), new_id(), now()
    term = archived_before(today(), DEFAULT_MONTHS)
    await _add(database, school, "Chris", moment)
    said = pupil("1002", "Bram", "Bos")
    content = pack(HEADER, [said.model_dump_json()], [])
    async with database.transaction(school) as connection:
        await connection.execute(_RUN, {"id": run, "school": school, "at": moment})
        facts = {"said_at": moment, "planned_at": moment, "content": content}
        await keep_baseline(connection, school, Source.SOMTODAY, run, **facts)
        for identity, days, met in (
            ("pupil:key:l-gone", 4, -1),
            ("pupil:key:l-1002", 3, -1),
            ("stamgroep:key:g-1", 2, -1),
            ("pupil:key:l-on-another-list", 1, 0),
            ("pupil:key:l-recent", 0, -1),
        ):
            at = {"at": term - timedelta(days=days), "met": term + timedelta(days=met)}
            await connection.execute(_LEAVE, {"school": school, "identity": identity, **at})
    await keep_retention(database, today())
    async with database.transaction(school) as connection:
        found = list(map(tuple, await connection.execute(_LEFT_OUT, {"school": school})))
    assert found == [("", True, "retention"), *[("Anna Aalbers", False, None)] * 4]


async def test_a_school_whose_source_cannot_be_read_does_not_keep_the_others_waiting(
    database: Database, new_school: Callable[[], Awaitable[UUID]], owner: Database
) -> None:
    broken, other, moment = await new_school(), await new_school(), now()
    term = archived_before(today(), DEFAULT_MONTHS) - timedelta(days=1)
    for school, run in ((broken, new_id()), (other, new_id())):
        await _add(database, school, "Anna", term)
        async with database.transaction(school) as connection:
            await connection.execute(_RUN, {"id": run, "school": school, "at": moment})
            facts = {"said_at": moment, "planned_at": moment, "content": pack(HEADER, [], [])}
            await keep_baseline(connection, school, Source.SOMTODAY, run, **facts)
            gone = {"school": school, "identity": "pupil:key:l-gone", "at": term, "met": term}
            await connection.execute(_LEAVE, gone)
    async with owner.transaction(broken) as connection:
        spoil = "UPDATE source_baseline SET content = 'x' WHERE school_id = :id"
        await connection.execute(text(spoil), {"id": broken})
    await keep_retention(database, today())
    names = [await _names(database, school) for school in (broken, other)]
    assert names == [["Anna"], ["erased"]], "who cannot be taken out of it is erased another time"
    async with database.transaction(other) as connection:
        (left,) = await connection.execute(_LEFT_OUT, {"school": other})
    assert left.label == ""


async def test_who_confirmed_is_named_as_long_as_looks_are_and_erasures_are_told_for_good(
    database: Database, new_school: Callable[[], Awaitable[UUID]]
) -> None:
    school, run, moment = await new_school(), new_id(), now()
    await _add(database, school, "Chris", moment)
    async with database.transaction(school) as connection:
        await connection.execute(_RUN, {"id": run, "school": school, "at": moment})
        for days in (AUDIT_DAYS + 1, AUDIT_DAYS - 1):
            at = {"at": moment - timedelta(days=days)}
            await connection.execute(_CONFIRM, {"school": school, "run": run, **at})
            for action in ("look", "erase", "merge"):
                row = {"school": school, "action": action, **at}
                await connection.execute(_AUDIT, row)
    await keep_retention(database, today())
    async with database.transaction(school) as connection:
        names = (await connection.execute(_NAMED, {"id": school})).scalars().all()
        kept = (await connection.execute(_KEPT, {"id": school})).scalars().all()
    assert names == ["", "A. de Beheerder"]
    assert kept == ["erase", "erase", "look", "merge", "merge"]
