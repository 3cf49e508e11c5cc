"""The schema: what the code says and what the migrations make are one, up and down."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import text

from deploy.local.database import DatabaseUrls, scratch_database
from shared.auth.api_keys import owner_database
from shared.database import Database
from tests.fixtures.servers import LocalUrls, run_alembic

# A school with seven licenses, two of which are used; ids are numbers.
_LICENSED = """
    CREATE FUNCTION pg_temp.id_of(n integer) RETURNS uuid LANGUAGE sql AS $$
        SELECT lpad(n::text, 32, '0')::uuid $$;
    SELECT set_config('app.school_id', pg_temp.id_of(1)::text, true);
    INSERT INTO school (id, brin, name) VALUES (pg_temp.id_of(1), '99AA', 'School');
    INSERT INTO product VALUES ('numo', 'Numo', 'id', 'x', '{}', '{}');
    INSERT INTO license_product VALUES ('rekenen', 'Numo rekenen', 'numo', 'rekenen');
    INSERT INTO license_pool (id, school_id, license_product, schooljaar)
        VALUES (pg_temp.id_of(2), pg_temp.id_of(1), 'rekenen', '2026-2027');
    INSERT INTO license_entry (id, school_id, pool_id, kind, amount, actor, reason)
        VALUES (pg_temp.id_of(3), pg_temp.id_of(1), pg_temp.id_of(2), 'grant', 7, 'ops', 'order');
    INSERT INTO person (id, school_id, role)
        SELECT pg_temp.id_of(n), pg_temp.id_of(1), 'pupil' FROM generate_series(10, 11) n;
    SELECT start_license_uses(pg_temp.id_of(1), NULL, jsonb_agg(jsonb_build_object(
        'place', n, 'person_id', pg_temp.id_of(n), 'license_product', 'rekenen',
        'schooljaar', '2026-2027', 'activity_kind', 'oefening', 'activity_id', 'breuken',
        'started_at', now(), 'key', 'key', 'fingerprint', repeat('ab', 32), 'is_plausible', true,
        'use_id', pg_temp.id_of(n + 10), 'license_id', pg_temp.id_of(n + 20),
        'entry_id', pg_temp.id_of(n + 30)))) FROM generate_series(10, 11) n;
"""
_LICENSES = """
    SELECT p.granted, p.used, u.id, u.started_at, u.recorded_at, u.license_used_now, l.person_id,
        e.amount
    FROM license_use u JOIN license l ON l.id = u.license_id JOIN license_pool p ON p.id = l.pool_id
    JOIN license_entry e ON e.license_id = l.id ORDER BY u.id
"""
# Decisions of the release before 0028, which kept the capitals of a group's name; a plan waits.
_ID = "00000000-0000-0000-0000-000000000009"
_NAMED = f"""
    SELECT set_config('app.school_id', '{_ID}', true);
    INSERT INTO school (id, brin, name) VALUES ('{_ID}', '99AB', 'School');
    INSERT INTO match_decision
            (id, school_id, source_identity, verdict, label, decided_by, decided_at)
        SELECT gen_random_uuid(), '{_ID}', name, 'leave', name, 'x', at
        FROM (VALUES ('stamgroep:name:2026-2027:12AB00:H4A', now()),
            ('stamgroep:name:2026-2027:12AB00:h4a', now() - interval '1 day'),
            ('lesgroep:name:2026-2027::H4:Bio', now()), ('stamgroep:key:k', now()),
            ('pupil:number:1', now())) AS d (name, at);
    INSERT INTO import_run (id, school_id, source, state, requested_by, digest, roster_version,
            summary)
        VALUES ('{_ID}', '{_ID}', 'csv', 'planned', 'x', 'x', 0, '{{}}');
    INSERT INTO import_change (id, run_id, school_id, position, kind, action, role, reason, label,
            before, after, candidate_ids, chosen, source_identity)
        SELECT gen_random_uuid(), '{_ID}', '{_ID}', place, kind, 'conflict', role, 'x', label,
            '{{}}', '{{}}', ARRAY['{_ID}'::uuid], false, name
        FROM (VALUES (0, 'group', 'stamgroep', 'H4A', 'stamgroep:name:2026-2027::H4A'),
            (1, 'person', 'pupil', 'Anna', NULL)) AS c (place, kind, role, label, name);
    INSERT INTO import_problem (run_id, school_id, position, code, detail, place, value)
        SELECT '{_ID}', '{_ID}', place, 'conflict', 'x', 'x', value
        FROM unnest(ARRAY['H4A', 'Anna']) WITH ORDINALITY AS p (value, place);
