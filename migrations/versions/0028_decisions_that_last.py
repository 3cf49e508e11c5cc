"""Decisions: on a group in whatever capitals it is written, and when a source last named them.

The name of a group in an identity is in small letters from here on; what this release finds in
capitals is rewritten, and a plan that waits with it. Where two spellings were decided, the newest
holds. The release before asks such a question again, and doubles nothing. Nor does what was decided
of who was erased hold any more. A problem that is a question names whom it is about, so that a look
at a page of them is no look at all others. And of a change the source's key alone may be kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_BY_NAME = "source_identity ~ '^(stamgroep|lesgroep):name:'"
_BEFORE_NAME = "'^(?:[^:]*:){4}'"
_FOLDED = (
    f"(substring(source_identity FROM {_BEFORE_NAME}) "
    f"|| lower(regexp_replace(source_identity, {_BEFORE_NAME}, '')))"
)


def upgrade() -> None:
    op.execute("""
        ALTER TABLE import_problem ADD COLUMN person_ids uuid[] NOT NULL DEFAULT '{}';
        COMMENT ON COLUMN import_problem.person_ids
            IS 'who of Numo a question is about, for who looked at them';
    """)
    with _rows_of_every_school("match_decision", "import_change", "import_run", "import_problem"):
        op.execute(f"""
            UPDATE match_decision d SET revoked_at = now(), revoked_by = 'migration'
            FROM (SELECT id, row_number() OVER (
                    PARTITION BY school_id, {_FOLDED} ORDER BY decided_at DESC, id DESC) AS place
                FROM match_decision WHERE revoked_at IS NULL AND {_BY_NAME}) AS held
            WHERE held.id = d.id AND held.place > 1;
            UPDATE match_decision SET source_identity = {_FOLDED}
            WHERE {_BY_NAME} AND source_identity <> {_FOLDED};
            UPDATE import_change SET source_identity = {_FOLDED}
            WHERE kind = 'group' AND {_BY_NAME} AND source_identity <> {_FOLDED}
                AND run_id IN (SELECT id FROM import_run WHERE ended_at IS NULL);
            UPDATE match_decision SET revoked_at = now(), revoked_by = 'migration'
            WHERE source_identity LIKE 'erased:%' AND revoked_at IS NULL;
            ALTER TABLE match_decision ADD COLUMN last_met_at timestamptz NOT NULL DEFAULT now();
            COMMENT ON COLUMN match_decision.last_met_at
                IS 'when a source last named whom or what it is about';
            UPDATE import_problem p SET person_ids = asked.ids
            FROM (SELECT c.run_id, c.label, array_agg(DISTINCT who) AS ids
                FROM import_change c CROSS JOIN unnest(c.candidate_ids) AS who
                WHERE c.kind = 'person' AND c.action = 'conflict'
                  AND c.run_id IN (SELECT run_id FROM import_problem WHERE code = 'conflict')
                GROUP BY c.run_id, c.label) AS asked
            WHERE asked.run_id = p.run_id AND asked.label = p.value AND p.code = 'conflict';
        """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE match_decision DROP COLUMN last_met_at;
        ALTER TABLE import_problem DROP COLUMN person_ids;
    """)


@contextmanager
def _rows_of_every_school(*tables: str) -> Iterator[None]:
    """Let the owner write rows of all schools; it may not otherwise, as row-level security holds.

    It holds for the services meanwhile; and whoever looks in waits until this is committed.
    """
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