"""
_NAMES = """
    SELECT d.source_identity, d.label, d.revoked_by FROM match_decision d
    UNION ALL SELECT c.source_identity, c.label, NULL FROM import_change c WHERE kind = 'group'
    UNION ALL SELECT p.value, p.person_ids[1]::text, NULL FROM import_problem p ORDER BY 1, 2
"""


@pytest.fixture
def empty(urls: LocalUrls) -> Iterator[DatabaseUrls]:
    with scratch_database(urls.admin, name_prefix="schema") as made:
        yield made


async def _tables(database_url: str) -> list[str]:
    database = owner_database(database_url)
    statement = text(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' "
        "AND table_name <> 'alembic_version'"
    )
    try:
        async with database.transaction() as connection:
            return sorted((await connection.execute(statement)).scalars())
    finally:
        await database.close()


async def test_up_down_up_and_nothing_differs(empty: DatabaseUrls) -> None:
    done = run_alembic(empty.owner, "upgrade head", "downgrade base")
    assert done.returncode == 0, done.stderr
    assert await _tables(empty.owner) == []
    run_alembic(empty.owner, "upgrade 0026")
    with psycopg.connect(empty.owner) as connection:
        connection.execute(_NAMED)
    done = run_alembic(empty.owner, "upgrade head", "check")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "outbox" in await _tables(empty.owner)
    with psycopg.connect(empty.owner) as connection:
        assert connection.execute(_NAMES).fetchall() == [
            ("Anna", _ID, None),
            ("H4A", None, None),
            ("lesgroep:name:2026-2027::h4:bio", "lesgroep:name:2026-2027::H4:Bio", None),
            ("pupil:number:1", "pupil:number:1", None),
            ("stamgroep:key:k", "stamgroep:key:k", None),
            ("stamgroep:name:2026-2027:12AB00:h4a", "stamgroep:name:2026-2027:12AB00:H4A", None),
            *[("stamgroep:name:2026-2027:12AB00:h4a",) * 2 + ("migration",)],
            ("stamgroep:name:2026-2027::h4a", "H4A", None),
        ]
        connection.execute(_LICENSED)
        before = connection.execute(_LICENSES).fetchall()
    assert [row[:2] for row in before] == [(7, 2), (7, 2)]
    done = run_alembic(empty.owner, "downgrade 0007", "upgrade head")
    assert done.returncode == 0, done.stderr
    with psycopg.connect(empty.owner) as connection:
        assert connection.execute(_LICENSES).fetchall() == before


async def test_every_table_of_a_school_guards_its_rows(owner: Database) -> None:
    statement = text("""
        SELECT c.relname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'school_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname NOT IN ('koppeling', 'vestiging')
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    """)
    async with owner.transaction() as connection:
        assert list((await connection.execute(statement)).scalars()) == []


async def test_every_table_says_why_it_exists(owner: Database) -> None:
    statement = text("""
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition AND c.relname <> 'alembic_version'
          AND obj_description(c.oid) IS NULL
    """)
    async with owner.transaction() as connection:
        assert list((await connection.execute(statement)).scalars()) == []


def test_migrating_without_a_database_names_the_setting() -> None:
    done = run_alembic("mysql://nothing", "current")
    assert done.returncode != 0
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
